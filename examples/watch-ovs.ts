// Watches an Open vSwitch: every change of a bridge, port or interface, with what was and what is.
//
//     node --import=tsx examples/watch-ovs.ts unix:/run/openvswitch/db.sock
//     ovs-vsctl add-br br0 -- set bridge br0 fail_mode=secure

import { OvsdbClient, parseActiveEndpoints } from 'pointsman/ovsdb-client';
import { type OpenVSwitchTables, openVSwitchSchema } from 'pointsman/ovsdb-client/open-vswitch';

const [remotes = 'unix:/run/openvswitch/db.sock'] = process.argv.slice(2);

const client = new OvsdbClient<OpenVSwitchTables>({
  remotes: parseActiveEndpoints(remotes, 6640),
  schema: openVSwitchSchema,
  monitor: {
    Bridge: ['name', 'datapath_type', 'fail_mode', 'external_ids'],
    Port: ['name', 'tag', 'external_ids'],
    Interface: ['name', 'type', 'ofport', 'link_state', 'error', 'options'],
  },
});

client.on('connected', () => console.log('connected'));
client.on('disconnected', why => console.log(`disconnected: ${why.message}`));
client.on('update', changes => {
  for (const { kind, table, old, new: now } of changes) {
    const name = textOf(now ?? old, 'name');
    const columns = Object.keys(now ?? {}).filter(column => column !== '_uuid' && column !== 'name');
    const parts = columns.flatMap(column => {
      const [before, after] = [textOf(old, column), textOf(now, column)];
      if (before === after) return [];
      return [kind === 'modify' ? `${column}: ${before} -> ${after}` : `${column}: ${after}`];
    });
    console.log([kind, table, name, ...parts].join(' '));
  }
});
client.start();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void client.close());

/** Of a row that is not there, as of one that has only defaults: nothing. */
function textOf(row: object | undefined, column: string): string {
  const value: unknown = row && Reflect.get(row, column);
  if (value === undefined || value === '') return '-';
  if (value instanceof Map) return value.size === 0 ? '-' : [...value].map(pair => pair.join('=')).join(',');
  return String(value);
}
