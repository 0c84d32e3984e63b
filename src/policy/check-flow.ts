// Whether a flow does only what its table declares (pipeline.ts): a mistake is one when the flow is built, and not when a
// packet has been lost.

import type { Action } from '../openflow/actions/all.ts';
import type { FlowEntry } from '../openflow/flow/flow.ts';
import type { FieldValue, Subfield } from '../openflow/flow/match.ts';
import { PolicyError } from './errors.ts';
import {
  groupTables,
  integration,
  type PipelineTable,
  physical,
  physicalTables,
  type TableDeclaration,
  tables,
} from './pipeline.ts';
import { bitsOf, isRegister, maskOf, type RegisterName, registers } from './registers.ts';

/** What a table may do, as it is asked for. */
interface Permission {
  readonly reads: bigint;
  readonly writes: bigint;
  /** Numbers of tables. */
  readonly next: ReadonlySet<number>;
}

const permissions = new Map<PipelineTable, Permission>([
  ...permissionsOf(integration, tables),
  ...permissionsOf(physical, physicalTables),
]);

const groupTargets: ReadonlyMap<number, number> = new Map(
  Object.entries(groupTables).map(([table, group]) => [group, tables[table as keyof typeof groupTables]]),
);

function permissionsOf<Name extends PipelineTable>(
  declared: { readonly [N in Name]: TableDeclaration<Name> },
  numbers: Readonly<Record<Name, number>>,
): [Name, Permission][] {
  return (Object.keys(declared) as Name[]).map(name => {
    const { reads, writes, next } = declared[name];
    return [name, { reads: union(reads), writes: union(writes), next: new Set(next.map(each => numbers[each])) }];
  });
}

function union(names: readonly RegisterName[]): bigint {
  return names.reduce((bits, name) => bits | bitsOfSubfield(registers[name]), 0n);
}

function bitsOfSubfield(subfield: Subfield): bigint {
  return bitsOf(subfield.field, maskOf(subfield));
}

function bitsOfMask(field: string, mask: FieldValue | undefined): bigint {
  return typeof mask === 'number' || typeof mask === 'bigint' ? bitsOf(field, BigInt(mask)) : bitsOf(field);
}

/** @throws PolicyError */
export function checkFlow(table: PipelineTable, { match, instructions }: FlowEntry): void {
  const permission = permissions.get(table) ?? refuse(table, 'is not declared');
  for (const { field, mask } of match)
    if (isRegister(field)) checkRead(table, permission, field, bitsOfMask(field, mask));
  for (const instruction of instructions)
    switch (instruction.kind) {
      case 'apply_actions':
        for (const action of instruction.actions) checkAction(table, permission, action);
        break;
      case 'goto_table':
        checkNext(table, permission, instruction.table);
        break;
      default:
        refuse(table, `has an instruction ${instruction.kind}, which no check knows`);
    }
}

function checkAction(table: PipelineTable, permission: Permission, action: Action): void {
  switch (action.kind) {
    case 'set_field':
      if (isRegister(action.field)) checkWrite(table, permission, action.field, bitsOfMask(action.field, action.mask));
      break;
    case 'load':
      checkWrite(table, permission, action.to.field, bitsOfSubfield(action.to));
      break;
    case 'move':
      checkRead(table, permission, action.from.field, bitsOfSubfield(action.from));
      checkWrite(table, permission, action.to.field, bitsOfSubfield(action.to));
      break;
    case 'output_reg':
      checkRead(table, permission, action.from.field, bitsOfSubfield(action.from));
      break;
    case 'ct':
      if (typeof action.zone === 'object') checkRead(table, permission, action.zone.field, bitsOfSubfield(action.zone));
      for (const inner of action.exec ?? []) checkAction(table, permission, inner);
      if (action.table !== undefined) checkNext(table, permission, action.table);
      break;
    case 'resubmit':
      checkNext(table, permission, action.table);
      break;
    case 'group':
      checkNext(table, permission, groupTargets.get(action.group));
      break;
    case 'clone':
      for (const inner of action.actions) checkAction(table, permission, inner);
      break;
    case 'output':
    case 'meter':
    case 'dec_ttl':
    case 'push_vlan':
    case 'pop_vlan':
    case 'encap':
    case 'decap':
      break;
    // A feature that needs another one says here what it reads, writes, and where it leads.
    default:
      refuse(table, `has an action ${action.kind}, which no check knows`);
  }
}

function checkRead(table: PipelineTable, { reads }: Permission, field: string, bits: bigint): void {
  if ((bits & ~reads) !== 0n) refuse(table, `reads ${namesOf(field, bits & ~reads)}`);
}

function checkWrite(table: PipelineTable, { writes }: Permission, field: string, bits: bigint): void {
  if ((bits & ~writes) !== 0n) refuse(table, `writes ${namesOf(field, bits & ~writes)}`);
}

function checkNext(table: PipelineTable, { next }: Permission, number: number | undefined): void {
  if (number !== undefined && next.has(number)) return;
  const [name] = Object.entries(tables).find(([, each]) => each === number) ?? [number ?? 'nowhere known'];
  refuse(table, `goes on to ${name}`);
}

/** The registers that have a bit of `bits`, or else the field. */
function namesOf(field: string, bits: bigint): string {
  const names = Object.entries(registers).filter(([, register]) => (bitsOfSubfield(register) & bits) !== 0n);
  return names.length > 0 ? names.map(([name]) => name).join(', ') : field;
}

function refuse(table: PipelineTable, what: string): never {
  throw new PolicyError('FLOW_UNDECLARED', `a flow of table ${table} ${what}, which the table does not declare`);
}
