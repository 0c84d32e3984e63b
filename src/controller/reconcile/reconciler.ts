// The loop that makes the switch hold the intent: database rows first, then flows. It remembers nothing
// that it could read: every run starts from the stored intent, the OVSDB replica, and what the switch says it holds.

import { EventEmitter } from 'node:events';
import { CoalescingLoop } from '../../lib/coalescing-loop.ts';
import { PointsmanError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { type FlowEntry, type SwitchConnection, unsealFlow } from '../../openflow/index.ts';
import type { OpenVSwitchTables } from '../../ovsdb/generated/open-vswitch.ts';
import type { OvsdbClient } from '../../ovsdb/index.ts';
import type { Program } from '../../policy/engine/program.ts';
import type { Bridge } from '../../policy/facts/base.ts';
import { tenants } from '../../policy/facts/objects.ts';
import { flows, translations } from '../../policy/facts/outcome.ts';
import { leaseKeyOf } from '../../policy/features/fence/lease.ts';
import type { NodeConfig } from '../../policy/node.ts';
import { integrationTableNames, physicalTableNames } from '../../policy/pipeline.ts';
import { askAgain, doubtfulErrors } from '../bridges/doubtful-errors.ts';
import { interfaceStates, observedPorts } from '../bridges/observe-ports.ts';
import { portFaults } from '../bridges/port-faults.ts';
import { reconcileSwitch, type SwitchOutcome } from '../bridges/reconcile-switch.ts';
import { type SwitchHolder, stateOf } from '../bridges/switch-holder.ts';
import { switchLockName } from '../bridges/switch-lock.ts';
import type { SwitchOwnership } from '../bridges/switch-ownership.ts';
import { ourBridge } from '../bridges/switch-source.ts';
import { warningsOfSwitch } from '../bridges/switch-warnings.ts';
import type { ConntrackSweeper } from '../conntrack/sweeper.ts';
import { flushZones, foreignZones, prepareZones, unaccountedZones, type ZoneTenants } from '../conntrack/zones.ts';
import type { NoteEvent } from '../events/event.ts';
import type { FlowInstaller } from '../flows/installer.ts';
import type { PortSettings } from '../flows/port-settings.ts';
import { readInstalled } from '../flows/read-installed.ts';
import type { Refusal } from '../flows/refusal.ts';
import type { LiveProgram, Taken } from '../program/live-program.ts';
import type { StateMark } from '../state/setback.ts';
import { InstalledGeneration } from './generation.ts';
import type { StateGuard } from './state-guard.ts';
import { isMemoryChange, type SwitchMemory } from './switch-memory.ts';
import { type HeldBridge, type Unaccounted, unaccountedOf } from './unaccounted.ts';

export interface SwitchBridge {
  readonly connection: SwitchConnection;
  readonly installer: FlowInstaller;
  readonly ports: PortSettings;
}

export interface ReconcilerOptions {
  readonly node: NodeConfig;
  readonly live: LiveProgram;
  /** Where the state is that the program follows. */
  readonly mark: () => StateMark;
  /** Whether what other nodes may have taken over is to stop, whatever the snapshot says. */
  readonly standsDown: () => boolean;
  readonly database: OvsdbClient<OpenVSwitchTables>;
  readonly ownership: SwitchOwnership;
  readonly holder: SwitchHolder;
  readonly integration: SwitchBridge;
  readonly physical: SwitchBridge;
  readonly memory: SwitchMemory;
  readonly guard: StateGuard;
  /** Conntrack zones that tenants have, or had and nobody has yet. */
  readonly knownZones: () => ReadonlySet<number>;
  readonly sweeper: ConntrackSweeper;
  readonly note: NoteEvent;
  readonly logger: Logger;
}

/** What the last run found, for status. */
export interface Findings {
  readonly switchOutcome: SwitchOutcome;
  readonly refused: readonly Refusal[];
}

/** How often the switch is read anew to find what others changed, ms. */
const auditInterval = 60_000;

/** In how many audits one looks through all connections: that costs vswitchd a while when there are many. */
const auditsPerSweep = 10;

/** The switch's database did not take what the node needs. */
class SwitchRefusedError extends PointsmanError<'SWITCH_REFUSED'> {
  constructor(outcome: SwitchOutcome & { readonly kind: 'failed' | 'contended' }) {
    const why = outcome.kind === 'failed' ? `refused: ${outcome.details || outcome.error}` : 'is changed all the time';
    super('SWITCH_REFUSED', `the switch's database ${why}`);
  }
}

export interface ReconcilerEvents {
  /** The switch holds a later generation than before. */
  installed: [generation: number];
  /** A run has ended, and both bridges hold what it found. */
  reconciled: [taken: Taken];
}

export class Reconciler extends EventEmitter<ReconcilerEvents> {
  readonly generation = new InstalledGeneration();
  readonly #options: ReconcilerOptions;
  readonly #loop: CoalescingLoop;
  #audit: NodeJS.Timeout | undefined;
  #findings: Findings | undefined;
  #settled: number | undefined;
  #warned: ReadonlySet<string> = new Set();
  /** Errors of ports that vswitchd was asked about, since the last audit. */
  #doubted: ReadonlySet<string> = new Set();
  /** Since the rows of the switch were last looked at. */
  #switchChanged = true;
  /** Whether the program may not know what they show; and whether it was told to stand down. */
  #mustObserve = true;
  #stoodDown = false;
  /** What the bridges were read to hold while the state is not trusted. */
  #held: readonly HeldBridge[] | undefined;
  /** Whether the switch says of the conntrack zones of all tenants, as they were last, whose they are. */
  #areZonesKnown = false;

  constructor(options: ReconcilerOptions) {
    super();
    this.#options = options;
    this.#loop = new CoalescingLoop({
      name: 'reconciliation',
      work: () => this.#run(),
      logger: options.logger,
      settle: 0,
      minRetry: 200,
      maxRetry: 10_000,
    });
  }

  get findings(): Findings | undefined {
    return this.#findings;
  }

  /** Why the last run failed; undefined when it did not. */
  get lastError(): string | undefined {
    return this.#loop.lastError;
  }

  start(): void {
    const { database, ownership, integration, physical, guard, sweeper } = this.#options;
    const changed = () => this.request();
    const switchChanged = () => {
      this.#switchChanged = true;
      this.#mustObserve = true;
      this.#areZonesKnown = false;
      changed();
    };
    database.on('update', changes => {
      if (!changes.every(isMemoryChange)) switchChanged();
    });
    ownership.on('change', switchChanged);
    ownership.on('change', () => {
      if (!ownership.isOurs) for (const { installer } of [integration, physical]) installer.lose();
    });
    for (const { connection, installer, ports } of [integration, physical]) {
      ports.on('set', changed);
      installer.on('drift', changed);
      installer.on('freed', changed);
      connection.on('connected', switchChanged);
      for (const event of ['connected', 'disconnected'] as const) connection.on(event, () => this.#forgetHeld());
      connection.on('disconnected', () => this.generation.lose());
    }
    guard.on('held', () => {
      this.generation.lose();
      this.#settled = undefined;
      // What others change meanwhile is not put right.
      for (const { installer } of [integration, physical]) installer.lose();
    });
    guard.on('released', switchChanged);
    let audits = 0;
    this.#audit = setInterval(() => {
      const isThorough = ++audits % auditsPerSweep === 0;
      if (isThorough) sweeper.forget();
      for (const { installer, ports } of [integration, physical]) {
        ports.look();
        if (isThorough) installer.forget();
        else installer.look();
      }
      this.#forgetHeld();
      this.#doubted = new Set();
      switchChanged();
    }, auditInterval);
    this.request();
  }

  /**
   * What the switch holds of ours, and would not by the state as it is; nothing is written. Undefined: a bridge cannot be asked.
   * @param fresh reads all of it again; else what others changed in the last minute may be missing
   * @throws OpenFlowError
   */
  async survey(fresh: boolean): Promise<Unaccounted | undefined> {
    const { node, database, integration, physical, live } = this.#options;
    if (fresh) this.#forgetHeld();
    const made = (
      [
        [integration, 'integration', node.integrationBridge],
        [physical, 'physical', node.physicalBridge],
      ] as const
    ).filter(([, , name]) => ourBridge(name, node, database) !== undefined);
    if (made.some(([{ installer }]) => !installer.connected)) return undefined;
    while (live.isBusy) await live.free();
    this.#observe();
    this.#held ??= await Promise.all(
      made.map(async ([{ connection }, bridge]) => {
        const desired = live.desired(bridge);
        return {
          desired,
          installed: await readInstalled(connection, desired, { isOurMeter: () => false, lease: leaseKeyOf(node) }),
        };
      }),
    );
    return unaccountedOf(this.#held, this.#unaccountedZones());
  }

  #forgetHeld(): void {
    this.#held = undefined;
  }

  #unaccountedZones(): number {
    const { node, database, live, mark } = this.#options;
    const row = ourBridge(node.integrationBridge, node, database);
    if (!row) return 0;
    const from = stateOf(row);
    const isOfThisState = from === undefined || from === mark().database;
    return unaccountedZones(live.program.rows(tenants), row.external_ids, isOfThisState);
  }

  /** Asks for a run: the intent or the switch has changed. */
  request(): void {
    this.#loop.request();
  }

  /** Ends after the run under way; the switch keeps what it has. */
  async stop(): Promise<void> {
    clearInterval(this.#audit);
    await this.#loop.stop();
  }

  /** The generation of the last `settle` that still counts. */
  get settled(): number | undefined {
    return this.#settled;
  }

  /**
   * Resolves when the datapath does nothing from before what is installed: vswitchd has revalidated what it has cached.
   * @returns the generation whose given-up numbers, and those of earlier ones, the switch has let go of; undefined: of none
   * @throws OpenFlowError, HangingSwitchError
   */
  async settle(): Promise<number | undefined> {
    const { installed, losses } = this.generation;
    if (!this.generation.holds(installed)) return undefined;
    if (this.#settled === undefined || this.#settled < installed) {
      await this.#options.sweeper.settle(anyFlow(this.#options.live.program));
      // What went away meanwhile may have come back with other flows.
      if (losses !== this.generation.losses) return undefined;
      this.#settled = installed;
    }
    return this.#settled;
  }

  /**
   * Makes the switch forget the connections of zones that no tenant has any more.
   * @returns false when the switch cannot be told
   */
  async forgetZones(zones: readonly number[]): Promise<boolean> {
    const { node, database, ownership, integration } = this.#options;
    if (!integration.installer.connected || !(await ownership.confirm())) return false;
    const foreign = foreignZones(node, database);
    const ours = zones.filter(zone => !foreign.has(zone));
    await flushZones(ours, integration.connection);
    return true;
  }

  async #run(): Promise<void> {
    const { database, ownership, guard, live } = this.#options;
    if (database.state.kind !== 'ready' || !ownership.isOurs || !(await guard.checkSwitch())) return;
    this.#forgetHeld();
    const { losses } = this.generation;
    const switchOutcome = await this.#lookAtSwitch();
    if (!(await ownership.confirm()) || !guard.trusted) return;
    await this.#restorePorts();
    // While a write is judged, what the switch has to hold is known; while the program follows the state, it is not.
    while (live.isFollowing || (live.isBusy && this.#isNews)) await live.free();
    if (!guard.trusted) return;
    // The program follows the state at once: from here to what it hands over nothing waits, so that it holds this generation.
    const mark = this.#options.mark();
    const { generation } = mark;
    // Another database, or an older state of it: its numbers say nothing about what was settled before.
    if (generation < (this.#settled ?? -1)) this.#settled = undefined;
    this.#observe();
    await live.handOver(async taken => {
      const isInstalled = await this.#install(taken, switchOutcome);
      if (switchOutcome.kind === 'failed' || switchOutcome.kind === 'contended') {
        // Flows without the ports that they are for: it is tried again, and until then nothing counts as installed.
        this.generation.lose();
        throw new SwitchRefusedError(switchOutcome);
      }
      // What went away meanwhile may have taken with it what was installed before.
      if (!isInstalled || losses !== this.generation.losses) return false;
      if (this.generation.advance(generation)) {
        this.#options.memory.note(mark);
        this.emit('installed', generation);
      }
      this.emit('reconciled', taken);
      return true;
    });
  }

  /** Whether the program is to be told of the switch. */
  get #isNews(): boolean {
    return this.#mustObserve || this.#options.standsDown() !== this.#stoodDown;
  }

  #observe(): void {
    const { node, database, live } = this.#options;
    if (!this.#isNews) return;
    const standsDown = this.#options.standsDown();
    // As if its fence had ended: nothing renews it.
    const fenced = standsDown ? { ...node, fence: node.fence ?? 0 } : node;
    live.observe(fenced, observedPorts(node, database), foreignZones(node, database));
    this.#mustObserve = false;
    this.#stoodDown = standsDown;
  }

  /** What others have set on ports of ours. */
  async #restorePorts(): Promise<void> {
    const { node, database, integration, physical } = this.#options;
    const ours = new Set(interfaceStates(node, database).map(({ name }) => name));
    for (const { installer, ports } of [integration, physical]) if (installer.connected) await ports.restore(ours);
  }

  /** The rows of the switch's database; what it does not have yet, it gets. */
  async #lookAtSwitch(): Promise<SwitchOutcome> {
    const { node, database, holder } = this.#options;
    const known = this.#findings?.switchOutcome;
    if (known && !this.#switchChanged) return known;
    this.#switchChanged = false;
    try {
      const tables = { integration: integrationTableNames, physical: physicalTableNames };
      const outcome = await reconcileSwitch(database, node, tables, { lock: switchLockName, holder });
      if (outcome.kind === 'failed' || outcome.kind === 'contended') this.#switchChanged = true;
      this.#report(outcome, known?.kind === 'unchanged' || known?.kind === 'applied');
      this.#reportWarnings([...warningsOfSwitch(outcome), ...portFaults(node, database).faults]);
      await this.#doubtErrors();
      return outcome;
    } catch (error) {
      this.#switchChanged = true;
      throw error;
    }
  }

  /** Once an error and audit: one that stands is written again at once. */
  async #doubtErrors(): Promise<void> {
    const { node, database } = this.#options;
    const errors = doubtfulErrors(node, database).filter(error => !this.#doubted.has(error));
    if (errors.length === 0) return;
    this.#doubted = new Set([...this.#doubted, ...errors]);
    await askAgain(database, switchLockName);
  }

  /** @returns whether both bridges hold all of it, and connection tracking remembers nothing that does not stand */
  async #install(taken: Taken, switchOutcome: SwitchOutcome): Promise<boolean> {
    const { node, database, integration, physical, live, sweeper, guard, knownZones } = this.#options;
    const whose = this.#tenantsOf(taken);
    // Stays so unless it is written down whose the zones are.
    this.#areZonesKnown = false;
    const { connection } = integration;
    const settle = () => sweeper.settle(anyFlow(live.program));
    const stop = async () => {
      await integration.installer.clear();
      await sweeper.settle(undefined);
    };
    const zones = integration.installer.connected
      ? await prepareZones(whose, { node, database, connection, known: knownZones, settle, stop })
      : undefined;
    const refused: Refusal[] = [];
    const install = async ({ installer }: SwitchBridge, bridge: Bridge) => {
      if (!installer.connected) return false;
      const report = await installer.install(live.desired(bridge), taken.flows[bridge]);
      refused.push(...report.refused);
      return true;
    };
    const installed = [await install(integration, 'integration'), await install(physical, 'physical')];
    if (zones && installed[0]) {
      await zones.finish();
      this.#areZonesKnown = !this.#switchChanged;
    }
    this.#findings = { switchOutcome, refused };
    if (!installed.every(Boolean) || !guard.trusted) return false;
    const { program } = live;
    await sweeper.sweep({
      changed: [...taken.zones].flatMap(zone => program.get(translations, zone) ?? []),
      all: () => program.rows(translations),
      flow: () => anyFlow(program),
    });
    return true;
  }

  /** Those whose zones may have to change hands: all, when the switch may say another thing of zones than it did. */
  #tenantsOf({ tenants: changed }: Taken): ZoneTenants {
    const { program } = this.#options.live;
    const there = [...changed].flatMap(name => program.get(tenants, name) ?? []);
    // What the zone of one that is gone was is for the switch to say.
    if (this.#areZonesKnown && there.length === changed.size) return { tenants: there, isAll: false };
    return { tenants: [...program.rows(tenants)], isAll: true };
  }

  /** Once when they appear, not at every run. */
  #reportWarnings(warnings: readonly string[]): void {
    for (const warning of warnings) if (!this.#warned.has(warning)) this.#options.logger.warn({ warning }, 'switch');
    this.#warned = new Set(warnings);
  }

  /** @param wasThere it once had all of it, which follows from the configuration alone */
  #report(outcome: SwitchOutcome, wasThere: boolean): void {
    const { logger, node, note } = this.#options;
    switch (outcome.kind) {
      case 'applied': {
        const { changes } = outcome.plan;
        logger.info({ changes }, 'switch database changed');
        const message = `put right: ${changes.join('; ').slice(0, 500)}`;
        const object = { kind: 'nodes', name: node.name } as const;
        if (wasThere) note({ severity: 'warning', reason: 'switch-restored', object, message });
        break;
      }
      // The loop says why a run has failed.
      case 'failed':
      case 'contended':
      case 'unchanged':
        break;
    }
  }
}

function anyFlow(program: Program): FlowEntry | undefined {
  const { value } = program.rows(flows.integration).next();
  return value && unsealFlow(value);
}
