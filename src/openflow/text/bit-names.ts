// Sets of bits as ovs-ofctl writes them (OVS lib/ofp-print.c).

/** Names of the set bits, lowest first; bits without a name as one hexadecimal number behind them; `0` for none. */
export function bitNames(
  bits: number,
  names: readonly (readonly [bit: number, name: string])[],
  separator: string,
): string {
  if (bits === 0) return '0';
  const known = names.filter(([bit]) => bits & bit);
  const rest = known.reduce((left, [bit]) => left & ~bit, bits) >>> 0;
  return [...known.map(([, name]) => name), ...(rest === 0 ? [] : [`0x${rest.toString(16)}`])].join(separator);
}
