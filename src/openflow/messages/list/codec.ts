// Messages in bytes: `encode` and `decode` (OpenFlow 1.5.1 section 7.1).

import { OpenFlowDecodeError, OpenFlowEncodeError } from '../../errors.ts';
import { Reader } from '../../wire/reader.ts';
import { highestVersion, versions } from '../../wire/version.ts';
import { Writer } from '../../wire/writer.ts';
import { type Message, type MessageBody, type MessageKind, messageDefinitions, type UnknownMessage } from '../all.ts';
import {
  type Header,
  headerLength,
  type MessageDefinition,
  type MessageListCodec,
  type Place,
} from '../shared/message-definition.ts';

type AnyDefinition = MessageDefinition<MessageBody>;

/** A kind in one version: where it stands there, and how it is written. */
interface Known {
  readonly place: Place;
  readonly definition: AnyDefinition;
}

/** What stands where in one version. */
interface Index {
  readonly byType: Map<number, AnyDefinition>;
  readonly byVendor: Map<number, Map<number, AnyDefinition>>;
  readonly byKind: Map<string, Known>;
}

const experimenterType = 4;
const definitions = messageDefinitions as readonly AnyDefinition[];

function isIn({ since = 0, until = highestVersion }: Place, version: number): boolean {
  return version >= since && version <= until;
}

function indexOf(version: number): Index {
  const index: Index = { byType: new Map(), byVendor: new Map(), byKind: new Map() };
  for (const definition of definitions) {
    for (const place of definition.places) {
      if (!isIn(place, version)) continue;
      if (!index.byKind.has(definition.kind)) index.byKind.set(definition.kind, { place, definition });
      if ('type' in place) {
        index.byType.set(place.type, definition);
        continue;
      }
      const subtypes = index.byVendor.get(place.vendor) ?? new Map<number, AnyDefinition>();
      index.byVendor.set(place.vendor, subtypes.set(place.subtype, definition));
    }
  }
  return index;
}

const indexes = new Map<number, Index>(Object.values(versions).map(version => [version, indexOf(version)]));

/** Hello, error and echo are the same in all versions: what another version says with a number is not ours. */
const inAllVersions = new Set([0, 1, 2, 3]);

/** The index of a version, or for what all versions have alike that of the newest. */
function indexFor(version: number, type: number): Index | undefined {
  return indexes.get(version) ?? (inAllVersions.has(type) ? indexes.get(highestVersion) : undefined);
}

function knownOf(kind: string, version: number): Known | undefined {
  const known = indexes.get(version)?.byKind.get(kind);
  if (known) return known;
  const newest = indexes.get(highestVersion)?.byKind.get(kind);
  return newest && 'type' in newest.place && inAllVersions.has(newest.place.type) ? newest : undefined;
}

/**
 * The bytes of a message (OpenFlow 1.5.1 section 7.1). Of many, `{ version, xid, ...body }` is written at more than twice
 * the speed of `{ ...body, version, xid }`: V8 gives each of the latter a hidden class of its own.
 * @throws OpenFlowEncodeError when a value does not fit its field, or the message 65535 bytes, or its version has no
 * such message
 */
export function encode(message: Message): Uint8Array {
  // One writer for all: nothing can come between.
  const start = scratch.begin();
  encodeFramed(scratch, message, message, message.trailing);
  if (message.padding) for (const { offset, bytes } of message.padding) scratch.patchRaw(start + offset, bytes);
  return scratch.take();
}

const scratch = new Writer();

/** Appends a message to a writer. @throws OpenFlowEncodeError; the writer is then as it was */
export function encodeInto(writer: Writer, body: MessageBody, header: Header): void {
  const start = writer.length;
  try {
    encodeFramed(writer, body, header);
  } catch (cause) {
    writer.truncate(start);
    throw cause;
  }
}

function encodeFramed(writer: Writer, body: MessageBody, header: Header, trailing?: Uint8Array): void {
  const start = writer.length;
  const outer = writer.version;
  writer.version = header.version;
  writer.u8(header.version);
  if (body.kind === 'unknown') {
    writer.u8(body.type);
    writer.u16(0);
    writer.u32(header.xid);
    writer.raw(body.data);
  } else {
    encodeKnown(writer, body, header);
  }
  if (trailing) writer.raw(trailing);
  writer.version = outer;
  writer.patchLength(start + 2, start, body.kind);
}

function encodeKnown(writer: Writer, body: Exclude<MessageBody, UnknownMessage>, header: Header): void {
  const known = knownOf(body.kind, header.version);
  if (!known) {
    throw new OpenFlowEncodeError('OF_BAD_VERSION', `version ${header.version} of OpenFlow has no ${body.kind}`);
  }
  const { place, definition } = known;
  writer.u8('type' in place ? place.type : experimenterType);
  writer.u16(0);
  writer.u32(header.xid);
  if ('vendor' in place) {
    writer.u32(place.vendor);
    writer.u32(place.subtype);
  }
  definition.encode(body, writer, header, inner);
}

/**
 * Reads one whole message. What this library does not know (messages, extensions, OXMs, actions, instructions,
 * properties) is kept as bytes, and so is padding that is not zero; `encode` writes it back (OpenFlow 1.5.1 section
 * 7.1).
 * @throws OpenFlowDecodeError and nothing else
 */
export function decode(frame: Uint8Array): Message {
  const reader = new Reader(frame);
  if (frame.length < headerLength || reader.peekU16(2) !== frame.length) {
    throw new OpenFlowDecodeError('OF_BAD_LENGTH', `a frame of ${frame.length} bytes does not hold one message`);
  }
  const { header, body } = decodeFrom(reader);
  const trailing = reader.remaining > 0 ? reader.rest() : undefined;
  const { padding } = reader;
  const { version, xid } = header;
  // Not `{ ...body, ...header }`: V8 makes a hidden class of its own for each object that begins so and goes on.
  return { version, xid, ...body, ...(padding.length > 0 && { padding }), ...(trailing && { trailing }) };
}

/** Messages in messages; one in which a third could stand is kept raw. */
const inner: MessageListCodec = {
  encode: encodeFramed,
  decode(reader) {
    const start = reader.offset;
    if (!holdsAnother(definitionAt(reader)?.kind)) {
      const found = decodeFrom(reader);
      if (reader.remaining === 0) return found;
      // A body that leaves bytes over has no place for them inside a bundle: kept raw as a whole.
      reader.offset = start;
    }
    const version = reader.u8();
    const type = reader.u8();
    reader.skip(2);
    return { header: { version, xid: reader.u32() }, body: { kind: 'unknown', type, data: reader.rest() } };
  },
};

function holdsAnother(kind: MessageKind | undefined): boolean {
  return kind === 'bundle_add' || kind === 'request_forward';
}

/** What stands at the reader, which stays where it is. */
function definitionAt(reader: Reader): AnyDefinition | undefined {
  const type = reader.peekU8(1);
  const index = indexFor(reader.peekU8(0), type);
  const isExtension = type === experimenterType && reader.remaining >= headerLength + 8;
  const extension = isExtension ? index?.byVendor.get(reader.peekU32(8))?.get(reader.peekU32(12)) : undefined;
  return extension ?? index?.byType.get(type);
}

/** What kind of message a frame starts as, whatever of it is there; undefined when that is not to be seen. */
export function peekKind(frame: Uint8Array): MessageKind | undefined {
  if (frame.length < headerLength) return undefined;
  return definitionAt(new Reader(frame))?.kind;
}

function decodeFrom(reader: Reader): { readonly header: Header; readonly body: MessageBody } {
  const definition = definitionAt(reader);
  const version = reader.u8();
  const type = reader.u8();
  reader.skip(2);
  const header: Header = { version, xid: reader.u32() };
  reader.version = version;
  if (!definition) return { header, body: { kind: 'unknown', type, data: reader.rest() } };
  if (type === experimenterType && definition.kind !== 'experimenter') reader.skip(8);
  return { header, body: definition.decode(reader, header, inner) };
}
