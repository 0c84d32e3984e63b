// Messages about flows, groups, meters, packets and bundles read as the installed ovs-ofctl prints them.

import t from 'tap';
import {
  decode,
  encode,
  format,
  formatPacket,
  type MessageBody,
  openflow13,
  openflow14,
  openflow15,
} from '../../../src/openflow/index.ts';
import { Dice } from '../../fixtures/dice.ts';
import { flip } from '../../fuzz/openflow/mutate.ts';
import { bare, packets } from '../../unit/openflow/packets.ts';
import * as samples from '../../unit/openflow/samples.ts';
import { allVersions, inVersions, judge, ofpPrint } from './ofp-print.ts';

const families: Readonly<Record<string, readonly [bodies: readonly MessageBody[], versions: readonly number[]]>> = {
  'flow mods': [samples.flowMods, allVersions],
  'flow removals': [samples.flowRemoveds, allVersions],
  packets: [samples.packets, allVersions],
  'group mods': [samples.groupMods, allVersions],
  'group mods of 1.5': [samples.groupMods15, [openflow15]],
  'meter mods': [samples.meterMods, allVersions],
  bundles: [samples.bundles, allVersions],
  'connection tracking': [samples.conntrack, allVersions],
  'flow dumps': [samples.flowMultiparts, allVersions],
  'flow dumps of 1.4': [samples.flowMultiparts14, [openflow14, openflow15]],
  'flow dumps of 1.5': [samples.flowMultiparts15, [openflow15]],
  'group dumps': [samples.groupMultiparts, allVersions],
  'group dumps of 1.5': [samples.groupMultiparts15, [openflow15]],
  'meter dumps': [samples.meterMultiparts, allVersions],
  'flow monitors': [samples.monitors, allVersions],
  'flow monitors of 1.3': [samples.monitors13, [openflow13]],
  'flow monitors of 1.4': [samples.monitors14, [openflow14, openflow15]],
};

for (const [name, [bodies, versions]] of Object.entries(families)) {
  t.test(name, async t => {
    for (const { message, ours, theirs } of await judge(inVersions(bodies, versions))) {
      t.equal(ours, theirs, `${message.kind} in version ${message.version}`);
    }
  });
}

/** A multipart message of a vendor, as OpenFlow 1.0 frames it: there OVS reads what it does not in later versions. */
function asOpenFlow10(frame: Uint8Array): Uint8Array {
  const [header, body] = [Buffer.from(frame.subarray(0, 24)), frame.subarray(24)];
  const old = Buffer.concat([header.subarray(0, 12), header.subarray(16, 24), Buffer.alloc(4), body]);
  old[0] = 1;
  old[1] = header[1] === 18 ? 16 : 17;
  return old;
}

t.test('flow monitors of Nicira', async t => {
  for (const message of inVersions(samples.nxMonitors)) {
    const theirs = await ofpPrint(asOpenFlow10(encode(message)));
    const ours = format(decode(encode(message))).replace(/ \(OF1\.\d\)/, '');
    t.equal(ours, theirs, `in version ${message.version}`);
  }
});

t.test('packets', async t => {
  const shown: readonly (readonly [name: string, packetType: number, data: Uint8Array])[] = [
    ...Object.entries(packets).map(([name, data]) => [name, 0, data] as const),
    ...bare.map(([packetType, data]) => [`packet type ${packetType.toString(16)}`, packetType, data] as const),
  ];
  for (const [name, packetType, data] of shown) {
    if (data.length === 0) continue;
    const { stdout } = await printPacket(data, packetType);
    t.equal(formatPacket(data, packetType), stdout, name);
  }
});

t.test('packets with bytes changed', async t => {
  const dice = new Dice(20240918);
  const whole = Object.values(packets).filter(data => data.length > 12);
  for (let i = 0; i < 200; i++) {
    const data = flip(whole[i % whole.length] as Uint8Array, dice, 12);
    const { stdout } = await printPacket(data, 0);
    t.equal(formatPacket(data), stdout, Buffer.from(data).toString('hex'));
  }
});

/** The packet's line of a packet-in that carries it. */
async function printPacket(data: Uint8Array, packetType: number): Promise<{ readonly stdout: string }> {
  const match = packetType === 0 ? '' : `80005804${packetType.toString(16).padStart(8, '0')}`;
  const oxms = `80000004 00000001 ${match}`.replace(/ /g, '');
  const length = 4 + oxms.length / 2;
  const padded = `0001${length.toString(16).padStart(4, '0')}${oxms}`.padEnd(2 * 8 * Math.ceil(length / 8), '0');
  const total = data.length.toString(16).padStart(4, '0');
  const body = Buffer.from(`ffffffff${total}0000${'0'.repeat(16)}${padded}0000`, 'hex');
  const frame = Buffer.concat([Buffer.from([6, 10, 0, 0, 0, 0, 0, 1]), body, data]);
  frame.writeUInt16BE(frame.length, 2);
  return { stdout: (await ofpPrint(frame)).split('\n').slice(1).join('\n') };
}
