// A message as `ovs-ofctl ofp-print` writes it (OVS lib/ofp-print.c). The printers stand beside it, in messages/.

import type { BodyOf, Message, MessageKind } from '../codec/message.ts';
import { versions } from '../wire/version.ts';
import type { MessagePrinter } from './message-printer.ts';
import type { FormatOptions } from './names.ts';

type Printers = { readonly [K in MessageKind]?: MessagePrinter<BodyOf<K>> };

const printers: Printers = {};

const versionNames: ReadonlyMap<number, string> = new Map(
  Object.entries(versions).map(([name, version]) => [version, `OF${name}`]),
);

/** The message as text, without the last newline; one that decoded as unknown prints its bytes. */
export function format(message: Message, options: FormatOptions = {}): string {
  const printer = printers[message.kind] as MessagePrinter<Message> | undefined;
  if (!printer) return message.kind;
  const name = typeof printer.name === 'string' ? printer.name : printer.name(message);
  const version = versionNames.get(message.version) ?? `OF 0x${message.version.toString(16).padStart(2, '0')}`;
  return `${name} (${version}) (xid=0x${message.xid.toString(16)}):${printer.print?.(message, options) ?? ''}`;
}
