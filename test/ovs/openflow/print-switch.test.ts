// Messages about the switch itself read as the installed ovs-ofctl prints them, ours and those of a real switch.

import { once } from 'node:events';
import t from 'tap';
import {
  type Message,
  type MessageBody,
  type MultipartReplyBody,
  openflow13,
  openflow14,
  openflow15,
  SwitchConnection,
  type VersionName,
  versions,
} from '../../../src/openflow/index.ts';
import * as samples from '../../unit/openflow/switch-samples.ts';
import { allVersions, inVersions, judge } from './ofp-print.ts';
import { PrivateOvs } from './private-ovs.ts';

const since14 = [openflow14, openflow15];

const families: Readonly<Record<string, readonly [bodies: readonly MessageBody[], versions: readonly number[]]>> = {
  'hello, echo, barrier': [samples.symmetric, allVersions],
  errors: [samples.errors, allVersions],
  'errors about cut messages': [samples.errorsOfCut, allVersions],
  'features and configuration': [samples.features, allVersions],
  ports: [samples.ports, allVersions],
  'ports of 1.5': [samples.ports15, [openflow15]],
  queues: [samples.queues, allVersions],
  'queues of 1.3': [samples.queues13, [openflow13]],
  'queues of 1.4': [samples.queues14, since14],
  tables: [samples.tables, allVersions],
  'tables of 1.4': [samples.tables14, since14],
  'tables of 1.5': [samples.tables15, [openflow15]],
  controllers: [samples.controllers, allVersions],
  'controllers of 1.4': [samples.controllers14, since14],
  'tunnel options': [samples.tlvTables, allVersions],
};

for (const [name, [bodies, versions]] of Object.entries(families)) {
  t.test(name, async t => {
    for (const { message, ours, theirs } of await judge(inVersions(bodies, versions))) {
      t.equal(ours, theirs, `${message.kind} in version ${message.version}`);
    }
  });
}

/** Tables whose features fit a message together. */
const tablesAtOnce = 10;

t.test('what a real switch says of itself', async t => {
  const ovs = await PrivateOvs.start('host');
  t.teardown(() => ovs.stop());
  const path = await ovs.addBridge('br0', 'p1', 'p2');
  for (const version of ['1.3', '1.4', '1.5'] as const satisfies readonly VersionName[]) {
    t.test(version, async t => {
      const connection = new SwitchConnection({ endpoint: { kind: 'unix', path }, versions: [version] });
      t.teardown(() => connection.close());
      connection.start();
      await once(connection, 'connected');
      const answers: Message[] = [];
      for (const kind of [
        'features_request',
        'get_config_request',
        'get_async_request',
        'tlv_table_request',
      ] as const) {
        answers.push(await connection.request({ kind }));
      }
      for (const type of ['desc', 'port_desc', 'port_stats', 'table_stats', 'queue_stats', 'group_features'] as const) {
        answers.push(await connection.request({ kind: 'multipart_request', body: { type } }));
      }
      if (version !== '1.3') {
        answers.push(await connection.request({ kind: 'multipart_request', body: { type: 'table_desc' } }));
      }
      const features = [];
      for await (const one of connection.entries<'table_features'>({ type: 'table_features' })) features.push(one);
      t.equal(features.length, 254);
      for (let at = 0; at < features.length; at += tablesAtOnce) {
        const body: MultipartReplyBody = { type: 'table_features', entries: features.slice(at, at + tablesAtOnce) };
        answers.push({ kind: 'multipart_reply', body, version: versions[version], xid: at });
      }
      for (const { message, ours, theirs } of await judge(answers)) t.equal(ours, theirs, message.kind);
    });
  }
});
