// Bits of a field, as actions name them (OVS lib/nx-match.c, mf_format_subfield()).

import { actionBits } from '../codec/oxm.ts';
import { fieldOf } from '../flow/fields.ts';
import type { Subfield } from '../flow/match.ts';

/** `NXM_NX_REG0[0..15]`, `NXM_NX_REG0[3]`, `NXM_NX_REG0[]`. */
export function formatSubfield({ field: name, offset, bits }: Subfield): string {
  const field = fieldOf(name);
  const [{ name: oxmName }] = field.headers;
  if (offset === 0 && bits === actionBits(field)) return `${oxmName}[]`;
  return bits === 1 ? `${oxmName}[${offset}]` : `${oxmName}[${offset}..${offset + bits - 1}]`;
}
