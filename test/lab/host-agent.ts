// The lab's side of the agent in a host: starts one per host when it is first needed, and turns requests into promises.

import { join } from 'node:path';
import type {
  AgentReply,
  AgentRequest,
  OpenResult,
  SteadyMark,
  StreamResult,
  UdpExchangeResult,
} from './agent-protocol.ts';
import type { LabHost } from './hosts.ts';
import type { Lab } from './lab.ts';
import type { BackgroundProcess } from './process.ts';

/** Longer than any operation's own deadline. */
const REPLY_DEADLINE = 120_000;

const ROOT = join(import.meta.dirname, '..', '..');

const agents = new WeakMap<LabHost, Promise<HostAgent>>();

/** The agent of a host; the same one on every call. */
export function agentOf(lab: Lab, host: LabHost): Promise<HostAgent> {
  let agent = agents.get(host);
  if (!agent) {
    agent = HostAgent.start(lab, host);
    agents.set(host, agent);
  }
  return agent;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(reason: Error): void;
}

export interface TargetOptions {
  readonly localPort?: number;
  readonly timeout?: number;
}

export interface UdpOptions extends TargetOptions {
  readonly count?: number;
  readonly size?: number;
  /** Milliseconds between two datagrams. */
  readonly interval?: number;
}

export class HostAgent {
  private readonly child: BackgroundProcess;
  private readonly waiting = new Map<number, Waiting>();
  private readonly host: LabHost;
  private lastId = 0;
  private rest = '';

  private constructor(host: LabHost, child: BackgroundProcess) {
    this.host = host;
    this.child = child;
    child.onStdout(chunk => this.receive(chunk.toString('utf8')));
    child.exited.then(() => {
      const why = new Error(`the agent of ${host.name} ended: ${child.stderr()}`);
      for (const { reject } of this.waiting.values()) reject(why);
      this.waiting.clear();
    });
  }

  static async start(lab: Lab, host: LabHost): Promise<HostAgent> {
    const main = join(import.meta.dirname, 'agent-main.ts');
    const child = await lab.start(process.execPath, ['--import=tsx', main], {
      netns: host.netns,
      name: `agent of ${host.name}`,
      cwd: ROOT,
      // What a test runner puts there is for the test process itself.
      env: { NODE_OPTIONS: '' },
    });
    return new HostAgent(host, child);
  }

  /** Serves TCP on every address of the host until the lab closes. */
  async serveTcp(port: number, mode: 'echo' | 'digest'): Promise<void> {
    await this.ask({ op: 'tcp-serve', port, mode });
  }

  async serveUdp(port: number): Promise<void> {
    await this.ask({ op: 'udp-serve', port });
  }

  /** Who has talked to a server of this host, as `ADDRESS:PORT`. */
  async peers(protocol: 'tcp' | 'udp', port: number): Promise<string[]> {
    return (await this.ask({ op: 'peers', protocol, port })) as string[];
  }

  /** Sends random bytes to a digest server; rejects unless every byte arrived, in order and unchanged. */
  async streamTcp(host: string, port: number, bytes: number, options: TargetOptions = {}): Promise<StreamResult> {
    const { timeout = 30_000, localPort } = options;
    return (await this.ask({ op: 'tcp-stream', host, port, bytes, timeout, localPort })) as StreamResult;
  }

  /** Opens a connection to an echo server, and keeps it. */
  async openTcp(host: string, port: number, options: TargetOptions = {}): Promise<TcpConnection> {
    const { timeout = 5_000, localPort } = options;
    this.lastId += 1;
    const connection = String(this.lastId);
    const opened = (await this.ask({ op: 'tcp-open', connection, host, port, timeout, localPort })) as OpenResult;
    return {
      localPort: opened.localPort,
      exchange: async (text, limit = 5_000) =>
        (await this.ask({ op: 'tcp-exchange', connection, text, timeout: limit })) as string,
      close: async () => {
        await this.ask({ op: 'tcp-close', connection });
      },
    };
  }

  /** Sends datagrams to an echo server, all from one source port, and counts what returns. `timeout` is after the last. */
  async exchangeUdp(host: string, port: number, options: UdpOptions = {}): Promise<UdpExchangeResult> {
    const { count = 1, size = 32, interval = 0, timeout = 1_000, localPort } = options;
    const request = { op: 'udp-exchange', host, port, count, size, interval, timeout, localPort } as const;
    return (await this.ask(request)) as UdpExchangeResult;
  }

  /** Datagrams to an echo server from now on, one each `interval` ms. Names are the host's. */
  async startSteady(stream: string, host: string, port: number, interval: number, timeout = 3_000): Promise<void> {
    await this.ask({ op: 'udp-steady', stream, host, port, interval, timeout });
  }

  /** What became of it since it was last asked. */
  async markSteady(stream: string): Promise<SteadyMark> {
    return (await this.ask({ op: 'udp-mark', stream })) as SteadyMark;
  }

  private ask(request: AgentRequest): Promise<unknown> {
    if (!this.child.running) throw new Error(`the agent of ${this.host.name} is gone: ${this.child.stderr()}`);
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new Error(`the agent of ${this.host.name} did not answer ${request.op}`));
      }, REPLY_DEADLINE);
      const done = () => clearTimeout(timer);
      this.waiting.set(id, {
        resolve: value => {
          done();
          resolve(value);
        },
        reject: reason => {
          done();
          reject(reason);
        },
      });
      this.child.write(`${JSON.stringify({ id, ...request })}\n`);
    });
  }

  private receive(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      const reply = JSON.parse(line) as AgentReply;
      const waiting = this.waiting.get(reply.id);
      this.waiting.delete(reply.id);
      if (reply.ok) waiting?.resolve(reply.value);
      else waiting?.reject(new Error(`${this.host.name}: ${reply.error}`));
    }
  }
}

export interface TcpConnection {
  readonly localPort: number;
  /** Sends text and waits for as many bytes of answer. Rejects when the connection is gone or silent. */
  exchange(text: string, timeout?: number): Promise<string>;
  close(): Promise<void>;
}
