// Keeps the flow that says that this node has its lease: it ends by itself, also when nobody is there any more to take
// it away. It is no part of the program that the installer holds the switch to; whoever has it renewed has read the answer
// to a heartbeat.

import type { SwitchConnection } from '../../openflow/index.ts';
import { leaseFlow } from '../../policy/features/fence/lease.ts';

/**
 * After how long without a confirmed heartbeat a fenced datapath stops, s. Well before the others take over: vswitchd looks
 * for what has expired about once a second, and when it has much to do, less often.
 */
export function fenceOf(lease: number): number {
  return Math.floor((lease * 3) / 4000);
}

/** How much later than it says a fenced datapath may stop, s: see `fenceOf`. */
const slack = 5;

/** For how long the datapath of a node may go on that was last seen alive `silence` ms ago, s. */
export function leftOfFence(fence: number, silence: number): number {
  return Math.max(0, Math.ceil(fence + slack - silence / 1000));
}

export class Fence {
  readonly #connection: SwitchConnection;
  readonly #length: number;
  #until = -Infinity;

  /** @param length how long a heartbeat counts, s */
  constructor(connection: SwitchConnection, length: number) {
    this.#connection = connection;
    this.#length = length;
    // A switch that was restarted has lost it. It comes before the first flow that asks for it.
    connection.on('connected', () => this.#put());
  }

  /** A heartbeat that was sent at `sentAt` has been confirmed. */
  renew(sentAt: number): void {
    this.#until = Math.max(this.#until, sentAt + this.#length * 1000);
    this.#put();
  }

  /** Ends the lease now, also where ovs-vswitchd has not come to it yet. */
  end(): void {
    this.#until = -Infinity;
    if (this.#connection.state !== 'connected') return;
    this.#connection.send({ kind: 'flow_mod', command: 'delete_strict', flow: leaseFlow(0) });
  }

  #put(): void {
    const seconds = Math.round((this.#until - performance.now()) / 1000);
    if (seconds < 1 || this.#connection.state !== 'connected') return;
    // Added again it replaces itself, and its time starts anew (OpenFlow 1.5.1 section 6.4).
    this.#connection.send({ kind: 'flow_mod', command: 'add', flow: leaseFlow(seconds) });
  }
}
