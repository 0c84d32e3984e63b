// What may be sent. ovsdb-server's parser (OVS lib/json.c) ends the connection over what it does not take, and would
// again after each reconnect; so it is found here, before anything is sent.

import { whyUnstorable } from '../../lib/text.ts';
import { OvsdbValueError } from '../errors.ts';
import { excerpt, isJsonArray, type Json } from './json.ts';

/** JSON_MAX_HEIGHT of OVS lib/json.c is 1000; the message and its `params` are two of them. */
const maxDepth = 998;

/** The least that is not subnormal: for less, strtod says ERANGE. */
const minNormal = 2 ** -1022;

/** Whether ovsdb-server reads the number as it is. */
export function isSendableNumber(number: number): boolean {
  return Number.isFinite(number) && (number === 0 || Math.abs(number) >= minNormal);
}

/**
 * @param what stands in the error
 * @throws OvsdbValueError for U+0000 and halves of surrogate pairs in texts and names of members, numbers that are not
 *   finite or subnormal, integers of more than 64 bits, and what is nested too deep
 */
export function checkSendable(json: Json | undefined, what: string): void {
  check(json, what, maxDepth);
}

function check(json: Json | undefined, what: string, depth: number): void {
  switch (typeof json) {
    case 'string': {
      const why = whyUnstorable(json);
      if (why !== undefined) throw new OvsdbValueError(`${what}: ${excerpt(json)} ${why}`);
      return;
    }
    case 'number':
      if (!isSendableNumber(json)) throw new OvsdbValueError(`${what}: ${json} is no number that can be stored`);
      return;
    case 'bigint':
      // With one digit more the parser's own arithmetic overflows.
      if (BigInt.asIntN(64, json) !== json) throw new OvsdbValueError(`${what}: ${json} has more than 64 bits`);
      return;
    case 'object': {
      if (json === null) return;
      if (depth === 0) throw new OvsdbValueError(`${what}: nested more than ${maxDepth} deep`);
      if (isJsonArray(json)) {
        for (const item of json) check(item, what, depth - 1);
        return;
      }
      for (const name of Object.keys(json)) {
        check(name, what, depth);
        check(json[name], what, depth - 1);
      }
    }
  }
}
