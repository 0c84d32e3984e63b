// Numbers that have names: a list in the order of the numbers. What has no name stays a number.

export function nameOf<Name>(names: readonly Name[], number: number): NonNullable<Name> | number {
  return names[number] ?? number;
}

export function numberOf<Name>(names: readonly Name[], name: Name | number): number {
  return typeof name === 'number' ? name : names.indexOf(name);
}
