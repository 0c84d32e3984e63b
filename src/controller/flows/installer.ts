// One bridge's flow tables: it knows what is installed (read from the switch after every connect, never assumed) and
// brings that to what is desired with the least change. What the switch refuses is blamed on its flow, and the rest goes on.

import type { Logger } from '../../lib/logger.ts';
import {
  BundleError,
  canonicalFlow,
  type FlowEntry,
  flowKey,
  type MeterModification,
  type SwitchConnection,
  SwitchError,
  sameContent,
} from '../../openflow/index.ts';
import { type Change, type DesiredProgram, diffProgram, type Installed, installedBy, isEmptyChange } from './diff.ts';
import { becomePrimary } from './primary-role.ts';
import { readInstalled } from './read-installed.ts';

/** A flow the switch did not take. */
export interface RefusedFlow {
  readonly flow: FlowEntry;
  readonly reason: string;
}

export interface InstallReport {
  /** Modifications that went to the switch; 0 when it already held everything. */
  readonly sent: number;
  /** How many of these put right what had been installed before, and was not there any more. */
  readonly restored: number;
  /** Every desired flow that is not installed because the switch refused it, now or earlier. */
  readonly refused: readonly RefusedFlow[];
}

export interface FlowInstallerOptions {
  readonly bridge: string;
  readonly connection: SwitchConnection;
  readonly logger: Logger;
}

/** How often one change is tried again without the flows that the switch blamed. */
const maxAttempts = 8;

export class FlowInstaller {
  readonly bridge: string;
  readonly #connection: SwitchConnection;
  readonly #logger: Logger;
  #installed: Installed | undefined;
  /** What was last brought to the switch, whatever has become of it. */
  #last: Installed | undefined;
  readonly #refused = new Map<string, RefusedFlow>();

  constructor({ bridge, connection, logger }: FlowInstallerOptions) {
    this.bridge = bridge;
    this.#connection = connection;
    this.#logger = logger;
    // Whatever the switch held, it may hold something else when it comes back.
    connection.on('disconnected', () => this.forget());
  }

  get connected(): boolean {
    return this.#connection.state === 'connected';
  }

  /** Flows of ours on the switch; undefined before the first install since the last connect. */
  get flowCount(): number | undefined {
    return this.#installed?.flows.size;
  }

  /** Makes the next install read the switch again: after a disconnect, or to find what others changed. */
  forget(): void {
    this.#installed = undefined;
    this.#refused.clear();
  }

  /**
   * Installs `program`. Resolves after the switch's barrier reply.
   * @throws OpenFlowError when the connection fails on the way; the next call starts from what the switch holds
   */
  async install(program: DesiredProgram): Promise<InstallReport> {
    const wanted = installedBy(program);
    try {
      const known = this.#installed;
      return await this.#converge(wanted, known ?? (await this.#read(wanted)), known === undefined);
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  async #read(wanted: Installed): Promise<Installed> {
    await becomePrimary(this.#connection);
    return readInstalled(this.#connection, wanted);
  }

  async #converge(wanted: Installed, installed: Installed, isRead: boolean): Promise<InstallReport> {
    for (let attempt = 1; ; attempt++) {
      const target = this.#withoutRefused(wanted);
      const change = diffProgram(target, installed);
      // Nobody wants anything else than what was there.
      const isAsBefore = isRead && this.#last !== undefined && isEmptyChange(diffProgram(target, this.#last));
      if (!isEmptyChange(change)) {
        try {
          await this.#send(change, installed);
        } catch (error) {
          if (!(error instanceof BundleError) || attempt === maxAttempts || !this.#blame(error)) throw error;
          continue;
        }
      }
      const sent = sizeOf(change);
      this.#installed = target;
      this.#last = target;
      if (sent > 0) this.#logger.info({ bridge: this.bridge, ...summaryOf(change) }, 'flows installed');
      return { sent, restored: isAsBefore ? sent : 0, refused: [...this.#refused.values()] };
    }
  }

  /**
   * A meter must be there before the flow that uses it, and cannot be in the bundle: it stays when the bundle is refused,
   * and so it is noted in `installed` at once.
   */
  async #send(change: Change, installed: Installed): Promise<void> {
    const kept = await this.#sendMeters([
      ...change.addMeters.map(meter => ({ command: 'add', meter }) as const),
      ...change.modifyMeters.map(meter => ({ command: 'modify', meter }) as const),
    ]);
    for (const { meter } of kept) installed.meters.set(meter.meter, meter);
    if (change.bundle.length > 0) await this.#connection.bundle(change.bundle);
    await this.#sendMeters(change.deleteMeters.map(meter => ({ command: 'delete', meter }) as const));
    await this.#connection.barrier();
  }

  /** @returns what was sent @throws SwitchError for the first that the switch refused */
  async #sendMeters(mods: readonly MeterModification[]): Promise<readonly MeterModification[]> {
    const [failure] = await this.#connection.meterMods(mods);
    if (failure) throw new SwitchError(failure.error);
    return mods;
  }

  #withoutRefused(wanted: Installed): Installed {
    const flows = new Map(wanted.flows);
    for (const [key, { flow }] of this.#refused) {
      const now = flows.get(key);
      // A flow that has changed since deserves another try.
      if (now && sameContent(now, flow)) flows.delete(key);
      else this.#refused.delete(key);
    }
    return { ...wanted, flows };
  }

  #blame(error: BundleError): boolean {
    let blamed = false;
    for (const { mod, error: refusal } of error.failures) {
      if (mod.kind !== 'flow_mod' || mod.command === 'delete_strict') continue;
      const flow = canonicalFlow(mod.flow);
      this.#refused.set(flowKey(flow), { flow, reason: refusal.name });
      this.#logger.error(
        { bridge: this.bridge, cookie: `0x${flow.cookie.toString(16)}`, reason: refusal.name },
        'flow refused',
      );
      blamed = true;
    }
    return blamed;
  }
}

function summaryOf(change: Change) {
  const count = (command: string) =>
    change.bundle.filter(mod => mod.kind === 'flow_mod' && mod.command === command).length;
  return {
    added: count('add'),
    modified: count('modify_strict'),
    deleted: count('delete_strict'),
    meters: change.addMeters.length + change.modifyMeters.length + change.deleteMeters.length,
  };
}

function sizeOf(change: Change): number {
  return change.bundle.length + change.addMeters.length + change.modifyMeters.length + change.deleteMeters.length;
}
