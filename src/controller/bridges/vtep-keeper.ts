// Looks at the VTEP addresses each second, as nobody tells of what happens to them, and keeps them right while the switch
// is ours. Where somebody else assigns addresses, it only hands over those that pointsman had put there before.

import { CoalescingLoop } from '../../lib/coalescing-loop.ts';
import type { Logger } from '../../lib/logger.ts';
import type { VtepConfig } from '../../policy/node.ts';
import type { NewEvent, NoteEvent } from '../events/event.ts';
import type { RunIp } from './run-ip.ts';
import type { SwitchOwnership } from './switch-ownership.ts';
import { ensureVtepAddresses, type VtepState } from './vtep-addresses.ts';
import type { VtepRecords } from './vtep-records.ts';

const interval = 1_000;

export interface VtepKeeperOptions {
  readonly vteps: readonly VtepConfig[];
  readonly ownership: Pick<SwitchOwnership, 'isOurs' | 'on'>;
  readonly records: VtepRecords;
  /** Whether the switch may be changed; else what is wrong is found out later. */
  readonly trusted: () => boolean;
  /** Undefined: the addresses are somebody else's business. */
  readonly runIp: RunIp | undefined;
  readonly note: NoteEvent;
  readonly logger: Logger;
}

export class VtepKeeper {
  readonly #options: VtepKeeperOptions;
  readonly #loop: CoalescingLoop;
  #timer: NodeJS.Timeout | undefined;
  #states: readonly VtepState[] | undefined;

  constructor(options: VtepKeeperOptions) {
    this.#options = options;
    this.#loop = new CoalescingLoop({
      name: 'a look at the VTEP addresses',
      work: () => this.#run(),
      logger: options.logger,
      settle: 5,
      minRetry: 200,
      maxRetry: 10_000,
    });
  }

  /** What is wrong with them, a line each. */
  get faults(): readonly string[] {
    const { runIp, vteps } = this.#options;
    if (!runIp || (vteps.length === 0 && !this.#states)) return [];
    return this.#states?.flatMap(faultOf) ?? ['the VTEP addresses have not been looked at yet'];
  }

  start(): void {
    this.#options.ownership.on('change', () => this.request());
    this.#timer = setInterval(() => this.request(), interval);
    this.request();
  }

  /** A device may have come, or come anew. */
  request(): void {
    this.#loop.request();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#loop.stop();
  }

  async #run(): Promise<void> {
    const { ownership, trusted, vteps, records, runIp, note, logger } = this.#options;
    if (!ownership.isOurs || !trusted()) return;
    if (!runIp) {
      for (const [device, addresses] of records.read())
        for (const address of addresses) await records.forget(device, address);
      return;
    }
    const before = this.faults;
    this.#states = await ensureVtepAddresses(vteps, records, runIp);
    for (const state of this.#states) {
      const object = objectOf(state);
      if (state.kind === 'added' || state.kind === 'removed') {
        logger.info({ ...state }, 'VTEP address changed');
        const change = state.kind === 'added' ? 'put on' : `${state.address} taken from`;
        note({ severity: 'info', reason: `vtep-${state.kind}`, object, message: `address ${change} ${state.device}` });
      }
      for (const fault of faultOf(state).filter(each => !before.includes(each))) {
        logger.warn({ fault }, 'VTEP address');
        note({ severity: 'warning', reason: 'vtep-fault', object, message: fault });
      }
    }
  }
}

function objectOf(state: VtepState): NewEvent['object'] {
  return 'vtep' in state ? { kind: 'vteps', name: state.vtep } : { kind: 'devices', name: state.device };
}

function faultOf(state: VtepState): readonly string[] {
  switch (state.kind) {
    case 'failed':
      return [`VTEP ${state.vtep} on ${state.device}: ${state.message}`];
    case 'stays':
      return [`${state.address}, no longer configured, stays on ${state.device}: ${state.message}`];
    case 'present':
    case 'added':
    case 'removed':
      return [];
  }
}
