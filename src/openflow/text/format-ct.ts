// ct(...) and nat(...) (OVS lib/ofp-actions.c, format_CT() and format_NAT()).

import type { Action, CtAction, CtNat } from '../flow/action.ts';
import { formatSubfield } from './format-subfield.ts';
import { ipText } from './format-value.ts';
import { type FormatOptions, formatTable } from './names.ts';

const algs: Readonly<Record<number, string>> = { 21: 'ftp', 69: 'tftp' };

function formatRange({ address, port: ports }: CtNat): string {
  if (!address) return '';
  const brackets = address.family === 6 && ports !== undefined && ports.min !== 0;
  const text = (value: number | bigint) => {
    const ip = ipText(address.family, value);
    return brackets ? `[${ip}]` : ip;
  };
  const { min, max } = address;
  const addresses = max === undefined || BigInt(max) === 0n || max === min ? text(min) : `${text(min)}-${text(max)}`;
  if (!ports || ports.min === 0) return `=${addresses}`;
  return `=${addresses}:${ports.max === undefined || ports.max === 0 || ports.max === ports.min ? ports.min : `${ports.min}-${ports.max}`}`;
}

export function formatNat(nat: CtNat): string {
  if (!nat.direction) return 'nat';
  const flags = nat.address ? [...(nat.persistent ? ['persistent'] : []), ...(nat.mode ? [nat.mode] : [])] : [];
  return `nat(${[`${nat.direction}${formatRange(nat)}`, ...flags].join(',')})`;
}

export function formatCt(
  action: CtAction,
  options: FormatOptions,
  formatInner: (actions: readonly Action[], options: FormatOptions) => string,
): string {
  const { commit, force, table, zone, nat, exec, alg } = action;
  const parts = [
    ...(commit ? ['commit'] : []),
    ...(force ? ['force'] : []),
    ...(table === undefined ? [] : [`table=${formatTable(table, options)}`]),
    ...(zone ? [`zone=${typeof zone === 'number' ? zone : formatSubfield(zone)}`] : []),
    ...(nat ? [formatNat(nat)] : []),
    ...(exec?.length ? [`exec(${formatInner(exec, options)})`] : []),
    ...(alg ? [`alg=${algs[alg] ?? alg}`] : []),
  ];
  return `ct(${parts.join(',')})`;
}
