// Entries that say their own length: those of replies, and of lists in messages.

import { OpenFlowDecodeError } from '../errors.ts';
import type { Reader } from '../wire/reader.ts';

/**
 * A reader of the next entry, whose length is the u16 at `lengthAt`; `outer` moves behind it.
 * @throws OpenFlowDecodeError when it is shorter than `least`
 */
export function takeEntry(outer: Reader, least: number, what: string, lengthAt = 0): Reader {
  const length = outer.peekU16(lengthAt);
  if (length < least) throw new OpenFlowDecodeError('OF_BAD_LENGTH', `${what} of ${length} bytes`);
  return outer.sub(length);
}
