// What tables can do, as text (OVS lib/ofp-table.c). Of what is the same as in the table before, or for a table miss as for
// other packets, only that is said.

import type { FieldName } from '../../../flow/fields.ts';
import type { FieldRef } from '../../../flow/match.ts';
import { actionTypeNames } from '../../../text/action-types.ts';
import { fieldList } from '../../../text/field-list.ts';
import { hex } from '../../../text/format-value.ts';
import { openflow14 } from '../../../wire/version.ts';
import { tableBit } from '../../shared/table-config.ts';
import type { ListedField, ListedType, TableFeature, TableFeatures } from '../table-features.ts';

/** What can be done with packets that match a flow, or that match none. */
interface Abilities {
  readonly next: ReadonlySet<number>;
  readonly instructions: readonly string[];
  readonly write: ActionAbilities;
  readonly apply: ActionAbilities;
}

interface ActionAbilities {
  readonly actions: readonly string[];
  readonly fields: ReadonlySet<FieldName>;
}

/** A table as OVS sees it. */
interface Table extends Omit<TableFeatures, 'features'> {
  readonly eviction: boolean | undefined;
  readonly vacancyEvents: boolean | undefined;
  readonly others: Abilities;
  readonly miss: Abilities;
  readonly match: ReadonlySet<FieldName>;
  readonly masked: ReadonlySet<FieldName>;
  readonly wildcards: ReadonlySet<FieldName>;
}

/** By OFPIT_*, in the order of OVS (include/openvswitch/ofp-actions.h). */
const instructionNames: readonly (readonly [type: number, name: string])[] = [
  [6, 'meter'],
  [4, 'apply_actions'],
  [5, 'clear_actions'],
  [3, 'write_actions'],
  [2, 'write_metadata'],
  [1, 'goto_table'],
];

function namesOf(
  listed: readonly ListedType[],
  names: readonly (readonly [type: number, name: string])[],
): readonly string[] {
  const types = listed.map(one => (typeof one === 'number' ? one : one.type));
  return names.filter(([type]) => types.includes(type)).map(([, name]) => name);
}

type Kind = Exclude<TableFeature['kind'], 'unknown_feature'>;

type Feature<K extends Kind> = TableFeature & { readonly kind: K };

/** The feature of a kind, for a table miss: that for other packets stands for it where it is absent. */
function find<K extends Kind>(features: readonly TableFeature[], kind: K, miss = false): Feature<K> | undefined {
  const found = features.find(
    feature => feature.kind === kind && (('miss' in feature && feature.miss) ?? false) === miss,
  );
  if (!found && miss) return find(features, kind);
  return found as Feature<K> | undefined;
}

function known(fields: readonly ListedField[] = [], masked = false): ReadonlySet<FieldName> {
  const found = new Set<FieldName>();
  for (const field of fields) if ('field' in field && (field.masked ?? false) === masked) found.add(shownAs(field));
  return found;
}

/** To OVS the 16 and the 32 bits of an input port are two fields. */
function shownAs({ field, header = 1 }: FieldRef): FieldName {
  return field === 'in_port' && header === 1 ? 'in_port_oxm' : field;
}

function abilities(features: readonly TableFeature[], miss: boolean): Abilities {
  const actions = (how: 'write' | 'apply'): ActionAbilities => ({
    actions: namesOf(find(features, `${how}_actions`, miss)?.types ?? [], actionTypeNames),
    fields: known(find(features, `${how}_set_field`, miss)?.fields),
  });
  return {
    next: new Set(find(features, 'next_tables', miss)?.tables),
    instructions: namesOf(find(features, 'instructions', miss)?.types ?? [], instructionNames),
    write: actions('write'),
    apply: actions('apply'),
  };
}

/** A field that takes masks can be matched, and left out; one that cannot be matched cannot be left out. */
function seen({ features, ...table }: TableFeatures, version: number): Table {
  const masked = known(find(features, 'match')?.fields, true);
  const match = new Set([...known(find(features, 'match')?.fields), ...masked]);
  const wildcards = [...known(find(features, 'wildcards')?.fields), ...masked].filter(field => match.has(field));
  const supports = (bit: number) => (version >= openflow14 ? (table.capabilities & bit) !== 0 : undefined);
  return {
    ...table,
    eviction: supports(tableBit.eviction),
    vacancyEvents: supports(tableBit.vacancyEvents),
    others: abilities(features, false),
    miss: abilities(features, true),
    match,
    masked,
    wildcards: new Set(wildcards),
  };
}

function sameSet<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean {
  return a.size === b.size && [...a].every(one => b.has(one));
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.join() === b.join();
}

/** A table may go to those behind it: neighbours that differ in the second of them only are the same. */
function sameNext(a: Abilities, aTable: number, b: Abilities, bTable: number): boolean {
  if (aTable === bTable + 1) return sameNext(b, bTable, a, aTable);
  if (bTable !== aTable + 1 || !a.next.has(bTable) || b.next.has(bTable)) return sameSet(a.next, b.next);
  return sameSet(a.next, new Set([...b.next, bTable]));
}

function sameActions(a: ActionAbilities, b: ActionAbilities): boolean {
  return sameList(a.actions, b.actions) && sameSet(a.fields, b.fields);
}

function sameAbilities(a: Abilities, aTable: number, b: Abilities, bTable: number): boolean {
  return (
    sameNext(a, aTable, b, bTable) &&
    sameList(a.instructions, b.instructions) &&
    sameActions(a.write, b.write) &&
    sameActions(a.apply, b.apply)
  );
}

function cannot({ actions, fields }: ActionAbilities): boolean {
  return actions.length === 0 && fields.size === 0;
}

function isEmpty({ next, instructions, write, apply }: Abilities): boolean {
  return next.size === 0 && instructions.length === 0 && cannot(write) && cannot(apply);
}

/** Table, eviction and vacancy alone never make two tables differ that the rest does not. */
function sameFeatures(a: Table, b: Table): boolean {
  return (
    a.metadataMatch === b.metadataMatch &&
    a.metadataWrite === b.metadataWrite &&
    a.eviction === b.eviction &&
    a.vacancyEvents === b.vacancyEvents &&
    a.maxEntries === b.maxEntries &&
    sameAbilities(a.others, a.table, b.others, b.table) &&
    sameAbilities(a.miss, a.table, b.miss, b.table) &&
    sameSet(a.match, b.match)
  );
}

/** Such as `1-253`. */
function ranges(numbers: ReadonlySet<number>): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let at = 0; at < sorted.length; ) {
    const first = sorted[at] as number;
    let end = at + 1;
    while (sorted[end] === first + end - at) end++;
    parts.push(end === at + 1 ? String(first) : `${first}-${sorted[end - 1]}`);
    at = end;
  }
  return parts.join(',');
}

function actionLines({ actions, fields }: ActionAbilities): readonly string[] {
  return [
    ...(actions.length > 0 ? [`        actions: ${actions.join(' ')}`] : []),
    ...(fields.size > 0 ? [`        supported on Set-Field: ${fieldList(fields)}`] : []),
  ];
}

function abilityLines(
  { next, instructions, write, apply }: Abilities,
  before: Abilities | undefined,
): readonly string[] {
  const lines: string[] = [];
  if (next.size > 0) lines.push(`      next tables: ${ranges(next)}`);
  if (instructions.length > 0) {
    const isSame = before && sameList(instructions, before.instructions);
    lines.push(isSame ? '      (same instructions)' : `      instructions: ${instructions.join(' ')}`);
  }
  const areSame = before && sameActions(write, before.write) && sameActions(apply, before.apply);
  if (areSame && write.fields.size > 0) lines.push('      (same actions)');
  else if (!sameActions(write, apply)) {
    lines.push('      Write-Actions features:', ...actionLines(write));
    lines.push('      Apply-Actions features:', ...actionLines(apply));
  } else if (!cannot(write)) {
    lines.push('      Write-Actions and Apply-Actions features:', ...actionLines(write));
  }
  return lines;
}

function instructionLines({ table, others, miss }: Table, before: Table | undefined): readonly string[] {
  if (
    before &&
    sameAbilities(others, table, before.others, before.table) &&
    sameAbilities(miss, table, before.miss, before.table)
  ) {
    return isEmpty(others) ? [] : ['    (same instructions)'];
  }
  if (!sameAbilities(others, table, miss, table)) {
    return [
      '    instructions (other than table miss):',
      ...abilityLines(others, before?.others),
      '    instructions (table miss):',
      ...abilityLines(miss, before?.miss),
    ];
  }
  if (isEmpty(others)) return [];
  return ['    instructions (table miss and others):', ...abilityLines(others, before?.others)];
}

function matchLines({ match, masked, wildcards }: Table, before: Table | undefined): readonly string[] {
  if (match.size === 0) return [];
  if (before && sameSet(match, before.match)) return ['    (same matching)'];
  const some = (title: string, test: (field: FieldName) => boolean) => {
    const fields = new Set([...match].filter(test));
    return fields.size > 0 ? [`      ${title}: ${fieldList(fields)}`] : [];
  };
  return [
    '    matching:',
    ...some('arbitrary mask', field => masked.has(field) && wildcards.has(field)),
    ...some('exact match or wildcard', field => !masked.has(field) && wildcards.has(field)),
    ...some('must exact match', field => !masked.has(field) && !wildcards.has(field)),
  ];
}

function featureLines(table: Table, before: Table | undefined): readonly string[] {
  const { metadataMatch, metadataWrite, eviction, vacancyEvents, maxEntries } = table;
  const supported = (what: string, is: boolean | undefined) =>
    is === undefined ? [] : [`    ${what}: ${is ? '' : 'not '}supported`];
  return [
    ...(metadataMatch || metadataWrite
      ? [`    metadata: match=${hex(metadataMatch)} write=${hex(metadataWrite)}`]
      : []),
    ...supported('eviction', eviction),
    ...supported('vacancy events', vacancyEvents),
    ...(maxEntries ? [`    max_entries=${maxEntries}`] : []),
    ...instructionLines(table, before),
    ...matchLines(table, before),
  ];
}

const commands = ['replace', 'modify', 'enable', 'disable'];

/** Text of all tables; a run of tables without names that are the same is one line. */
export function tableFeaturesText(entries: readonly TableFeatures[], version: number): string {
  const tables = entries.map(entry => seen(entry, version));
  const command = tables[0]?.command ?? 0;
  const parts = command === 0 ? [] : [`\n  command: ${commands[command] ?? '***bad command***'}`];
  let dittos: number[] = [];
  const flush = () => {
    const [first, last] = [dittos[0], dittos.at(-1)];
    if (first !== undefined) {
      parts.push(first === last ? `\n  table ${first}: ditto\n` : `\n  tables ${first}...${last}: ditto\n`);
    }
    dittos = [];
  };
  for (const [i, table] of tables.entries()) {
    const before = tables[i - 1];
    const isSame = before !== undefined && sameFeatures(table, before);
    if (isSame && table.name === '') {
      dittos.push(table.table);
      continue;
    }
    flush();
    const name = table.name === '' ? '' : ` ("${table.name}")`;
    parts.push(`\n  table ${table.table}${name}:`);
    parts.push(isSame ? ' ditto' : ['', ...featureLines(table, before), ''].join('\n'));
  }
  flush();
  return parts.join('').trimEnd();
}
