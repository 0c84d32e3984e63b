// Takes down what a newer ovs-ofctl makes of texts that the oldest one tested does not know:
// `OVS_OFCTL='chroot DIR ovs-ofctl' node --import=tsx test/ovs/openflow/capture-newest.ts`, with a proc file system in DIR.

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { hex } from '../../unit/openflow/vectors.ts';
import { ofctl } from './ofctl.ts';
import { captureMods } from './test-switch.ts';

const run = promisify(execFile);

const flows = [
  'reg16=5 actions=drop',
  'reg31=0x10/0xf0 actions=load:7->NXOXM_ET_REG16[0..7],set_field:9->reg20',
  'reg3=1,reg16=2,reg17=3/3 actions=move:NXOXM_ET_REG16[0..15]->NXM_NX_REG0[0..15]',
  'xreg8=0x1122334455667788 actions=set_field:0xaa/0xff->xreg15',
  'xreg15=0xff00/0xff00 actions=push:NXOXM_ET_REG31[],pop:OXM_OF_PKT_REG9[]',
  'xxreg4=0x1 actions=set_field:0x11112222333344445555666677778888->xxreg7',
  'xxreg7=0xff/0xff,reg28=4 actions=load:1->NXOXM_ET_XXREG5[127]',
  'reg16[0..3]=2,reg16[8..11]=3 actions=output:NXOXM_ET_REG16[0..15]',
  'actions=sample(probability=65535,collector_set_id=1,obs_domain_id=NXM_NX_REG0[],obs_point_id=9)',
  'actions=sample(probability=1,collector_set_id=2,obs_domain_id=3,obs_point_id=NXM_NX_REG3[8..15],sampling_port=5,egress)',
  'actions=sample(probability=1,collector_set_id=2,obs_domain_id=NXM_NX_CT_MARK[],obs_point_id=NXM_NX_XXREG1[32..63])',
];

const flushes: readonly (readonly string[])[] = [
  ['zone=5', 'mark=7'],
  ['zone=5', 'mark=0x10/0xf0', 'ct_nw_src=10.0.0.1,ct_nw_proto=6'],
  ['labels=0x1234'],
  ['zone=1', 'mark=1', 'labels=0x100/0xff00', 'ct_nw_dst=10.0.0.2,ct_nw_proto=17,ct_tp_dst=53'],
];

const version = (await run(ofctl[0], [...ofctl.slice(1), '--version'])).stdout.split('\n')[0];

async function printed(frame: Uint8Array): Promise<string> {
  return (await run(ofctl[0], [...ofctl.slice(1), 'ofp-print', hex(frame)])).stdout.trimEnd();
}

async function capture(command: string, lines: readonly string[], args: readonly string[]) {
  const frames = await captureMods(command, lines, '1.5', args);
  return Promise.all(
    frames.map(async (frame, i) => ({
      text: lines[i] ?? args.join(' '),
      hex: hex(frame),
      printed: await printed(frame),
    })),
  );
}

const found = {
  version,
  flows: await capture('add-flows', flows, ['-']),
  flows13: await Promise.all(
    (await captureMods('add-flows', flows, '1.3')).map(async (frame, i) => ({
      text: flows[i] ?? '',
      hex: hex(frame),
      printed: await printed(frame),
    })),
  ),
  flushes: (await Promise.all(flushes.map(args => capture('ct-flush', [], args)))).flat(),
};
const path = new URL('../../unit/openflow/vectors/newest.json', import.meta.url);
await writeFile(path, `${JSON.stringify(found, null, 2)}\n`);
process.stdout.write(`${version}: ${found.flows.length} flows, ${found.flushes.length} flushes\n`);
