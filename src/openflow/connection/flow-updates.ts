// A stream of flow updates: its monitors are asked for on every new session, and taken away when the stream is left.

import { ConnectionError, SwitchError } from '../errors.ts';
import type { FlowMonitor, FlowUpdate } from '../messages/multipart/flow-monitor.ts';
import { openflow14 } from '../wire/version.ts';
import { MessageStream } from './message-stream.ts';
import { request } from './request.ts';
import type { Session } from './session.ts';

/** A flow monitor to be; its id is chosen here. */
export type FlowMonitorSpec = Omit<FlowMonitor, 'id' | 'command'>;

/**
 * What `flowUpdates` yields. `restarted`: the connection was lost and is back, and the monitors are new; what changed
 * in the meantime is known only by what they tell first.
 */
export type FlowUpdateEvent = FlowUpdate | { readonly event: 'restarted' };

const highestId = 0xffff_fffe;

let lastId = 0;

export class FlowUpdates {
  readonly stream: MessageStream<FlowUpdateEvent>;
  readonly #monitors: readonly FlowMonitor[];
  #session: Session | undefined;
  #asked = false;
  #full = false;
  /** The session whose socket is not read until there is room. */
  #held: Session | undefined;

  constructor(requests: readonly FlowMonitorSpec[], limit: number, timeout: number, onEnd: () => void) {
    this.#monitors = requests.map(request => {
      lastId = (lastId % highestId) + 1;
      return { ...request, id: lastId };
    });
    this.stream = new MessageStream<FlowUpdateEvent>(limit, {
      onEnd: () => {
        if (this.#session) cancel(this.#session, this.#monitors, timeout);
        onEnd();
      },
      onFull: full => {
        this.#full = full;
        if (full) {
          this.#hold();
        } else {
          this.#held?.release();
          this.#held = undefined;
        }
      },
    });
  }

  /**
   * Sends the request. A barrier behind it says when there is no answer: the error with which Open vSwitch 3.1 refuses
   * a monitor (ofproto/ofproto.c) has neither the request's xid nor its version.
   */
  ask(session: Session): void {
    this.#session = session;
    // A consumer that is behind is so on the next session too.
    if (this.#full) this.#hold();
    if (this.#asked) this.stream.push({ event: 'restarted' });
    this.#asked = true;
    const xid = session.takeXids();
    const barrier = session.takeXids();
    let answered = false;
    session.expect(xid, {
      onMessage: message => {
        answered = true;
        if (message.kind === 'multipart_reply' && message.body.type === 'flow_monitor') {
          this.push(message.body.entries);
          return !message.more;
        }
        this.#fail(new ConnectionError('OF_UNEXPECTED_REPLY', `a flow monitor was answered with ${message.kind}`));
        return true;
      },
      onFailure: error => {
        // A lost connection comes back, and the monitors are asked for again.
        if (!(error instanceof SwitchError)) return;
        answered = true;
        this.#fail(error);
      },
    });
    session.expect(barrier, {
      onMessage: () => {
        if (answered) return true;
        session.settle(xid);
        this.#fail(new ConnectionError('OF_UNEXPECTED_REPLY', 'the switch refused the flow monitors'));
        return true;
      },
      onFailure: () => {},
    });
    try {
      session.send({ kind: 'multipart_request', body: { type: 'flow_monitor', monitors: this.#monitors } }, xid);
      session.send({ kind: 'barrier_request' }, barrier);
    } catch (error) {
      session.settle(xid);
      session.settle(barrier);
      this.#fail(error as Error);
    }
  }

  /** The session is gone. */
  lose(): void {
    this.#session = undefined;
  }

  push(updates: readonly FlowUpdate[]): void {
    for (const update of updates) this.stream.push(update);
  }

  #hold(): void {
    this.#held = this.#session;
    this.#held?.hold();
  }

  /** There are no monitors to take away. */
  #fail(error: Error): void {
    this.#session = undefined;
    this.stream.end(error);
  }
}

/** Nobody waits for this: a switch that refuses has no such monitor, a connection that goes takes them along. */
function cancel(session: Session, monitors: readonly FlowMonitor[], timeout: number): void {
  const ignore = () => {};
  if (session.version < openflow14) {
    for (const { id } of monitors) request(session, { kind: 'flow_monitor_cancel', id }, { timeout }).catch(ignore);
    return;
  }
  // Without a match, that is to the letter, Open vSwitch 3.1 refuses it (lib/ofp-monitor.c).
  const deletions = monitors.map(({ id }): FlowMonitor => ({ id, command: 'delete', flags: 0, match: [] }));
  const body = { type: 'flow_monitor', monitors: deletions } as const;
  request(session, { kind: 'multipart_request', body }, { timeout }).catch(ignore);
}
