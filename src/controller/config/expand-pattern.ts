// Names with ranges: `pf[0-1]vf[0-3]` stands for eight ports.

export interface ExpandedName {
  readonly name: string;
  /** The number that each bracket stands for, from left to right. */
  readonly numbers: readonly number[];
}

/** More names than a switch has ports: a slip of the finger must not eat the memory. */
const maxNames = 4096;

/**
 * Expands every `[..]` of a pattern, the rightmost fastest. A bracket holds numbers and ranges: `[0,2-3]`.
 * @returns the names, or what is wrong with the pattern
 */
export function expandPattern(pattern: string): readonly ExpandedName[] | string {
  let names: readonly ExpandedName[] = [{ name: '', numbers: [] }];
  for (const part of pattern.split(/(\[[^\]]*\])/)) {
    if (!part.startsWith('[')) {
      names = names.map(({ name, numbers }) => ({ name: name + part, numbers }));
      continue;
    }
    const range = expandRange(part.slice(1, -1));
    if (typeof range === 'string') return range;
    if (names.length * range.length > maxNames) return `stands for more than ${maxNames} ports`;
    names = names.flatMap(({ name, numbers }) =>
      range.map(number => ({ name: `${name}${number}`, numbers: [...numbers, number] })),
    );
  }
  return names;
}

function expandRange(text: string): readonly number[] | string {
  const numbers: number[] = [];
  for (const part of text.split(',')) {
    const range = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part);
    const first = Number(range?.[1]);
    const last = Number(range?.[2] ?? range?.[1]);
    if (!range || first > last) return `"[${text}]" is not a range such as [0-7] or [0,2-3]`;
    if (last - first >= maxNames) return `"[${text}]" stands for more than ${maxNames} ports`;
    for (let number = first; number <= last; number += 1) numbers.push(number);
  }
  return numbers;
}

/** Puts the numbers of the name into an option: `representor=[{1}]` takes the first bracket's. */
export function fillNumbers(text: string, numbers: readonly number[]): string {
  return text.replace(/\{(\d)\}/g, (whole, index) => numbers[Number(index) - 1]?.toString() ?? whole);
}
