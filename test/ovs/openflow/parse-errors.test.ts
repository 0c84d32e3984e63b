// A text that is no flow is refused with its column, what stands there, and what could; never with anything else.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import t from 'tap';
import {
  OpenFlowEncodeError,
  OpenFlowTextError,
  parseActions,
  parseFlow,
  parseGroup,
  parseMatch,
  parseMeter,
} from '../../../src/openflow/index.ts';
import { Dice } from '../../fixtures/dice.ts';
import { flowTexts } from './flow-texts.ts';

const run = promisify(execFile);

const bad: readonly (readonly [text: string, column: number, found: string])[] = [
  ['tcp', 4, ''],
  ['nine=1,actions=drop', 1, 'nine'],
  ['tcp,tp_dst=80a,actions=drop', 12, '80a'],
  ['tcp,tp_dst=65536,actions=drop', 12, '65536'],
  ['ip,nw_src=10.0.0.1/33,actions=drop', 20, '33'],
  ['ipv6,ipv6_src=::g,actions=drop', 15, '::g'],
  ['dl_src=00:11:22:33:44,actions=drop', 8, '00:11:22:33:44'],
  ['priority=65536,actions=drop', 10, '65536'],
  ['table=256,actions=drop', 7, '256'],
  ['cookie=0x1ffffffffffffffff,actions=drop', 8, '0x1ffffffffffffffff'],
  ['idle_timeout=-1,actions=drop', 14, '-1'],
  ['in_port=nowhere,actions=drop', 9, 'nowhere'],
  ['ct_state=+maybe,actions=drop', 11, 'maybe'],
  ['actions=jump:7', 9, 'jump'],
  ['actions=output:', 16, ''],
  ['actions=output:1,resubmit(,256)', 28, '256'],
  ['actions=set_field:1->nine', 22, 'nine'],
  ['actions=set_field:1', 20, ''],
  ['actions=load:0x100->NXM_NX_REG0[0..7]', 14, '0x100'],
  ['actions=load:1->NXM_NX_REG0[0..32]', 28, '[0..32]'],
  ['actions=move:NXM_NX_REG0[]->NXM_NX_REG1[0..3]', 29, 'NXM_NX_REG1[0..3]'],
  ['actions=ct(zone=65536)', 17, '65536'],
  ['actions=ct(commit,nat(src=10.0.0.1:1-', 38, ''],
  ['actions=ct(commit,nine)', 19, 'nine'],
  ['actions=learn(nine=1)', 15, 'nine'],
  ['actions=group:all', 15, 'all'],
  ['actions=note:1', 14, '1'],
  ['actions=bundle(eth_src,0,hrw,ofport,,members:1)', 37, ',members'],
  ['actions=bundle_load(eth_src,0,hrw,ofport,reg0,,members:1)', 47, ',members'],
  ['actions=bundle(eth_src,0,hrw,ofport,members :1)', 45, ':1'],
  ['actions=conjunction(1,3/2)', 21, '1,3/2'],
  ['actions=goto_table:256', 20, '256'],
  ['actions=goto_table:3,output:1', 22, 'output'],
  ['actions=write_actions(nine)', 23, 'nine'],
  ['actions=drop,output:1', 9, 'drop'],
  ['priority=089,actions=drop', 10, '089'],
  ['table=0x10,actions=drop', 7, '0x10'],
  ['arp,actions=ct(table=1)', 13, 'ct'],
  ['ip,ct_state=+inv+trk,actions=ct(commit)', 30, 'ct'],
  ['ipv6,actions=ct(commit,nat(src=10.0.0.1))', 14, 'ct'],
  ['udp,actions=ct(commit,alg=ftp)', 13, 'ct'],
  ['actions=output:1,meter:5', 18, 'meter'],
  ['actions=meter:0', 15, '0'],
  ['actions=clone(meter:1)', 15, 'meter'],
  ['table=3,actions=goto_table:2', 28, '2'],
  ['actions=write_actions(goto_table:2)', 23, 'goto_table'],
  ['actions=conjunction(1,1/2),write_metadata:1', 9, 'conjunction(1,1/2),write_metadata:1'],
  ['actions=output:none', 9, 'output'],
  ['actions=enqueue:CONTROLLER:1', 9, 'enqueue'],
  ['actions=push_vlan:0x8100,push_vlan:0x8100,push_vlan:0x8100', 43, 'push_vlan'],
  ['actions=pop_vlan', 9, 'pop_vlan'],
  ['actions=dec_ttl', 9, 'dec_ttl'],
  ['ip,actions=decap(),dec_mpls_ttl', 20, 'dec_mpls_ttl'],
  ['ip,actions=set_field:1->ct_mark', 12, 'set_field'],
  ['ip,actions=ct(commit,exec(output:1))', 27, 'output'],
  ['actions=set_field:1->NXM_NX_REG0', 22, 'NXM_NX_REG0'],
  ['actions=delete_field:reg0', 22, 'reg0'],
  ['actions=learn(NXM_OF_TCP_DST[]=80)', 9, 'learn'],
  ['tun_metadata0=1,tun_metadata0=2,actions=drop', 17, 'tun_metadata0'],
  [`${[0, 1, 2].map(i => `tun_metadata${i}=0x1${'0'.repeat(170)}`).join(',')},actions=drop`, 377, 'tun_metadata2'],
  ['ct_zone[0..3]=1,actions=drop', 1, 'ct_zone[0..3]'],
  // What every object of JavaScript has is no name of ours.
  ['constructor,actions=drop', 1, 'constructor'],
  ['ip,ip_frag=constructor,actions=drop', 12, 'constructor'],
  ['actions=constructor:1', 9, 'constructor'],
  ['actions=ct(alg=constructor)', 16, 'constructor'],
  ['actions=encap(constructor)', 15, 'constructor'],
];

/** What ovs-ofctl reads in a way of its own: docs/openflow-ts.md. */
const stricter: readonly (readonly [text: string, column: number, found: string])[] = [
  ['ip,nw_src=10.0.0.256,actions=drop', 11, '10.0.0.256'],
  ['tcp_dst=80,actions=drop', 1, 'tcp_dst'],
  ['udp,ct_state=+trk,ct_tp_src=3/1,actions=drop', 19, 'ct_tp_src'],
  ['ip,ip_dscp=64,actions=drop', 12, '64'],
  ['mpls,mpls_label=1048576,actions=drop', 17, '1048576'],
  ['arp,arp_op=256,actions=drop', 12, '256'],
  ['table=255,actions=drop', 7, '255'],
  ['ip,actions=dec_ttl(1h)', 20, '1h'],
  ['ip,actions=ct(commit', 21, ''],
];

for (const [text, column, found] of [...bad, ...stricter]) {
  t.test(text, async t => {
    t.throws(() => parseFlow(text), { name: 'OpenFlowTextError', code: 'OF_BAD_TEXT', column, found });
    try {
      parseFlow(text);
    } catch (error) {
      const { expected, message } = error as OpenFlowTextError;
      t.ok(expected.length > 1, expected);
      t.ok(message.startsWith(`column ${column}: found `) && message.endsWith(`, expected ${expected}`), message);
    }
    // No datapath: only the text is read.
    if (!stricter.some(([one]) => one === text))
      await t.rejects(run('ovs-ofctl', ['-O', 'OpenFlow15', 'parse-flow', text]), 'ovs-ofctl refuses it as well');
  });
}

t.test('matches, actions, groups and meters alone', async t => {
  t.throws(() => parseMatch('ip,nw_dst=10.0.0'), { name: 'OpenFlowTextError', column: 11, found: '10.0.0' });
  t.throws(() => parseMatch('ip,actions=drop'), { name: 'OpenFlowTextError', column: 4, found: 'actions' });
  t.throws(() => parseGroup('group_id=1,type=constructor'), { name: 'OpenFlowTextError', column: 17 });
  t.throws(() => parseMeter('meter=constructor,kbps,band=type=drop,rate=1'), { name: 'OpenFlowTextError', column: 7 });
  t.throws(() => parseActions('output:1,jump'), { name: 'OpenFlowTextError', column: 10, found: 'jump' });
  t.throws(() => parseFlow('priority=1,tcp,actions=drop', { command: 'delete' }), OpenFlowTextError);
});

const changes = 20_000;
const noise = '()[]{},:=->/.+ \t0x9aé%"\\';

t.test('a text with characters changed', async t => {
  const dice = new Dice(31415);
  const texts = flowTexts(3);
  let refused = 0;
  for (let i = 0; i < changes; i++) {
    const text = texts[i % texts.length] as string;
    const at = dice.below(text.length);
    const put = dice.below(3) === 0 ? '' : (noise[dice.below(noise.length)] as string);
    const changed = text.slice(0, at) + put + text.slice(at + dice.below(3));
    try {
      parseFlow(changed);
    } catch (error) {
      refused++;
      if (!(error instanceof OpenFlowTextError || error instanceof OpenFlowEncodeError)) {
        t.fail(`${changed}: ${(error as Error).stack}`);
        return;
      }
      if (error instanceof OpenFlowTextError && !(error.column >= 1 && error.column <= changed.length + 1)) {
        t.fail(`${changed}: column ${error.column}`);
        return;
      }
    }
  }
  t.ok(refused > changes / 3 && refused < changes, `${refused} of ${changes} are refused`);
});
