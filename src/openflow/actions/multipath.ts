// NXAST_MULTIPATH (OVS include/openflow/nicira-ext.h, lib/multipath.c).

import { nameOf, numberOf } from '../codec/named.ts';
import { packBits, unpackBits } from '../codec/nicira.ts';
import { bitsOf, readFieldHeader, writeFieldHeader } from '../codec/oxm.ts';
import type { Subfield } from '../flow/match.ts';
import { formatSubfield } from '../text/format-subfield.ts';
import { parseDecimal } from '../text/parse/parse-number.ts';
import { parseShortSubfield } from '../text/parse/parse-subfield.ts';
import { checkTarget } from './shared/action-check.ts';
import type { ActionDefinition, ActionParser } from './shared/action-definition.ts';
import { nicira } from './shared/action-form.ts';
import { type HashFields, hashFields, nameText, wanted, word, wordsOf } from './shared/hash.ts';

/** By NX_MP_ALG_* number. */
const algorithms = ['modulo_n', 'hash_threshold', 'hrw', 'iter_hash'] as const;

/** `multipath(...)`: hash the packet and store a link number (ovs-actions(7)). */
export interface MultipathAction {
  readonly kind: 'multipath';
  readonly fields: HashFields;
  /** 0 to 65535; feeds the hash. */
  readonly basis: number;
  readonly algorithm: 'modulo_n' | 'hash_threshold' | 'hrw' | 'iter_hash' | number;
  /** 1 to 65536. */
  readonly links: number;
  /** For `iter_hash`. */
  readonly argument: number;
  readonly to: Subfield;
}

const parse: ActionParser = text => {
  const next = wordsOf(text);
  const [fields, basis, algorithm, links, argument, to] = Array.from({ length: 6 }, () => next(', '));
  const target = parseShortSubfield(wanted(to, text, 'fields, basis, algorithm, links, argument and a field'));
  const most = Math.min(65536, 2 ** target.bits);
  return {
    kind: 'multipath',
    fields: word(fields, text, hashFields),
    basis: parseDecimal(wanted(basis, text, 'a basis'), 0xffff),
    algorithm: word(algorithm, text, algorithms),
    links: parseDecimal(wanted(links, text, 'a number of links'), most, 'a number of links', 1),
    argument: parseDecimal(wanted(argument, text, 'an argument'), 0xffffffff),
    to: target,
  };
};

export const multipath: ActionDefinition<MultipathAction> = {
  kind: 'multipath',
  forms: [
    {
      place: nicira(10),
      encode(action, writer) {
        writer.u16(numberOf(hashFields, action.fields));
        writer.u16(action.basis);
        writer.zeros(2);
        writer.u16(numberOf(algorithms, action.algorithm));
        writer.u16(action.links - 1);
        writer.u32(action.argument);
        writer.zeros(2);
        writer.u16(packBits(action.to.offset, action.to.bits));
        writeFieldHeader(writer, action.to, 0);
      },
      decode(reader) {
        const fields = reader.u16();
        const basis = reader.u16();
        reader.pad(2);
        const algorithm = reader.u16();
        const links = reader.u16() + 1;
        const argument = reader.u32();
        reader.pad(2);
        const bits = unpackBits(reader.u16());
        const field = readFieldHeader(reader, 0);
        return (
          field && {
            kind: 'multipath',
            fields: nameOf(hashFields, fields),
            basis,
            algorithm: nameOf(algorithms, algorithm),
            links,
            argument,
            to: bitsOf(field, bits.offset, bits.bits),
          }
        );
      },
    },
  ],
  print({ fields, basis, algorithm, links, argument, to }) {
    return `multipath(${nameText(fields)},${basis},${nameText(algorithm)},${links},${argument},${formatSubfield(to)})`;
  },
  words: { multipath: parse },
  check: ({ to }, packet, options) => checkTarget(to.field, packet, options),
  target: action => action.to.field,
};
