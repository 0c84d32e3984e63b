// Row identities: the server's UUIDs, and the names that stand for rows a transaction is about to insert.

import { OvsdbValueError } from '../errors.ts';

declare const uuidBrand: unique symbol;

/** A row's UUID in the form 8-4-4-4-12, lower case. */
export type Uuid = string & { readonly [uuidBrand]: true };

/** A reference to a row that the same transaction inserts (RFC 7047 section 5.1 <named-uuid>). */
export interface NamedUuid {
  readonly kind: 'named-uuid';
  readonly name: string;
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** All zeros: what a column of UUIDs holds by default, and a transaction id that names none. */
export const nilUuid = '00000000-0000-0000-0000-000000000000' as Uuid;

/** Whether a text is a UUID as the server writes it (RFC 7047 section 3.1 <uuid>). */
export function isUuid(text: string): text is Uuid {
  return uuidPattern.test(text);
}

/** @throws OvsdbValueError */
export function parseUuid(text: string): Uuid {
  const lower = text.toLowerCase();
  if (!isUuid(lower)) throw new OvsdbValueError(`"${text}" is not a UUID`);
  return lower;
}

/** An <id> of RFC 7047 section 3.1: letters, digits and underscores, no digit first. */
export function isId(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);
}

/**
 * Names a row of the same transaction whose insert carries `uuidName: name`.
 * @param name an <id>
 * @throws OvsdbValueError
 */
export function namedUuid(name: string): NamedUuid {
  if (!isId(name)) throw new OvsdbValueError(`${JSON.stringify(name)} cannot name a row`);
  return { kind: 'named-uuid', name };
}
