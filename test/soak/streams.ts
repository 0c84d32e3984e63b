// Traffic that goes on while the soak does what it does, through objects that it leaves alone: each path that there is.

import { agentOf } from '../lab/host-agent.ts';
import type { Lab } from '../lab/lab.ts';
import { ping, serve } from '../lab/packets.ts';
import type { Topology } from '../lab/topology.ts';
import { eventually } from '../lab/wait.ts';

/** [from, to]: source NAT of a VLAN, of a VNI and of an ACI VNI; routed between a VLAN and a representor, and the other tenant. */
const paths = [
  ['red-vlan', 'outside'],
  ['red-evpn', 'outside'],
  ['blue-evpn', 'outside'],
  ['red-aci', 'outside'],
  ['red-vlan', 'red-rep'],
  ['blue-vlan', 'blue-evpn'],
] as const;

const port = 7009;
/** ms between two datagrams of a stream: some three hundred a second in all. */
const interval = 20;

export interface Lossy {
  readonly isTunnelled: boolean;
  readonly lost: number;
  /** For people. */
  readonly text: string;
}

export interface Marked {
  readonly sent: number;
  readonly lost: number;
  /** Streams that lost, or got what they should not. */
  readonly lossy: readonly Lossy[];
}

export class Streams {
  readonly #lab: Lab;
  readonly #topology: Topology;

  constructor(lab: Lab, topology: Topology) {
    this.#lab = lab;
    this.#topology = topology;
  }

  async start(): Promise<void> {
    for (const [from, to] of paths) {
      const [source, target] = [this.#topology.host(from), this.#topology.host(to)];
      await serve(this.#lab, target, 'udp-echo', port);
      // The first packets of a cold path may be lost: ARP on both sides, the tunnel's own neighbour.
      await eventually(async () => (await ping(source, target.ip, { count: 1 })).received === 1, {
        what: `a ping ${from} → ${to}`,
        timeout: 20_000,
      }).catch(async error => {
        // Of two tenants behind one address, one has its ICMP.
        if (from !== 'blue-evpn') throw error;
      });
      await (await agentOf(this.#lab, source)).startSteady(to, target.ip, port, interval);
    }
    await this.flow();
  }

  /** What has become of all of them since the last mark. */
  async mark(): Promise<Marked> {
    const marks = await Promise.all(
      paths.map(async ([from, to]) => {
        const mark = await (await agentOf(this.#lab, this.#topology.host(from))).markSteady(to);
        return { path: `${from} → ${to}`, ...mark };
      }),
    );
    const at = (time: number | undefined) => (time === undefined ? '' : new Date(time).toISOString().slice(11, 23));
    return {
      sent: marks.reduce((sum, { sent }) => sum + sent, 0),
      lost: marks.reduce((sum, { lost }) => sum + lost, 0),
      lossy: marks
        .filter(({ lost, wrong }) => lost + wrong > 0)
        .map(({ path, sent, lost, wrong, firstLostAt, lastLostAt }) => ({
          isTunnelled: /evpn|aci/.test(path),
          lost,
          text: `${path}: ${lost} of ${sent} lost, ${at(firstLostAt)} to ${at(lastLostAt)}, ${wrong} wrong`,
        })),
    };
  }

  /** Waits until every stream gets its answers (again). @returns what became of all that was sent meanwhile */
  async flow(): Promise<Pick<Marked, 'sent' | 'lost'>> {
    const all = { sent: 0, lost: 0 };
    await eventually(
      async () => {
        const { sent, lost, lossy } = await this.mark();
        all.sent += sent;
        all.lost += lost;
        if (lossy.length > 0) throw new Error(lossy.map(({ text }) => text).join('; '));
        return sent > paths.length;
      },
      { what: 'the streams to flow', timeout: 40_000, interval: 200 },
    );
    return all;
  }
}
