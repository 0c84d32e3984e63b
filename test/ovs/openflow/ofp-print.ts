// What the installed `ovs-ofctl ofp-print` says of a message, and whether we say the same.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  decode,
  encode,
  format,
  type Message,
  type MessageBody,
  openflow13,
  openflow14,
  openflow15,
} from '../../../src/openflow/index.ts';

const run = promisify(execFile);
const atOnce = 4;

export const allVersions = [openflow13, openflow14, openflow15];

export async function ofpPrint(frame: Uint8Array): Promise<string> {
  const { stdout } = await run('ovs-ofctl', ['ofp-print', Buffer.from(frame).toString('hex')]);
  return stdout.replace(/\n$/, '');
}

/** A message of each body in each version. */
export function inVersions(bodies: readonly MessageBody[], versions: readonly number[] = allVersions): Message[] {
  return bodies.flatMap((body, i) => versions.map((version): Message => ({ ...body, version, xid: i + 1 })));
}

export interface Judgement {
  readonly message: Message;
  readonly frame: Uint8Array;
  readonly ours: string;
  readonly theirs: string;
}

/** What both say of the bytes of each message. */
export async function judge(messages: readonly Message[]): Promise<readonly Judgement[]> {
  const judged: Judgement[] = [];
  for (let at = 0; at < messages.length; at += atOnce) {
    const some = messages.slice(at, at + atOnce).map(async message => {
      const frame = encode(message);
      return { message, frame, ours: format(decode(frame)), theirs: await ofpPrint(frame) };
    });
    judged.push(...(await Promise.all(some)));
  }
  return judged;
}
