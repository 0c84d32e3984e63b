// Asking and waiting: one answer, the parts of a multipart answer, or the silence that a barrier ends.

import type { Message, MessageBody } from '../codec/message.ts';
import type { MultipartReply, MultipartReplyBody, MultipartRequestBody } from '../codec/multipart/multipart.ts';
import { ConnectionError, OpenFlowDecodeError } from '../errors.ts';
import type { Session } from './session.ts';

/** How long to wait for an answer. */
export interface RequestOptions {
  /** Milliseconds; for a multipart answer, from one part to the next. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

type Wait = Required<Pick<RequestOptions, 'timeout'>> & RequestOptions;

/** What answers a request; a kind that is not here has no answer but an error. */
const replies: Partial<Record<MessageBody['kind'], MessageBody['kind']>> = {
  echo_request: 'echo_reply',
  features_request: 'features_reply',
  get_config_request: 'get_config_reply',
  barrier_request: 'barrier_reply',
  role_request: 'role_reply',
  get_async_request: 'get_async_reply',
  multipart_request: 'multipart_reply',
  bundle_control: 'bundle_control',
};

/** Parts that may wait for a slow consumer before the socket is no longer read. */
const maxWaitingParts = 16;

/**
 * Sends a request and resolves with its answer. The parts of a multipart answer come as one. A message that has no
 * answer is followed by a barrier, and resolves with the barrier's reply: the switch has taken it.
 * @throws ConnectionError, SwitchError, OpenFlowEncodeError
 */
export async function request(session: Session, body: MessageBody, wait: Wait): Promise<Message> {
  if (body.kind === 'multipart_request') return gather(session, body.body, wait);
  const reply = replies[body.kind];
  return reply ? ask(session, body, reply, wait) : askByBarrier(session, body, wait);
}

/** Deadline and abort of one wait. */
function watch(wait: Wait, onFailure: (error: ConnectionError) => void): { stop(): void; renew(): void } {
  const onAbort = () =>
    onFailure(new ConnectionError('OF_ABORTED', 'the caller gave up', { cause: wait.signal?.reason }));
  const onTimeout = () => onFailure(new ConnectionError('OF_TIMEOUT', `no answer in ${wait.timeout} ms`));
  const timer = setTimeout(onTimeout, wait.timeout);
  wait.signal?.addEventListener('abort', onAbort, { once: true });
  return {
    stop() {
      clearTimeout(timer);
      wait.signal?.removeEventListener('abort', onAbort);
    },
    renew: () => timer.refresh(),
  };
}

function refuseAborted(wait: Wait): void {
  if (wait.signal?.aborted) {
    throw new ConnectionError('OF_ABORTED', 'the caller gave up', { cause: wait.signal.reason });
  }
}

function ask(session: Session, body: MessageBody, reply: MessageBody['kind'], wait: Wait): Promise<Message> {
  refuseAborted(wait);
  return new Promise((resolve, reject) => {
    const xid = session.takeXids();
    const fail = (error: Error) => {
      watching.stop();
      session.forget(xid);
      reject(error);
    };
    const watching = watch(wait, fail);
    session.expect(xid, {
      onMessage(message) {
        if (message.kind === reply) {
          watching.stop();
          resolve(message);
        } else {
          fail(new ConnectionError('OF_UNEXPECTED_REPLY', `${body.kind} was answered with ${message.kind}`));
        }
        return true;
      },
      onFailure: fail,
    });
    trySend(session, body, xid, fail);
  });
}

function trySend(session: Session, body: MessageBody, xid: number, fail: (error: Error) => void): void {
  try {
    session.send(body, xid);
  } catch (error) {
    fail(error as Error);
  }
}

async function askByBarrier(session: Session, body: MessageBody, wait: Wait): Promise<Message> {
  refuseAborted(wait);
  const xid = session.takeXids();
  let refused: Error | undefined;
  session.expect(xid, {
    onMessage: () => true,
    onFailure(error) {
      refused = error;
    },
  });
  try {
    session.send(body, xid);
    const reply = await ask(session, { kind: 'barrier_request' }, 'barrier_reply', wait);
    if (refused) throw refused;
    return reply;
  } finally {
    session.forget(xid);
  }
}

async function gather(session: Session, body: MultipartRequestBody, wait: Wait): Promise<Message> {
  let whole: (Message & MultipartReply) | undefined;
  const entries: unknown[] = [];
  const bytes: Uint8Array[] = [];
  for await (const part of multipart(session, body, wait)) {
    whole = part;
    if (part.body.type === 'unknown') bytes.push(part.body.data);
    else for (const entry of part.body.entries) entries.push(entry);
  }
  if (!whole) throw new ConnectionError('OF_UNEXPECTED_REPLY', 'a multipart answer without parts');
  const { more: _more, ...last } = whole;
  const all = last.body.type === 'unknown' ? { ...last.body, data: Buffer.concat(bytes) } : { ...last.body, entries };
  return { ...last, body: all as MultipartReplyBody };
}

/**
 * The parts of a multipart answer, as they come. While the consumer is behind by many parts, the socket is not read:
 * do not wait for another answer of the same connection inside the loop.
 */
export async function* multipart(
  session: Session,
  body: MultipartRequestBody,
  wait: Wait,
): AsyncGenerator<Message & MultipartReply> {
  refuseAborted(wait);
  const parts: (Message & MultipartReply)[] = [];
  let failure: Error | undefined;
  let ended = false;
  let holding = false;
  let wake: () => void = () => {};
  const xid = session.takeXids();
  const fail = (error: Error) => {
    failure ??= error;
    session.forget(xid);
    wake();
  };
  const watching = watch(wait, fail);
  session.expect(xid, {
    onMessage(message) {
      if (message.kind !== 'multipart_reply') {
        fail(new OpenFlowDecodeError('OF_BAD_VALUE', `a multipart request was answered with ${message.kind}`));
        return true;
      }
      watching.renew();
      parts.push(message);
      ended = !message.more;
      if (!holding && parts.length >= maxWaitingParts) {
        holding = true;
        session.hold();
      }
      wake();
      return ended;
    },
    onFailure: fail,
  });
  try {
    session.send({ kind: 'multipart_request', body }, xid);
    while (true) {
      const part = parts.shift();
      if (holding && parts.length < maxWaitingParts / 2) {
        holding = false;
        session.release();
      }
      if (part) {
        yield part;
        // What the consumer took its time for is not the switch's delay.
        watching.renew();
      } else if (failure) throw failure;
      else if (ended) return;
      else {
        await new Promise<void>(resolve => {
          wake = resolve;
        });
      }
    }
  } finally {
    watching.stop();
    session.forget(xid);
    if (holding) session.release();
  }
}
