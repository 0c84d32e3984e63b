// From the rows that are there to the rows that should be: one transaction's operations. Only rows that carry this
// node's mark are changed or removed; a name that somebody else has taken is a conflict, and left alone.

import type { OpenVSwitchTables } from '../../ovsdb/generated/open-vswitch.ts';
import { type NamedUuid, namedUuid, type Operation, type Uuid, type WriteRow } from '../../ovsdb/index.ts';
import {
  type DesiredBridge,
  type DesiredInterface,
  type DesiredPort,
  type DesiredSwitch,
  ownerKey,
} from '../../policy/bridges.ts';
import { holdKeys } from './plan-settings.ts';
import { type IndexedPort, indexSwitch, type SwitchIndex } from './switch-index.ts';
import {
  type BridgeRow,
  type InterfaceRow,
  ownerOf,
  type PortRow,
  rootRow,
  type SwitchSource,
} from './switch-source.ts';

type SwitchOperation = Operation<OpenVSwitchTables>;

export interface OwnershipConflict {
  readonly code: 'NOT_OURS';
  readonly kind: 'bridge' | 'port';
  readonly name: string;
  readonly message: string;
}

export interface BridgePlan {
  /** None: the switch is as it should be, as far as there are no conflicts. */
  readonly operations: readonly SwitchOperation[];
  readonly conflicts: readonly OwnershipConflict[];
  /** What the operations do, a line each. */
  readonly changes: readonly string[];
}

/** Pure: reads the replica, writes nothing. The Open_vSwitch row must be there. */
export function planBridges(desired: DesiredSwitch, source: SwitchSource): BridgePlan {
  const planner = new Planner(desired, source);
  planner.run();
  return planner;
}

type Column<T extends keyof OpenVSwitchTables> = keyof OpenVSwitchTables[T] & string;

/** Gathers the parts of one plan; lives as long as one call of `planBridges`. */
class Planner implements BridgePlan {
  readonly operations: SwitchOperation[] = [];
  readonly conflicts: OwnershipConflict[] = [];
  readonly changes: string[] = [];
  readonly #desired: DesiredSwitch;
  readonly #source: SwitchSource;
  readonly #index: SwitchIndex;
  readonly #mark: ReadonlyMap<string, string>;
  #named = 0;

  constructor(desired: DesiredSwitch, source: SwitchSource) {
    this.#desired = desired;
    this.#source = source;
    this.#index = indexSwitch(source);
    this.#mark = new Map([[ownerKey, desired.owner]]);
  }

  run(): void {
    const root = rootRow(this.#source);
    if (!root) return;
    const added: NamedUuid[] = [];
    for (const bridge of this.#desired.bridges) {
      const row = this.#index.bridges.get(bridge.name);
      if (row) this.#keepBridge(bridge, row);
      else added.push(...this.#addBridge(bridge));
    }
    const removed = [...this.#index.bridges.values()].filter(row => this.#mayRemoveBridge(row));
    for (const row of removed) this.#guard('Bridge', row);
    this.#changeSet('Open_vSwitch', root._uuid, 'bridges', added, removed);
    this.changes.push(...removed.map(row => `remove bridge ${row.name}`));
  }

  #isOurs(row: BridgeRow | PortRow): boolean {
    return ownerOf(row) === this.#desired.owner;
  }

  #conflict(kind: OwnershipConflict['kind'], name: string, message: string): void {
    this.conflicts.push({ code: 'NOT_OURS', kind, name, message });
  }

  // Bridges

  #addBridge(bridge: DesiredBridge): readonly NamedUuid[] {
    const taken = this.#index.portOfInterface.get(bridge.name) ?? this.#index.ports.get(bridge.name);
    if (taken && !this.#goesAway(taken)) {
      this.#conflict('bridge', bridge.name, `a port of bridge ${taken.bridge.name} is called ${bridge.name} already`);
      return [];
    }
    const ports = bridge.ports.flatMap(port => this.#addPort(port, bridge));
    this.changes.push(`add bridge ${bridge.name} (datapath ${bridge.datapathType})`);
    return [
      this.#insert('Bridge', {
        name: bridge.name,
        datapath_type: bridge.datapathType,
        fail_mode: bridge.failMode,
        other_config: bridge.otherConfig,
        external_ids: this.#mark,
        ports,
        ...(this.#source.hasColumn('Bridge', 'flow_tables') && {
          flow_tables: new Map(
            [...bridge.flowTables].map(([number, name]) => [number, this.#insertFlowTable(name)] as const),
          ),
        }),
      }),
    ];
  }

  #keepBridge(bridge: DesiredBridge, row: BridgeRow): void {
    if (!this.#isOurs(row)) {
      const owner = ownerOf(row);
      const whose = owner === undefined ? 'carries no mark of pointsman' : `belongs to pointsman's node ${owner}`;
      this.#conflict('bridge', bridge.name, `bridge ${bridge.name} is there already and ${whose}; it stays as it is`);
      return;
    }
    const before = this.operations.length;
    const settings = [...bridge.otherConfig].filter(([key, value]) => row.other_config.get(key) !== value);
    this.#update('Bridge', row, `bridge ${row.name}`, {
      datapath_type: bridge.datapathType,
      fail_mode: bridge.failMode,
    });
    if (settings.length > 0) {
      this.#mutate('Bridge', row._uuid, holdKeys('other_config', settings));
      this.changes.push(`change bridge ${row.name}: ${settings.map(([key, value]) => `${key}=${value}`).join(', ')}`);
    }
    this.#keepFlowTables(bridge, row);
    this.#keepPorts(bridge, row);
    // The guard comes first: it is what the operations behind it rely on.
    if (this.operations.length > before) this.#guard('Bridge', row, before);
  }

  /** A bridge that we no longer want, unless somebody else has put a port on it. */
  #mayRemoveBridge(row: BridgeRow): boolean {
    if (!this.#isOurs(row) || this.#desired.bridges.some(bridge => bridge.name === row.name)) return false;
    const foreign = this.#portsOf(row).filter(port => port.row.name !== row.name && !this.#isOurs(port.row));
    if (foreign.length === 0) return true;
    const names = foreign.map(port => port.row.name).join(', ');
    this.#conflict('bridge', row.name, `bridge ${row.name} is no longer wanted, but stays: it carries ${names}`);
    return false;
  }

  #portsOf(bridge: BridgeRow): readonly IndexedPort[] {
    return [...this.#index.ports.values()].filter(port => port.bridge._uuid === bridge._uuid);
  }

  // Flow tables

  #keepFlowTables(bridge: DesiredBridge, row: BridgeRow): void {
    if (!this.#source.hasColumn('Bridge', 'flow_tables')) return;
    const added = new Map<number, NamedUuid>();
    const removed: number[] = [];
    for (const [number, uuid] of row.flow_tables) {
      const table = this.#source.replica.get('Flow_Table', uuid);
      // Entries of others, which may carry limits, stay, unless they are in the way of a name.
      if (
        bridge.flowTables.has(number) ? table?.name !== bridge.flowTables.get(number) : table && this.#isMarked(table)
      )
        removed.push(number);
    }
    for (const [number, name] of bridge.flowTables) {
      if (!row.flow_tables.has(number) || removed.includes(number)) added.set(number, this.#insertFlowTable(name));
    }
    if (removed.length > 0) this.#mutate('Bridge', row._uuid, [['flow_tables', 'delete', removed]]);
    if (added.size > 0) this.#mutate('Bridge', row._uuid, [['flow_tables', 'insert', added]]);
    if (added.size + removed.length > 0) this.changes.push(`name the flow tables of ${row.name}`);
  }

  #isMarked(row: OpenVSwitchTables['Flow_Table']): boolean {
    return (row.external_ids as ReadonlyMap<string, string> | undefined)?.get(ownerKey) === this.#desired.owner;
  }

  #insertFlowTable(name: string): NamedUuid {
    return this.#insert('Flow_Table', { name, external_ids: this.#mark });
  }

  // Ports

  #keepPorts(bridge: DesiredBridge, row: BridgeRow): void {
    const added: NamedUuid[] = [];
    const kept = new Set<string>();
    for (const port of bridge.ports) {
      const there = this.#index.ports.get(port.name);
      if (!there || there.bridge._uuid !== row._uuid) {
        added.push(...this.#addPort(port, bridge));
        continue;
      }
      // The bridge's own port comes with the bridge, whoever made the row.
      const adopt = port.name === bridge.name;
      if (!this.#isOurs(there.row) && !adopt) {
        kept.add(port.name);
        this.#conflict(
          'port',
          port.name,
          `port ${port.name} of ${bridge.name} carries no mark of this node; it stays as it is`,
        );
        continue;
      }
      const [iface] = there.interfaces;
      if (there.interfaces.length !== 1 || iface?.name !== port.name) {
        // Somebody made a bond of it: one row in the place of the other.
        added.push(...this.#insertPort(port));
        continue;
      }
      kept.add(port.name);
      this.#keepPort(port, there.row, iface);
    }
    const removed = this.#portsOf(row)
      .filter(port => this.#isOurs(port.row) && !kept.has(port.row.name))
      .map(port => port.row);
    for (const port of removed) this.#guard('Port', port);
    this.#changeSet('Bridge', row._uuid, 'ports', added, removed);
    this.changes.push(...removed.map(port => `remove port ${port.name} from ${row.name}`));
  }

  /** Whether the plan takes this port away, so that its name becomes free. */
  #goesAway(port: IndexedPort): boolean {
    if (!this.#isOurs(port.bridge)) return false;
    const bridge = this.#desired.bridges.find(({ name }) => name === port.bridge.name);
    if (!bridge) return this.#portsOf(port.bridge).every(other => this.#isOurs(other.row));
    return this.#isOurs(port.row) && !bridge.ports.some(({ name }) => name === port.row.name);
  }

  #addPort(port: DesiredPort, bridge: DesiredBridge): readonly NamedUuid[] {
    const taken = this.#index.ports.get(port.name) ?? this.#index.portOfInterface.get(port.name);
    if (taken && !this.#goesAway(taken)) {
      const where = taken.row.name === port.name ? '' : ` (in port ${taken.row.name})`;
      this.#conflict(
        'port',
        port.name,
        `port ${port.name}, wanted on ${bridge.name}, is on bridge ${taken.bridge.name}${where} already; it stays there`,
      );
      return [];
    }
    this.changes.push(`add port ${port.name} to ${bridge.name}`);
    return this.#insertPort(port);
  }

  #insertPort(port: DesiredPort): readonly NamedUuid[] {
    const iface = this.#insert('Interface', {
      name: port.name,
      ...this.#interfaceColumns(port.interface),
      external_ids: this.#mark,
    });
    const tag = port.tag === undefined ? {} : { tag: port.tag };
    return [this.#insert('Port', { name: port.name, ...tag, interfaces: [iface], external_ids: this.#mark })];
  }

  #keepPort(port: DesiredPort, row: PortRow, iface: InterfaceRow): void {
    this.#update('Port', row, `port ${row.name}`, { tag: port.tag });
    this.#update('Interface', iface, `interface ${iface.name}`, this.#interfaceColumns(port.interface));
    for (const [table, owned] of [
      ['Port', row],
      ['Interface', iface],
    ] as const) {
      if (ownerOf(owned) === this.#desired.owner) continue;
      this.#mutate(table, owned._uuid, holdKeys('external_ids', [...this.#mark]));
      this.changes.push(`mark ${table.toLowerCase()} ${owned.name} as ours`);
    }
  }

  #interfaceColumns(iface: DesiredInterface) {
    return {
      type: iface.type,
      options: iface.options,
      ofport_request: iface.ofportRequest,
      mtu_request: iface.mtuRequest,
      mac: iface.mac,
    };
  }

  // Operations

  /** Fails the transaction as `try_again` if the row went, or changed hands, after the replica was read. */
  #guard(table: 'Bridge' | 'Port' | 'Interface', row: BridgeRow | PortRow | InterfaceRow, at = this.operations.length) {
    const owned = ownerOf(row) === this.#desired.owner;
    // One shape for all three tables: each has a name and external_ids.
    const guard = {
      op: 'wait',
      table: table as 'Port',
      where: [['_uuid', '==', row._uuid], ...(owned ? [['external_ids', 'includes', this.#mark] as const] : [])],
      columns: ['name'],
      until: '==',
      rows: [{ name: row.name }],
      timeout: 0,
    } as const;
    this.operations.splice(at, 0, guard);
  }

  #insert<T extends 'Bridge' | 'Port' | 'Interface' | 'Flow_Table'>(
    table: T,
    row: WriteRow<OpenVSwitchTables[T]>,
  ): NamedUuid {
    this.#named += 1;
    const uuidName = `row${this.#named}`;
    this.operations.push({ op: 'insert', table, row: this.#known(table, row), uuidName } as SwitchOperation);
    return namedUuid(uuidName);
  }

  /** Writes the columns that differ from the row's. */
  #update<T extends 'Bridge' | 'Port' | 'Interface'>(
    table: T,
    row: BridgeRow | PortRow | InterfaceRow,
    what: string,
    columns: WriteRow<OpenVSwitchTables[T]>,
  ): void {
    const entries = Object.entries(this.#known(table, columns));
    const changed = entries.filter(([column, value]) => !sameValue(Reflect.get(row, column), value));
    if (changed.length === 0) return;
    if (table !== 'Bridge') this.#guard(table, row);
    this.operations.push({
      op: 'update',
      table,
      where: [['_uuid', '==', row._uuid]],
      row: Object.fromEntries(changed),
    } as SwitchOperation);
    this.changes.push(`change ${what}: ${changed.map(([column, value]) => `${column}=${show(value)}`).join(', ')}`);
  }

  /** Without the columns that the server's schema lacks. */
  #known<T extends 'Bridge' | 'Port' | 'Interface' | 'Flow_Table'>(
    table: T,
    row: WriteRow<OpenVSwitchTables[T]>,
  ): WriteRow<OpenVSwitchTables[T]> {
    const entries = Object.entries(row).filter(([column]) => this.#source.hasColumn(table, column as Column<T>));
    return Object.fromEntries(entries) as WriteRow<OpenVSwitchTables[T]>;
  }

  #mutate(table: 'Bridge' | 'Port' | 'Interface' | 'Open_vSwitch', uuid: Uuid, mutations: readonly unknown[]): void {
    this.operations.push({ op: 'mutate', table, where: [['_uuid', '==', uuid]], mutations } as SwitchOperation);
  }

  /** Adds and removes references: a mutation leaves those alone that somebody else adds meanwhile. */
  #changeSet(
    table: 'Bridge' | 'Open_vSwitch',
    uuid: Uuid,
    column: 'ports' | 'bridges',
    added: readonly NamedUuid[],
    removed: readonly { readonly _uuid: Uuid }[],
  ): void {
    const gone = removed.map(row => row._uuid);
    if (gone.length > 0) this.#mutate(table, uuid, [[column, 'delete', gone]]);
    if (added.length > 0) this.#mutate(table, uuid, [[column, 'insert', added]]);
  }
}

function sameValue(a: unknown, b: unknown): boolean {
  if (a instanceof Map && b instanceof Map) {
    return a.size === b.size && [...a].every(([key, value]) => b.has(key) && b.get(key) === value);
  }
  return a === b;
}

function show(value: unknown): string {
  if (value instanceof Map) return `{${[...value].map(([key, item]) => `${key}=${item}`).join(', ')}}`;
  return value === undefined ? '(none)' : JSON.stringify(value);
}
