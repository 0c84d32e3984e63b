// parseGroup and parseMeter against ovs-ofctl: the same texts, the same bytes; and back: the same print.

import t, { type Test } from 'tap';
import {
  decode,
  encode,
  format,
  formatGroup,
  formatMeter,
  type GroupCommand,
  type Message,
  type MessageBody,
  type MeterCommand,
  OpenFlowTextError,
  parseGroup,
  parseMeter,
  type VersionName,
  versions,
} from '../../../src/openflow/index.ts';
import { hex } from '../../unit/openflow/vectors.ts';
import { ofpParse } from './ofp-parse.ts';
import { captureMods } from './test-switch.ts';

const groups: Readonly<Partial<Record<GroupCommand, readonly string[]>>> = {
  add: [
    'group_id=1,type=all',
    'group_id=1,type=all,bucket=actions=output:1',
    'group_id=0xff,type=all,bucket=output:1,output:2,bucket=actions=drop',
    'group_id=2,type=select,bucket=actions=output:1,bucket=weight:5,actions=set_field:5->reg0,output:2',
    'group_id=2,type=select,bucket=weight=0,output:7',
    'group_id=3,type=indirect,bucket=actions=ct(commit,zone=5,nat(src=10.0.0.1-10.0.0.9:1-9)),resubmit(,7)',
    'group_id=4,type=ff,bucket=watch_port:1,actions=output:1,bucket=watch_group:7,actions=output:2',
    'group_id=4,type=fast_failover,bucket=watch_port=CONTROLLER,watch_group=3,output:1',
    'group_id=4294967040,type=all,bucket=mod_vlan_vid:5,mod_dl_src:00:00:00:00:00:01,output:LOCAL',
  ],
  modify: ['group_id=1,type=select,bucket=actions=output:9'],
  delete: ['', 'group_id=all', 'group_id=7'],
};

/** What only OpenFlow 1.5 can say. */
const groups15: Readonly<Partial<Record<GroupCommand, readonly string[]>>> = {
  add: [
    'group_id=5,type=select,selection_method=dp_hash,bucket=bucket_id:7,actions=output:1,bucket=actions=output:2',
    'group_id=5,type=select,selection_method=hash,selection_method_param=17,fields(ip_src,ip_dst=255.255.0.0,tcp_dst),bucket=actions=output:1',
    'group_id=5,type=select,selection_method=hash,fields=eth_src,bucket=bucket_id=0,output:1,bucket=bucket_id=5,output:2',
  ],
  insert_bucket: [
    'group_id=5,command_bucket_id=first,bucket=bucket_id:1,actions=output:1',
    'group_id=5,command_bucket_id=3,bucket=bucket_id:2,weight:7,actions=output:1',
    'group_id=5,command_bucket_id=last,bucket=bucket_id:1,actions=drop',
  ],
  remove_bucket: [
    'group_id=5,command_bucket_id=all',
    'group_id=5,command_bucket_id=7',
    'group_id=5,command_bucket_id=first',
  ],
};

const meters: Readonly<Partial<Record<MeterCommand, readonly string[]>>> = {
  add: [
    'meter=1,kbps,bands=type=drop,rate=1000',
    'meter=1 pktps burst stats bands=type=drop rate=1000 burst_size=17',
    'meter=slowpath,pktps,bands=type=drop,rate=5',
    'meter=controller,kbps,stats,band=type=dscp_remark,rate=7,prec_level=3,type=drop,rate=10',
  ],
  modify: ['meter=0x7,kbps,bands=type=drop,rate=1'],
  delete: ['meter=1', 'meter=all', 'meter=controller'],
};

const commandNames: Readonly<Record<string, string>> = {
  add: 'add-group',
  modify: 'mod-group',
  delete: 'del-groups',
  insert_bucket: 'insert-buckets',
  remove_bucket: 'remove-buckets',
};

const whole = (body: MessageBody, version: VersionName, xid: number): Message => ({
  ...body,
  version: versions[version],
  xid,
});

async function compare(
  t: Test,
  frames: readonly Uint8Array[],
  texts: readonly string[],
  version: VersionName,
  parse: (text: string) => MessageBody,
): Promise<void> {
  t.equal(frames.length, texts.length, 'ovs-ofctl takes every text');
  const printed = await ofpParse(frames);
  for (const [i, frame] of frames.entries()) {
    const message = decode(frame);
    t.equal(hex(encode(whole(parse(texts[i] ?? ''), version, message.xid))), hex(frame), texts[i] ?? '');
    t.equal(hex(encode(message)), hex(frame), 'and back');
    t.equal(format({ ...message, xid: i + 1 }), printed[i]);
  }
}

for (const version of ['1.5', '1.4', '1.3'] as const) {
  t.test(`groups of OpenFlow ${version}`, async t => {
    for (const table of version === '1.5' ? [groups, groups15] : [groups]) {
      for (const [command, texts] of Object.entries(table) as [GroupCommand, readonly string[]][]) {
        const frames: Uint8Array[] = [];
        for (const text of texts) frames.push(...(await captureMods(commandNames[command] ?? '', [], version, [text])));
        await compare(t, frames, texts, version, text => parseGroup(text, { version, command }));
      }
    }
  });

  t.test(`meters of OpenFlow ${version}`, async t => {
    for (const [command, texts] of Object.entries(meters) as [MeterCommand, readonly string[]][]) {
      const name = { add: 'add-meter', modify: 'mod-meter', delete: 'del-meters' }[command];
      const frames: Uint8Array[] = [];
      for (const text of texts) frames.push(...(await captureMods(name, [], version, [text])));
      await compare(t, frames, texts, version, text => parseMeter(text, { command }));
    }
  });
}

t.test('what is printed reads as what it was printed from', async t => {
  for (const text of [...(groups.add ?? []), ...(groups15.add ?? [])]) {
    const line = formatGroup(parseGroup(text).group);
    t.equal(formatGroup(parseGroup(line).group), line);
  }
  for (const text of meters.add ?? []) {
    const line = formatMeter(parseMeter(text).meter);
    t.equal(formatMeter(parseMeter(line).meter), line);
  }
});

t.test('errors say where', async t => {
  const bad: readonly (readonly [parse: () => unknown, column: number])[] = [
    [() => parseGroup('group_id=1'), 11],
    [() => parseGroup('type=all'), 9],
    [() => parseGroup('group_id=1,type=nine'), 17],
    [() => parseGroup('group_id=1,type=all,bucket=weight:1,actions=drop'), 28],
    [() => parseGroup('group_id=1,type=all,bucket=actions=jump:7'), 36],
    [() => parseGroup('group_id=1,type=all,nine=7'), 21],
    [() => parseMeter('kbps,bands=type=drop,rate=1'), 6],
    [() => parseMeter('meter=1,kbps'), 13],
    [() => parseMeter('meter=1,kbps,bands=rate=1'), 20],
    [() => parseMeter('meter=1,kbps,bands=type=drop,rate=none'), 35],
  ];
  for (const [parse, column] of bad) t.throws(parse, { name: OpenFlowTextError.name, code: 'OF_BAD_TEXT', column });
});
