// Commands and daemons of the lab, each optionally inside a network namespace. Every child gets SIGKILL from the kernel
// when this process dies (`setpriv --pdeathsig`): a killed test leaves no daemon behind. `setpriv` and `ip netns exec`
// both exec what follows, so the child's pid is the command's own.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

/** What a child may write before the oldest half is thrown away. */
const LOG_LIMIT = 8 * 1024 * 1024;

export interface SpawnOptions {
  readonly netns?: string | undefined;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
}

export interface RunOptions extends SpawnOptions {
  readonly input?: string | Uint8Array | undefined;
  /** Milliseconds; the command is killed after them, and the run fails whatever `allowFailure` says. */
  readonly timeout?: number | undefined;
  /** Return a non-zero exit instead of throwing. */
  readonly allowFailure?: boolean | undefined;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  /** -1 when a signal ended it. */
  readonly code: number;
}

/** Thrown when a command could not be started, timed out, or exited non-zero. */
export class CommandError extends Error {
  readonly result: RunResult;

  constructor(command: string, why: string, result: RunResult) {
    super(`${command}: ${why}${result.stderr ? `\n${result.stderr.trimEnd()}` : ''}`);
    this.name = 'CommandError';
    this.result = result;
  }
}

/** The last part of what a child wrote: bounded, decoded late so that a character split over chunks stays whole. */
class Log {
  private chunks: Buffer[] = [];
  private size = 0;

  add(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
    if (this.size > LOG_LIMIT) {
      const kept = Buffer.concat(this.chunks).subarray(-LOG_LIMIT / 2);
      this.chunks = [kept];
      this.size = kept.length;
    }
  }

  text(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }
}

/** What to spawn so that the command dies when this process does, whatever the way. */
export function bound(command: readonly string[]): [program: string, args: string[]] {
  return ['setpriv', ['--pdeathsig', 'KILL', '--', ...command]];
}

function spawnChild(command: string, args: readonly string[], options: SpawnOptions): ChildProcessWithoutNullStreams {
  const inNamespace = options.netns === undefined ? [] : ['ip', 'netns', 'exec', options.netns];
  return spawn(...bound([...inNamespace, command, ...args]), {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C', ...options.env },
    cwd: options.cwd,
  });
}

/**
 * Runs a command to its end.
 * @throws CommandError
 */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { timeout = 30_000, allowFailure = false, input } = options;
  const line = [command, ...args].join(' ');
  const { promise, resolve, reject } = withResolvers<RunResult>();
  const child = spawnChild(command, args, options);
  const stdout = new Log();
  const stderr = new Log();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, timeout);
  child.stdout.on('data', (chunk: Buffer) => stdout.add(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.add(chunk));
  child.on('error', error => {
    clearTimeout(timer);
    reject(new CommandError(line, error.message, { stdout: '', stderr: '', code: -1 }));
  });
  child.on('close', (code, signal) => {
    clearTimeout(timer);
    const result = { stdout: stdout.text(), stderr: stderr.text(), code: code ?? -1 };
    if (late) reject(new CommandError(line, `no end within ${timeout} ms`, result));
    else if (code === 0 || allowFailure) resolve(result);
    else reject(new CommandError(line, signal ? `ended by ${signal}` : `exit ${code}`, result));
  });
  // A command that ends without reading its input is judged by its exit.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return promise;
}

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child that runs in the foreground until it is stopped. */
export class BackgroundProcess {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<ExitStatus>;
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly out = new Log();
  private readonly err = new Log();
  private exitStatus: ExitStatus | undefined;

  constructor(name: string, child: ChildProcessWithoutNullStreams, pid: number) {
    this.name = name;
    this.child = child;
    this.pid = pid;
    child.stdout.on('data', (chunk: Buffer) => this.out.add(chunk));
    child.stderr.on('data', (chunk: Buffer) => this.err.add(chunk));
    child.stdin.on('error', () => undefined);
    this.exited = new Promise(resolve => {
      child.on('close', (code, signal) => {
        this.exitStatus = { code, signal };
        resolve(this.exitStatus);
      });
    });
  }

  get running(): boolean {
    return this.exitStatus === undefined;
  }

  /** Undefined while it runs. */
  get status(): ExitStatus | undefined {
    return this.exitStatus;
  }

  stdout(): string {
    return this.out.text();
  }

  stderr(): string {
    return this.err.text();
  }

  onStdout(listener: (chunk: Buffer) => void): void {
    this.child.stdout.on('data', listener);
  }

  write(text: string | Uint8Array): void {
    this.child.stdin.write(text);
  }

  endInput(): void {
    this.child.stdin.end();
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) this.child.kill(signal);
  }

  /** SIGTERM, `grace` milliseconds, SIGKILL; resolves when it is gone. Calling it on an ended process is harmless. */
  async stop(grace = 5_000): Promise<ExitStatus> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), grace);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  /** SIGKILL at once, as a crash would. */
  async kill(): Promise<ExitStatus> {
    this.signal('SIGKILL');
    return await this.exited;
  }
}

export interface StartOptions extends SpawnOptions {
  /** For messages; the command when absent. */
  readonly name?: string | undefined;
}

/** Starts a foreground child. Use `Lab.start` where a lab should stop it. */
export async function startProcess(
  command: string,
  args: readonly string[],
  options: StartOptions = {},
): Promise<BackgroundProcess> {
  const child = spawnChild(command, args, options);
  const { promise, resolve, reject } = withResolvers<void>();
  child.once('spawn', resolve);
  child.once('error', reject);
  await promise;
  if (child.pid === undefined) throw new Error(`${command}: started without a pid`);
  return new BackgroundProcess(options.name ?? command, child, child.pid);
}

function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: Error) => void;
} {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: Error) => void = () => undefined;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
