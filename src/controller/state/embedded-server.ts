// pointsman's own ovsdb-server, on a file in the state directory: started, watched, restarted, stopped.
// It holds no intent and speaks no OVSDB beyond asking whether the server is up.

import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { access, constants, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type ActiveEndpoint, whyNoSocketPath } from '../../lib/endpoint.ts';
import { type Logger, silentLogger } from '../../lib/logger.ts';
import { exists, freeName, prepareDatabaseFile } from './database-file.ts';
import { ensureDirectory, ensurePrivateDirectory } from './directories.ts';
import { StateError } from './errors.ts';
import { findDamage, keepCopy } from './log-damage.ts';
import { servesDatabase } from './server-probe.ts';

export interface EmbeddedServerOptions {
  /** Holds `pointsman.db`; made with mode 0700 if it is not there. */
  readonly stateDirectory: string;
  /** Holds `ovsdb`, a directory of this user alone with the sockets; default `run` in the state directory. */
  readonly runDirectory?: string | undefined;
  /** Default: the schema that comes with pointsman. */
  readonly schemaFile?: string | undefined;
  /** Programs, looked up in PATH unless absolute. */
  readonly serverProgram?: string | undefined;
  readonly toolProgram?: string | undefined;
  /** util-linux's setpriv: takes ovsdb-server along when pointsman is killed. Empty: do without. */
  readonly setprivProgram?: string | undefined;
  /** How long until the server must answer, waiting for an earlier one's file lock included, ms; default 30 s. */
  readonly startTimeout?: number | undefined;
  /** How long it may take to end before it is killed, ms; default 5 s. */
  readonly stopTimeout?: number | undefined;
  /** Restarts wait from the first to the second, doubling, ms; default 100 ms to 5 s. */
  readonly minBackoff?: number | undefined;
  readonly maxBackoff?: number | undefined;
  readonly logger?: Logger | undefined;
}

export interface EmbeddedServerEvents {
  /** It answers; also after each restart. */
  up: [];
  /** It ended without being asked to; a restart is under way. */
  down: [why: string];
}

const database = 'Pointsman';
const probeTimeout = 1_000;
const probeInterval = 25;
/** A server that lived this long has earned a short first wait, ms. */
const settledAfter = 10_000;
/** Lines of the server's that are remembered as logged. */
const maxSaid = 100;

/** The schema in the package, seen from src/controller/state as from dist/controller/state. */
export const bundledSchemaFile: string = fileURLToPath(
  new URL('../../../schemas/pointsman.ovsschema', import.meta.url),
);

/** A foreground child `ovsdb-server` whose socket and file only this user can reach. */
export class EmbeddedServer extends EventEmitter<EmbeddedServerEvents> {
  readonly #options: EmbeddedServerOptions;
  readonly #logger: Logger;
  readonly #socket: string;
  readonly #file: string;
  readonly #runDirectory: string;
  readonly #stopping = new AbortController();
  #child: ChildProcess | undefined;
  #exited: Promise<string> = Promise.resolve('never started');
  #lastWords = '';
  /** What was logged of the server's words since it last lived long: it may say the same at each attempt. */
  readonly #said = new Set<string>();
  #isUp = false;
  #complaint: string | undefined;
  #damagedFile: string | undefined;
  #watch: Promise<void> | undefined;

  constructor(options: EmbeddedServerOptions) {
    super();
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#runDirectory = resolve(options.runDirectory ?? join(options.stateDirectory, 'run'), 'ovsdb');
    this.#socket = join(this.#runDirectory, 'db.sock');
    this.#file = resolve(options.stateDirectory, 'pointsman.db');
  }

  get endpoint(): ActiveEndpoint {
    return { kind: 'unix', path: this.#socket };
  }

  /** Where the file is kept that was damaged, until `acknowledgeDamage`. */
  get damagedFile(): string | undefined {
    return this.#damagedFile;
  }

  /** What the server had against the file when it opened it. */
  get complaint(): string | undefined {
    return this.#complaint;
  }

  /** It is known what was lost: the damaged file stays, under a name of its own. */
  async acknowledgeDamage(): Promise<void> {
    if (this.#damagedFile === undefined) return;
    await rename(this.#damagedFile, await freeName(`${this.#damagedFile}-accepted`));
    this.#damagedFile = undefined;
  }

  /** The running child's process id. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Resolves when the server answers.
   * @throws StateError STATE_SCHEMA_MISMATCH, STATE_SERVER_FAILED
   */
  async start(signal?: AbortSignal): Promise<void> {
    const tooLong = whyNoSocketPath(this.#socket);
    if (tooLong !== undefined) throw new StateError('STATE_SERVER_FAILED', `${tooLong}; set a shorter state.runDir`);
    const deadline = AbortSignal.timeout(this.#options.startTimeout ?? 30_000);
    const until = AbortSignal.any([deadline, this.#stopping.signal, ...(signal ? [signal] : [])]);
    await this.#makeDirectories();
    await this.#inspectFile();
    await prepareDatabaseFile({
      file: this.#file,
      schemaFile: this.#options.schemaFile ?? bundledSchemaFile,
      tool: this.#options.toolProgram ?? 'ovsdb-tool',
      timeout: this.#options.startTimeout ?? 30_000,
      signal: until,
      logger: this.#logger,
    });
    // An earlier pointsman that was killed may not be gone yet, and its server still hold the file's lock: try again.
    for (let backoff = this.#minBackoff; ; backoff = Math.min(backoff * 2, 1_000)) {
      const why = await this.#launch(until);
      if (why === undefined) break;
      if (!until.aborted && !/ENOENT|EACCES/.test(why))
        await sleep(backoff, undefined, { signal: until }).catch(() => {});
      if (until.aborted || /ENOENT|EACCES/.test(why))
        throw new StateError('STATE_SERVER_FAILED', `ovsdb-server did not start on ${this.#file}: ${why}`);
    }
    this.#watch = this.#keepRunning();
  }

  async #makeDirectories(): Promise<void> {
    const { stateDirectory } = this.#options;
    await ensurePrivateDirectory(this.#runDirectory);
    await ensureDirectory(stateDirectory);
    try {
      await access(stateDirectory, constants.W_OK);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new StateError('STATE_SERVER_FAILED', `cannot keep the state in ${stateDirectory}: ${why}`, { cause });
    }
  }

  /** Keeps what the server would cut off. Call it before there is a server that might. */
  async #inspectFile(): Promise<void> {
    const marker = `${this.#file}.damaged`;
    const damage = (await exists(this.#file)) ? await findDamage(this.#file) : undefined;
    if (damage) {
      const copy = damage.kind === 'tail' ? `${this.#file}.torn` : await freeName(marker);
      await keepCopy(this.#file, copy);
      const level = damage.kind === 'tail' ? 'warn' : 'error';
      this.#logger[level]({ ...damage, file: this.#file, copy }, 'the state file is damaged');
    }
    this.#damagedFile = (await exists(marker)) ? marker : undefined;
  }

  /** Ends the server and waits for it; killed after `stopTimeout`. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#endChild();
    await this.#watch;
  }

  get #minBackoff(): number {
    return this.#options.minBackoff ?? 100;
  }

  async #keepRunning(): Promise<void> {
    const { signal } = this.#stopping;
    let backoff = this.#minBackoff;
    let upSince: number | undefined = performance.now();
    let reported: string | undefined;
    let why: string | undefined = await this.#exited;
    while (!signal.aborted) {
      // One that never came up has lived for no time at all.
      if (upSince !== undefined && performance.now() - upSince > settledAfter) {
        backoff = this.#minBackoff;
        reported = undefined;
        this.#said.clear();
      }
      this.#logger[why === reported ? 'debug' : 'error']({ why, retryIn: backoff }, 'ovsdb-server ended');
      reported = why;
      this.emit('down', why ?? '');
      await sleep(backoff, undefined, { signal }).catch(() => {});
      backoff = Math.min(backoff * 2, this.#options.maxBackoff ?? 5_000);
      if (signal.aborted) return;
      const until = AbortSignal.any([signal, AbortSignal.timeout(this.#options.startTimeout ?? 30_000)]);
      upSince = undefined;
      why = await this.#relaunch(until);
      if (why !== undefined) continue;
      upSince = performance.now();
      why = await this.#exited;
    }
  }

  async #relaunch(until: AbortSignal): Promise<string | undefined> {
    try {
      await this.#inspectFile();
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    return this.#launch(until);
  }

  /** @returns undefined when the server is up, else why it is not; it has ended then */
  async #launch(until: AbortSignal): Promise<string | undefined> {
    if (until.aborted) return this.#lastWords || 'there was no time left';
    // Of an earlier pointsman that is about to go, or of one with another state directory: it keeps its socket.
    if (await servesDatabase(this.#socket, database, probeTimeout))
      return `another ovsdb-server has ${this.#socket}; set another state.runDir`;
    // ovsdb-server replaces a stale socket by itself, but the probe below must not meet one that is about to go.
    await rm(this.#socket, { force: true });
    this.#spawn();
    let ended: string | undefined;
    void this.#exited.then(why => {
      ended = why;
    });
    while (!until.aborted) {
      if (await servesDatabase(this.#socket, database, probeTimeout)) {
        this.#logger.info({ pid: this.#child?.pid, socket: this.#socket, file: this.#file }, 'ovsdb-server is up');
        this.#isUp = true;
        this.emit('up');
        return undefined;
      }
      if (ended !== undefined) return ended;
      await sleep(probeInterval, undefined, { signal: until }).catch(() => {});
    }
    await this.#endChild();
    return this.#lastWords || 'it did not answer in time';
  }

  #spawn(): void {
    const { serverProgram = 'ovsdb-server', setprivProgram = 'setpriv' } = this.#options;
    const server = [
      serverProgram,
      this.#file,
      `--remote=punix:${this.#socket}`,
      `--unixctl=${join(this.#runDirectory, 'ovsdb-server.ctl')}`,
      '-vsyslog:off',
      '-vfile:off',
      '-vconsole:info',
      '-vPATTERN:console:%p|%c|%m',
    ];
    const command = setprivProgram === '' ? server : [setprivProgram, '--pdeathsig', 'TERM', '--', ...server];
    // The shell only narrows the umask, which Node cannot set for a child alone, and then becomes the command.
    const child = spawn('/bin/sh', ['-c', 'umask 077; exec "$@"', 'sh', ...command], {
      cwd: this.#runDirectory,
      env: { ...process.env, OVS_RUNDIR: this.#runDirectory },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    this.#lastWords = '';
    this.#isUp = false;
    this.#complaint = undefined;
    if (child.stderr) createInterface(child.stderr).on('line', line => this.#log(line));
    this.#exited = new Promise(settle => {
      child.on('error', error => settle(error.message));
      // 'close' and not 'exit', so that the last words have been read.
      child.on('close', (code, signal) => {
        if (this.#child === child) this.#child = undefined;
        const how = signal === null ? `exit code ${code}` : `killed by ${signal}`;
        settle(this.#lastWords === '' ? how : `${how}: ${this.#lastWords}`);
      });
    });
  }

  #log(line: string): void {
    const [level = '', module = '', ...rest] = line.split('|');
    const fields = { source: 'ovsdb-server', module };
    const isNew = this.#isNew(line);
    switch (level) {
      case 'EMER':
      case 'ERR':
        this.#lastWords = rest.join('|');
        if (!this.#isUp && this.#lastWords.includes(this.#file)) this.#complaint = this.#lastWords;
        this.#logger[isNew ? 'error' : 'debug'](fields, rest.join('|'));
        break;
      case 'WARN':
        this.#logger[isNew ? 'warn' : 'debug'](fields, rest.join('|'));
        break;
      case 'INFO':
      case 'DBG':
        this.#logger.debug(fields, rest.join('|'));
        break;
      default:
        // What it says before it gives up comes without a level.
        this.#lastWords = line;
        this.#logger[isNew ? 'warn' : 'debug']({ source: 'ovsdb-server' }, line);
    }
  }

  #isNew(line: string): boolean {
    if (this.#said.has(line)) return false;
    if (this.#said.size >= maxSaid) this.#said.clear();
    this.#said.add(line);
    return true;
  }

  async #endChild(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), this.#options.stopTimeout ?? 5_000);
    await this.#exited;
    clearTimeout(timer);
  }
}
