// Ends the connections that today's policy would not have made. A switch goes on translating by what it remembers, so once
// the flows are in, and before anybody hears that they are, each zone whose translations differ from those it was last
// swept for is looked through, and exactly what does not stand is flushed. It remembers only what it has swept: after a
// start everything is swept once, and a crash between flows and sweep heals.

import { setTimeout as sleep } from 'node:timers/promises';
import { PointsmanError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { type FlowEntry, type SwitchConnection, SwitchError } from '../../openflow/index.ts';
import { OvsdbError } from '../../ovsdb/index.ts';
import type { ZoneTranslations } from '../../policy/facts/outcome.ts';
import { type Connection, stands } from '../../policy/nat/stands.ts';
import type { Translations } from '../../policy/nat/translations.ts';
import { ControlSocketError } from './control-socket.ts';
import { findConnections, revalidated } from './datapath.ts';
import { flushConnections, isSingle } from './flush.ts';
import { flushZones } from './zones.ts';

/** New connections that do not stand came up as fast as they were flushed: flows of somebody else make them. */
export class SweepError extends PointsmanError<'SWEEP_UNENDING'> {
  constructor(count: number) {
    super('SWEEP_UNENDING', `${count} connections that no policy allows come back as fast as they are flushed`);
  }
}

/** vswitchd cannot be asked what its datapath does, and answers so late that it may do anything. */
export class HangingSwitchError extends PointsmanError<'SWEEP_BLIND'> {
  constructor() {
    super('SWEEP_BLIND', 'ovs-vswitchd answers too late to know that its datapath does what the flow tables say');
  }
}

export interface SweeperOptions {
  readonly connection: SwitchConnection;
  /** The control socket of vswitchd. */
  readonly control: () => Promise<string>;
  /** Name of the datapath as dpctl(8) has it, such as `netdev@ovs-netdev`. */
  readonly datapath: () => string;
  readonly logger: Logger;
}

export interface Sweep {
  /** Those that may be others than when they were last swept for. */
  readonly changed: readonly ZoneTranslations[];
  readonly all: () => Iterable<ZoneTranslations>;
  /** Any of the flows that are installed; undefined: there are none. */
  readonly flow: () => FlowEntry | undefined;
}

/** How often a zone is looked through until nothing is found. */
const maxRounds = 20;

/** Without vswitchd's word for it: how long its revalidators may take, ms; one that hangs meanwhile takes longer. */
const blindWait = 1_000;
const maxBlindWaits = 5;

export class ConntrackSweeper {
  readonly #options: SweeperOptions;
  /** The fingerprint of the translations for which each zone was last swept. */
  readonly #swept = new Map<number, string>();
  #mustSweepAll = true;
  /** Whether the switch knows NXT_CT_FLUSH (OVS 3.1). */
  #isExact = true;
  #problem: string | undefined;

  constructor(options: SweeperOptions) {
    this.#options = options;
    // Whatever comes back may be another switch, and have been told other things.
    options.connection.on('disconnected', () => {
      this.forget();
      this.#isExact = true;
    });
  }

  /** Why whole zones are flushed in place of single connections; undefined: they are not. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Makes the next sweep look through all zones. */
  forget(): void {
    this.#mustSweepAll = true;
  }

  /**
   * Resolves when the datapath remembers no connection that does not stand, nor does what would make one. Call after the flows
   * of the translations are installed.
   * @throws OpenFlowError, SweepError, HangingSwitchError; then call it again
   */
  async sweep({ changed, all, flow }: Sweep): Promise<void> {
    if (this.#mustSweepAll) this.#swept.clear();
    const due = [...(this.#mustSweepAll ? all() : changed)].filter(
      ({ zone, fingerprint }) => this.#swept.get(zone) !== fingerprint,
    );
    this.#mustSweepAll = false;
    if (due.length === 0) return;
    const zones = new Map(due.map(translations => [translations.zone, translations]));
    try {
      await this.#sweepZones(zones, flow());
    } catch (error) {
      this.#mustSweepAll = true;
      throw error;
    }
    for (const { zone, fingerprint } of due) this.#swept.set(zone, fingerprint);
  }

  /**
   * Resolves when the datapath does what the flow tables say.
   * @throws OpenFlowError, HangingSwitchError
   */
  async settle(flow: FlowEntry | undefined): Promise<void> {
    try {
      await revalidated(await this.#options.control(), this.#options.connection, flow);
      this.#report(undefined);
    } catch (error) {
      if (!(error instanceof OvsdbError || error instanceof ControlSocketError)) throw error;
      this.#report(error.message);
      await this.#waitBlind();
    }
  }

  async #sweepZones(zones: ReadonlyMap<number, Translations>, flow: FlowEntry | undefined): Promise<void> {
    try {
      const socket = await this.#options.control();
      await revalidated(socket, this.#options.connection, flow);
      await this.#flushStale(socket, zones);
      this.#report(undefined);
    } catch (error) {
      if (!(error instanceof OvsdbError || error instanceof ControlSocketError)) throw error;
      this.#report(error.message);
      await this.#flushAll([...zones.keys()]);
    }
  }

  async #flushStale(socket: string, zones: ReadonlyMap<number, Translations>): Promise<void> {
    const [first, second] = zones.keys();
    const only = second === undefined ? first : undefined;
    const isStale = (connection: Connection) => {
      const translations = zones.get(connection.zone);
      return translations !== undefined && !stands(translations, connection);
    };
    let flushed = 0;
    for (let round = 0; ; round++) {
      const stale = await findConnections(socket, this.#options.datapath(), only, isStale);
      if (stale.length === 0) break;
      // What the old flows had begun with when they went may come after.
      if (round === maxRounds) throw new SweepError(stale.length);
      await this.#flush(stale);
      flushed += stale.length;
    }
    if (flushed > 0) this.#options.logger.info({ zones: [...zones.keys()], flushed }, 'connections ended');
  }

  async #flush(stale: readonly Connection[]): Promise<void> {
    const { connection } = this.#options;
    try {
      if (this.#isExact && stale.every(isSingle)) return await flushConnections(stale, connection);
    } catch (error) {
      if (!(error instanceof SwitchError)) throw error;
      this.#isExact = false;
      this.#options.logger.warn({ err: error }, 'the switch cannot forget single connections: whole zones are flushed');
    }
    await flushZones([...new Set(stale.map(({ zone }) => zone))], connection);
  }

  /** Fails closed: connections that stand end too. Twice, for until the datapath follows, more may be made. */
  async #flushAll(zones: readonly number[]): Promise<void> {
    await flushZones(zones, this.#options.connection);
    await this.#waitBlind();
    await flushZones(zones, this.#options.connection);
  }

  async #waitBlind(): Promise<void> {
    for (let waits = 1; !(await this.#wasAwake()); waits++) if (waits === maxBlindWaits) throw new HangingSwitchError();
  }

  /** Whether vswitchd, at the end of a wait, answers at once: it has had the time, then. */
  async #wasAwake(): Promise<boolean> {
    await sleep(blindWait);
    const asked = performance.now();
    await this.#options.connection.barrier();
    return performance.now() - asked < blindWait / 2;
  }

  #report(problem: string | undefined): void {
    if (problem !== undefined && problem !== this.#problem)
      this.#options.logger.warn({ problem }, 'vswitchd cannot be asked for its connections: whole zones are flushed');
    this.#problem = problem;
  }
}
