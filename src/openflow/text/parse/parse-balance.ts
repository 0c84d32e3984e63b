// multipath(...), bundle(...) and bundle_load(...) (OVS lib/multipath.c, lib/bundle.c).

import { bundleAlgorithms, hashFields, multipathAlgorithms } from '../../codec/actions/balance.ts';
import type { BundleAction, MultipathAction } from '../../flow/action.ts';
import type { ActionContext } from './context.ts';
import { cut, type Piece, unexpected } from './cursor.ts';
import { parseDecimal, parsePort } from './parse-number.ts';
import { parseShortSubfield } from './parse-subfield.ts';

/** The words of a list, between commas, spaces and brackets. */
function words(text: Piece, separators: RegExp): readonly Piece[] {
  const found: Piece[] = [];
  let at = 0;
  for (const part of text.text.split(separators)) {
    const start = text.text.indexOf(part, at);
    if (part !== '') found.push(cut(text, start, start + part.length));
    at = start + part.length;
  }
  return found;
}

function word<T extends string>(text: Piece | undefined, whole: Piece, names: readonly T[]): T {
  const where = text ?? cut(whole, whole.text.length);
  const name = names.find(known => known === where.text.toLowerCase());
  if (!name) throw unexpected(where, `one of ${names.join(', ')}`);
  return name;
}

function wanted(text: Piece | undefined, whole: Piece, what: string): Piece {
  if (!text) throw unexpected(cut(whole, whole.text.length), what);
  return text;
}

export function parseMultipath(text: Piece): MultipathAction {
  const [fields, basis, algorithm, links, argument, to] = words(text, /[, ]/);
  const target = parseShortSubfield(wanted(to, text, 'fields, basis, algorithm, links, argument and a field'));
  const most = Math.min(65536, 2 ** target.bits);
  return {
    kind: 'multipath',
    fields: word(fields, text, hashFields),
    basis: parseDecimal(wanted(basis, text, 'a basis'), 0xffff),
    algorithm: word(algorithm, text, multipathAlgorithms),
    links: parseDecimal(wanted(links, text, 'a number of links'), most, 'a number of links', 1),
    argument: parseDecimal(wanted(argument, text, 'an argument'), 0xffffffff),
    to: target,
  };
}

export function parseBundle(text: Piece, loads: boolean, context: ActionContext): BundleAction {
  const found = /(?<=[, ])(members|slaves)\s*:/i.exec(text.text);
  if (!found) throw unexpected(cut(text, text.text.length), 'members:');
  const [fields, basis, algorithm, memberType, to] = words(cut(text, 0, found.index), /[, ]/);
  const members = words(cut(text, found.index + found[0].length), /[, [\]]/);
  word(memberType, text, ['ofport']);
  return {
    kind: 'bundle',
    fields: word(fields, text, hashFields),
    basis: parseDecimal(wanted(basis, text, 'a basis'), 0xffff),
    algorithm: word(algorithm, text, bundleAlgorithms),
    members: members.map(member => parsePort(member, context)),
    ...(loads && { to: parseShortSubfield(wanted(to, text, 'a field to load')) }),
  };
}
