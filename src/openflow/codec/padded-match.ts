// A match whose padding is really there: without it, what follows would start at another place when it is written.

import { OpenFlowDecodeError } from '../errors.ts';
import type { Reader } from '../wire/reader.ts';
import { type DecodedMatch, decodeMatch } from './match.ts';

/** Reads a match with its padding. @throws OpenFlowDecodeError */
export function decodePaddedMatch(reader: Reader): DecodedMatch {
  const start = reader.offset;
  const decoded = decodeMatch(reader);
  if ((reader.offset - start) % 8 !== 0) throw new OpenFlowDecodeError('OF_BAD_LENGTH', 'a match without its padding');
  return decoded;
}
