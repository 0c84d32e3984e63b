// Asking and waiting: one answer, the parts of a multipart answer, or the silence that a barrier ends.

import { ConnectionError } from '../errors.ts';
import type { Message, MessageBody } from '../messages/all.ts';
import type { MultipartReplyBody, MultipartRequestBody } from '../messages/multipart/all.ts';
import { type MultipartPart, MultipartParts } from './multipart-parts.ts';
import type { Session } from './session.ts';
import { refuseAborted, type Wait, watch } from './watch.ts';

/** What answers a request; undefined for a kind that has no answer but an error. */
function replyTo(kind: MessageBody['kind']): string | undefined {
  if (kind === 'bundle_control') return kind;
  return kind.endsWith('_request') ? kind.replace(/_request$/, '_reply') : undefined;
}

/**
 * Sends a request and resolves with its answer. The parts of a multipart answer come as one. A message that has no
 * answer is followed by a barrier, and resolves with the barrier's reply: the switch has taken it.
 * @throws ConnectionError, SwitchError, OpenFlowEncodeError
 */
export async function request(session: Session, body: MessageBody, wait: Wait): Promise<Message> {
  if (body.kind === 'multipart_request') return gather(session, body.body, wait);
  const reply = replyTo(body.kind);
  return reply ? ask(session, body, reply, wait) : askByBarrier(session, body, wait);
}

function ask(session: Session, body: MessageBody, reply: string, wait: Wait): Promise<Message> {
  refuseAborted(wait);
  return new Promise((resolve, reject) => {
    const xid = session.takeXids();
    const fail = (error: Error) => {
      watching.stop();
      reject(error);
    };
    const watching = watch(wait, error => {
      session.giveUp(xid);
      fail(error);
    });
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
    try {
      session.send(body, xid);
    } catch (error) {
      session.settle(xid);
      fail(error as Error);
    }
  });
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
    session.settle(xid);
  }
}

async function gather(session: Session, body: MultipartRequestBody, wait: Wait): Promise<Message> {
  let whole: MultipartPart | undefined;
  const entries: unknown[] = [];
  const bytes: Uint8Array[] = [];
  for await (const part of new MultipartParts(session, body, wait)) {
    whole = part;
    if (part.body.type === 'unknown') bytes.push(part.body.data);
    else for (const entry of part.body.entries) entries.push(entry);
  }
  if (!whole) throw new ConnectionError('OF_UNEXPECTED_REPLY', 'a multipart answer without parts');
  const { more: _more, ...last } = whole;
  const all = last.body.type === 'unknown' ? { ...last.body, data: Buffer.concat(bytes) } : { ...last.body, entries };
  return { ...last, body: all as MultipartReplyBody };
}
