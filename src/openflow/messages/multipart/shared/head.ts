// What stands before the body of OFPT_MULTIPART_REQUEST and OFPT_MULTIPART_REPLY (OpenFlow 1.5.1 section 7.3.5; OVS
// lib/ofp-print.c).

import { OpenFlowEncodeError } from '../../../errors.ts';
import { Reader } from '../../../wire/reader.ts';
import { highestVersion, versions } from '../../../wire/version.ts';
import type { Writer } from '../../../wire/writer.ts';
import {
  type MultipartReplyBody,
  type MultipartRequestBody,
  type MultipartType,
  multipartDefinitions,
} from '../all.ts';
import type { MultipartDefinition, MultipartPlace } from './multipart-definition.ts';

/** Which part of a long message this is. */
export interface PartMarks {
  /** Another part follows, with the same xid. */
  readonly more?: boolean;
  /** Flags other than `more`. */
  readonly flags?: number;
}

type Part = PartMarks & { readonly body: MultipartRequestBody | MultipartReplyBody };
type AnyDefinition = MultipartDefinition<MultipartRequestBody, unknown>;

const moreFlag = 1;
const experimenterType = 0xffff;
/** Bytes of type and flags, and of all that stands before a body. */
const partLength = 8;
const headLength = 16;

const byType: ReadonlyMap<string, AnyDefinition> = new Map(
  (multipartDefinitions as readonly AnyDefinition[]).map(definition => [definition.type, definition]),
);

export function multipartOf(type: MultipartType): AnyDefinition {
  return byType.get(type) as AnyDefinition;
}

function isIn(place: MultipartPlace, version: number): boolean {
  return version >= (place.since ?? 0) && version <= (place.until ?? highestVersion);
}

function keyOf(place: MultipartPlace): string {
  return 'type' in place ? String(place.type) : `${place.vendor}/${place.subtype}`;
}

/** By version, then by number or by vendor and subtype. */
const index = new Map<number, ReadonlyMap<string, AnyDefinition>>(
  Object.values(versions).map(version => [
    version,
    new Map(
      [...byType.values()].flatMap(definition =>
        definition.places.filter(place => isIn(place, version)).map(place => [keyOf(place), definition] as const),
      ),
    ),
  ]),
);

/** Header of the part: type, flags, and vendor and subtype where it is an extension. */
export function writeMultipartHead(writer: Writer, { more, flags = 0, body }: Part): void {
  const place =
    body.type === 'unknown'
      ? { type: body.number }
      : multipartOf(body.type).places.find(place => isIn(place, writer.version));
  if (!place) {
    throw new OpenFlowEncodeError('OF_BAD_VERSION', `version ${writer.version} of OpenFlow has no ${body.type}`);
  }
  writer.u16('type' in place ? place.type : experimenterType);
  writer.u16(flags | (more ? moreFlag : 0));
  writer.zeros(4);
  if ('vendor' in place) {
    writer.u32(place.vendor);
    writer.u32(place.subtype);
  }
}

interface Head {
  readonly number: number;
  readonly definition: AnyDefinition | undefined;
  readonly marks: { readonly more?: true; readonly flags?: number };
}

export function readMultipartHead(reader: Reader): Head {
  const number = reader.u16();
  const flags = reader.u16();
  reader.pad(4);
  const known = index.get(reader.version);
  const marks = {
    ...(flags & moreFlag && { more: true as const }),
    ...(flags > moreFlag && { flags: flags & ~moreFlag }),
  };
  if (number !== experimenterType || reader.remaining < 8) {
    return { number, definition: known?.get(String(number)), marks };
  }
  const definition = known?.get(`${reader.peekU32(0)}/${reader.peekU32(4)}`);
  if (definition) reader.skip(8);
  return { number, definition, marks };
}

/** The type of a frame that may be cut; undefined when it is not known, or not there. */
export function peekMultipartType(frame: Uint8Array): MultipartType | undefined {
  if (frame.length < headLength) return undefined;
  const reader = new Reader(frame);
  reader.version = reader.u8();
  reader.skip(headLength - partLength - 1);
  return readMultipartHead(reader).definition?.type as MultipartType | undefined;
}

/** Such as `OFPST_FLOW`. */
export function multipartName({ body, version }: Part & { readonly version: number }): string {
  if (body.type === 'unknown') return `OFPST ${body.number}`;
  const { name } = multipartOf(body.type);
  return typeof name === 'string' ? name : name(version);
}

export function partText({ more, flags = 0 }: PartMarks): string {
  if (!more && flags === 0) return '';
  const others = flags === 0 ? '' : `[***unknown flags 0x${flags.toString(16).padStart(4, '0')}***]`;
  return ` flags=${more ? '[more]' : ''}${others}`;
}
