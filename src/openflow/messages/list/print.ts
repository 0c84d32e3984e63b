// Messages as `ovs-ofctl ofp-print` writes them (OVS lib/ofp-print.c).

import { OpenFlowDecodeError } from '../../errors.ts';
import { hexDump } from '../../text/hex-dump.ts';
import type { FormatOptions } from '../../text/names.ts';
import { versions } from '../../wire/version.ts';
import { type Message, type MessageKind, messageDefinitions } from '../all.ts';
import { peekMultipartType } from '../multipart/shared/head.ts';
import { headerLength, type MessageDefinition, type MessagePrinters } from '../shared/message-definition.ts';
import { decode, encode, peekKind } from './codec.ts';

type AnyDefinition = MessageDefinition<Message>;

const byKind: ReadonlyMap<string, AnyDefinition> = new Map(
  (messageDefinitions as unknown as readonly AnyDefinition[]).map(definition => [definition.kind, definition]),
);

const printers: MessagePrinters = { encode, format, formatBody, formatBytes };

/** What a message may be cut to: text, and a message that says its length. */
function formatBytes(data: Uint8Array, options: FormatOptions): string {
  const length = data.length < 4 ? undefined : ((data[2] ?? 0) << 8) | (data[3] ?? 0);
  if (data.length === 0) return 'OpenFlow message is empty';
  if (length === undefined || data.length < headerLength) {
    return `OpenFlow packet too short (only ${data.length} bytes):\n${hexDump(data)}`;
  }
  if (length < data.length) {
    return `(***only uses ${length} bytes out of ${data.length}***)\n${hexDump(data)}`;
  }
  if (length > data.length) {
    return `${headOfCut(data)}(***truncated to ${data.length} bytes from ${length}***)\n${hexDump(data)}`;
  }
  try {
    return format(decode(data), options);
  } catch (error) {
    if (!(error instanceof OpenFlowDecodeError)) throw error;
    const why = error.code === 'OF_BAD_LENGTH' ? 'OFPBRC_BAD_LEN' : error.message;
    return `***decode error: ${why}***\n${hexDump(data)}`;
  }
}

/** The line that names a message of which not all is there; empty when there is no name for it. */
function headOfCut(data: Uint8Array): string {
  const kind = peekKind(data);
  const name = kind && nameOfCut(kind, data);
  if (!name) return '';
  const xid = Buffer.from(data.buffer, data.byteOffset, data.byteLength).readUInt32BE(4);
  return `${head(name, data[0] ?? 0, xid)}\n`;
}

/** The version, and of a multipart message the type, are what names are made from. */
function nameOfCut(kind: MessageKind, data: Uint8Array): string | undefined {
  const { name } = byKind.get(kind) as AnyDefinition;
  if (typeof name === 'string') return name;
  const type = peekMultipartType(data);
  if (!type && (kind === 'multipart_request' || kind === 'multipart_reply')) return undefined;
  return name({ kind, version: data[0] ?? 0, xid: 0, ...(type && { body: { type } }) } as Message);
}

const versionNames: ReadonlyMap<number, string> = new Map(
  Object.entries(versions).map(([name, version]) => [version, `OF${name}`]),
);

function head(name: string, version: number, xid: number): string {
  const versionText = versionNames.get(version) ?? `OF 0x${version.toString(16).padStart(2, '0')}`;
  return `${name} (${versionText}) (xid=0x${xid.toString(16)}):`;
}

function formatBody(message: Message, options: FormatOptions): string {
  if (message.kind === 'unknown') return message.data.length > 0 ? `\n${hexDump(message.data)}` : '';
  return byKind.get(message.kind)?.print?.(message, options, printers) ?? '';
}

function nameOf(message: Message): string {
  if (message.kind === 'unknown') return `OFPT ${message.type}`;
  const { name } = byKind.get(message.kind) as AnyDefinition;
  return typeof name === 'string' ? name : name(message);
}

/** The message as text, without the last newline; one that decoded as unknown prints its bytes. */
export function format(message: Message, options: FormatOptions = {}): string {
  // A text that ends in a space loses it, as in ovs-ofctl.
  return `${head(nameOf(message), message.version, message.xid)}${formatBody(message, options)}`.replace(/ $/, '');
}
