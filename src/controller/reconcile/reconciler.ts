// The loop that makes the switch hold the intent: database rows first, then flows. It remembers nothing
// that it could read: every run starts from the stored intent, the OVSDB replica, and what the switch says it holds.

import { EventEmitter } from 'node:events';
import { CoalescingLoop } from '../../lib/coalescing-loop.ts';
import { PointsmanError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import type { SwitchConnection } from '../../openflow/index.ts';
import type { OpenVSwitchTables } from '../../ovsdb/generated/open-vswitch.ts';
import type { OvsdbClient } from '../../ovsdb/index.ts';
import type { Allocations } from '../../policy/allocation.ts';
import { compile } from '../../policy/compile.ts';
import type { DocumentSet } from '../../policy/documents.ts';
import type { Membership } from '../../policy/membership.ts';
import type { Intent } from '../../policy/model.ts';
import { translationsOf } from '../../policy/nat/translations.ts';
import type { NodeConfig } from '../../policy/node.ts';
import { integrationTableNames, physicalTableNames } from '../../policy/pipeline.ts';
import { resolveIntent } from '../../policy/resolve/resolve.ts';
import type { Problem } from '../../policy/resolve/resolver.ts';
import { observedPorts } from '../bridges/observe-ports.ts';
import { portFaults } from '../bridges/port-faults.ts';
import { reconcileSwitch, type SwitchOutcome } from '../bridges/reconcile-switch.ts';
import type { SwitchHolder } from '../bridges/switch-holder.ts';
import { switchLockName } from '../bridges/switch-lock.ts';
import type { SwitchOwnership } from '../bridges/switch-ownership.ts';
import { warningsOfSwitch } from '../bridges/switch-warnings.ts';
import type { ConntrackSweeper } from '../conntrack/sweeper.ts';
import { flushZones, foreignZones, prepareZones } from '../conntrack/zones.ts';
import type { NoteEvent } from '../events/event.ts';
import { desiredOf, type WholeProgram } from '../flows/desired.ts';
import type { FlowInstaller } from '../flows/installer.ts';
import type { Refusal } from '../flows/refusal.ts';
import type { StateMark } from '../state/setback.ts';
import { InstalledGeneration } from './generation.ts';
import type { StateGuard } from './state-guard.ts';
import { isMemoryChange, type SwitchMemory } from './switch-memory.ts';

/** The stored intent at one moment. */
export interface IntentSnapshot {
  readonly documents: DocumentSet;
  readonly allocations: Allocations;
  readonly membership: Membership;
  /** Grows with every write. */
  readonly generation: number;
  readonly mark: StateMark;
}

export interface SwitchBridge {
  readonly connection: SwitchConnection;
  readonly installer: FlowInstaller;
}

export interface ReconcilerOptions {
  readonly node: NodeConfig;
  readonly snapshot: () => IntentSnapshot;
  /** Whether what other nodes may have taken over is to stop, whatever the snapshot says. */
  readonly standsDown: () => boolean;
  readonly database: OvsdbClient<OpenVSwitchTables>;
  readonly ownership: SwitchOwnership;
  readonly holder: SwitchHolder;
  readonly integration: SwitchBridge;
  readonly physical: SwitchBridge;
  readonly memory: SwitchMemory;
  readonly guard: StateGuard;
  readonly sweeper: ConntrackSweeper;
  readonly note: NoteEvent;
  readonly logger: Logger;
}

/** What the last run found, for status. */
export interface Findings {
  readonly intent: Intent;
  /** Objects that stopped fitting the node, as when the configuration changed under them. */
  readonly problems: readonly Problem[];
  readonly switchOutcome: SwitchOutcome;
  readonly refused: readonly Refusal[];
}

/** How often the switch is asked for what others changed and nobody told, ms. */
const auditInterval = 60_000;

/** In how many audits one looks through all connections and flows: that costs a while when there are many. */
const auditsPerSweep = 10;

/** The switch's database did not take what the node needs. */
class SwitchRefusedError extends PointsmanError<'SWITCH_REFUSED'> {
  constructor(outcome: SwitchOutcome & { readonly kind: 'failed' | 'contended' }) {
    const why = outcome.kind === 'failed' ? `refused: ${outcome.details || outcome.error}` : 'is changed all the time';
    super('SWITCH_REFUSED', `the switch's database ${why}`);
  }
}

export interface ReconcilerEvents {
  /** The switch holds a later generation than before, and its datapath does nothing from before it. */
  installed: [generation: number];
  /** A run has ended, and both bridges hold what it found. */
  reconciled: [findings: Findings];
}

export class Reconciler extends EventEmitter<ReconcilerEvents> {
  readonly generation = new InstalledGeneration();
  readonly #options: ReconcilerOptions;
  readonly #loop: CoalescingLoop;
  #audit: NodeJS.Timeout | undefined;
  #findings: Findings | undefined;
  #settled: number | undefined;
  #warned: ReadonlySet<string> = new Set();
  /** Since the datapath was last known to do what the flow tables say. */
  #flowsChanged = true;

  constructor(options: ReconcilerOptions) {
    super();
    this.#options = options;
    this.#loop = new CoalescingLoop({
      name: 'reconciliation',
      work: () => this.#run(),
      logger: options.logger,
      settle: 5,
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
    database.on('update', changes => {
      if (!changes.every(isMemoryChange)) changed();
    });
    ownership.on('change', changed);
    ownership.on('change', () => {
      if (!ownership.isOurs) for (const { installer } of [integration, physical]) installer.lose();
    });
    for (const { connection, installer } of [integration, physical]) {
      installer.on('drift', changed);
      connection.on('connected', changed);
      connection.on('disconnected', () => this.generation.lose());
    }
    guard.on('held', () => {
      this.generation.lose();
      this.#settled = undefined;
    });
    guard.on('released', changed);
    let audits = 0;
    this.#audit = setInterval(() => {
      const isThorough = ++audits % auditsPerSweep === 0;
      if (isThorough) sweeper.forget();
      for (const { installer } of [integration, physical])
        if (isThorough) installer.forget();
        else installer.look();
      changed();
    }, auditInterval);
    this.request();
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

  /** The last generation such that the switch has let go of whatever was given up in it, or before; undefined: none. */
  get settled(): number | undefined {
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
    const { node, database, ownership, holder, integration, physical, guard, memory, sweeper } = this.#options;
    if (database.state.kind !== 'ready' || !ownership.isOurs || !guard.checkSwitch()) return;
    const { documents, allocations, membership, generation, mark } = this.#options.snapshot();
    const { losses } = this.generation;
    const { intent, problems } = resolveIntent(node, documents, allocations, membership, foreignZones(node, database));
    // Another database, or an older state of it: its numbers say nothing about what was settled before.
    if (generation < (this.#settled ?? -1)) this.#settled = undefined;
    const tables = { integration: integrationTableNames, physical: physicalTableNames };
    const switchOutcome = await reconcileSwitch(database, node, tables, { lock: switchLockName, holder });
    this.#report(switchOutcome, this.generation.installed === generation);
    this.#reportWarnings([...warningsOfSwitch(switchOutcome), ...portFaults(node, database).faults]);
    if (!(await ownership.confirm())) return;
    // As if its fence had ended: nothing renews it.
    const fenced = this.#options.standsDown() ? { ...node, fence: node.fence ?? 0 } : node;
    const program = compile(fenced, intent, observedPorts(node, database));

    const refused: Refusal[] = [];
    let sent = 0;
    const install = async ({ installer }: SwitchBridge, program: WholeProgram) => {
      if (!installer.connected) return false;
      const report = await installer.install(desiredOf(program));
      sent += report.sent;
      refused.push(...report.refused);
      return true;
    };
    const zones = integration.installer.connected
      ? await prepareZones(intent.tenants, node, database, integration.connection)
      : undefined;
    // Stays so if anything fails on the way.
    const changedBefore = this.#flowsChanged;
    this.#flowsChanged = true;
    const installed = [await install(integration, program.integration), await install(physical, program.physical)];
    if (zones && installed[0]) await zones.finish();
    this.#findings = { intent, problems, switchOutcome, refused };
    if (installed.every(Boolean)) {
      const flowsChanged = changedBefore || sent > 0;
      await sweeper.sweep({ translations: translationsOf(intent), flowsChanged, flow: program.integration.flows[0] });
      this.#flowsChanged = false;
    }
    if (switchOutcome.kind === 'failed' || switchOutcome.kind === 'contended') {
      // Flows without the ports that they are for: it is tried again, and until then nothing counts as installed.
      this.generation.lose();
      throw new SwitchRefusedError(switchOutcome);
    }
    // What went away meanwhile may have taken with it what was installed before.
    if (installed.every(Boolean) && losses === this.generation.losses) {
      this.#settled = generation;
      if (this.generation.advance(generation)) {
        memory.note(mark);
        this.emit('installed', generation);
      }
      this.emit('reconciled', this.#findings);
    }
  }

  /** Once when they appear, not at every run. */
  #reportWarnings(warnings: readonly string[]): void {
    for (const warning of warnings) if (!this.#warned.has(warning)) this.#options.logger.warn({ warning }, 'switch');
    this.#warned = new Set(warnings);
  }

  /** @param wasInstalled nothing of the intent asks for a change */
  #report(outcome: SwitchOutcome, wasInstalled: boolean): void {
    const { logger, node, note } = this.#options;
    switch (outcome.kind) {
      case 'applied': {
        const { changes } = outcome.plan;
        logger.info({ changes }, 'switch database changed');
        const message = `put right: ${changes.join('; ').slice(0, 500)}`;
        const object = { kind: 'nodes', name: node.name } as const;
        if (wasInstalled) note({ severity: 'warning', reason: 'switch-restored', object, message });
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
