// Values as the elements that they hold: what conditions, mutations and constraints go by (RFC 7047 section 5.1).

import type { BaseType, ColumnType } from '../data/schema.ts';
import { shapeOf } from '../data/schema.ts';
import { type Atom, compareAtoms, type Value } from '../data/value.ts';

/** An element of a set, or a pair of a map. */
export type Element = readonly [key: Atom, value?: Atom];

export function elementsOf(value: Value): readonly Element[] {
  if (value === undefined) return [];
  if (typeof value !== 'object') return [[value]];
  if ('get' in value) return [...value];
  return value.map((atom): Element => [atom]);
}

/** The value of a column that has these elements; sets are sorted, as the server has them. */
export function valueWith(type: ColumnType, elements: readonly Element[]): Value {
  switch (shapeOf(type)) {
    case 'scalar':
    case 'optional':
      return elements[0]?.[0];
    case 'set':
      return [...new Set(elements.map(([key]) => key))].sort(compareAtoms);
    case 'map':
      return new Map(elements as readonly (readonly [Atom, Atom])[]);
  }
}

/** Why the atoms of a value may not stand in the column; undefined when they may. */
export function whyForbidden(type: ColumnType, elements: readonly Element[]): string | undefined {
  const { min, max = Number.POSITIVE_INFINITY } = type;
  if (elements.length < min || elements.length > max) return `${elements.length} elements, not ${min} to ${max}`;
  for (const [key, value] of elements) {
    const why = whyNot(type.key, key) ?? (type.value && value !== undefined ? whyNot(type.value, value) : undefined);
    if (why !== undefined) return why;
  }
  return undefined;
}

function whyNot(base: BaseType, atom: Atom): string | undefined {
  if (base.enum && !base.enum.some(allowed => allowed === atom)) return `${atom} is none of ${base.enum.join(', ')}`;
  if (typeof atom === 'string' && base.kind === 'string') {
    const { length } = [...atom];
    if (length < (base.minLength ?? 0)) return `"${atom}" is too short`;
    if (length > (base.maxLength ?? Number.POSITIVE_INFINITY)) return `"${atom}" is too long`;
    return undefined;
  }
  if (typeof atom !== 'number' && typeof atom !== 'bigint') return undefined;
  const isOutside = (base.min !== undefined && atom < base.min) || (base.max !== undefined && atom > base.max);
  return isOutside ? `${atom} is not from ${base.min ?? '-∞'} to ${base.max ?? '∞'}` : undefined;
}
