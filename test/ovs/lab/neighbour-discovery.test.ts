// The advertisements that pointsman builds, judged by tcpdump; and what it does not answer.

import { writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import t from 'tap';
import {
  buildAdvertisement,
  checkAsker,
  type Link,
  parseSolicitation,
  type Solicitation,
  SolicitationError,
} from '../../../src/controller/neighbours/neighbour-discovery.ts';
import { parseIp, parsePrefix } from '../../../src/lib/address.ts';
import { pcapOf } from '../../fixtures/pcap.ts';
import { withLab } from '../../lab/lab.ts';
import { run } from '../../lab/process.ts';

/** fd00:1::10 asks who has fd00:1::1; as captured from a Linux host. */
const solicitation = Buffer.from(
  '3333ff00000102000000111086dd6000000000203afffd000001000000000000000000000010ff0200000000000000000001ff000001' +
    '87004c9900000000fd0000010000000000000000000000010101020000001110',
  'hex',
);
const gatewayMac = 0x0270_6d00_1101n;

function withChecksum(frame: Buffer): Buffer {
  const icmp = frame.subarray(54);
  icmp.writeUInt16BE(0, 2);
  let sum = icmp.length + 58;
  const words = Buffer.concat([frame.subarray(22, 54), icmp]);
  for (let i = 0; i < words.length; i += 2) sum += words.readUInt16BE(i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  icmp.writeUInt16BE(~sum & 0xffff, 2);
  return frame;
}

/** The same, changed; with the right checksum. */
function changed(change: (frame: Buffer) => void): Buffer {
  const frame = Buffer.from(solicitation);
  change(frame);
  return withChecksum(frame);
}

const at = { sourceMac: 6, source: 22, destination: 38, target: 62, option: 78 };

/** It has no address yet: from nobody, with a nonce (RFC 7527) in place of the link-layer address. */
function isProbe(frame: Buffer): void {
  frame.fill(0, at.source, at.destination);
  frame.writeUInt8(14, at.option);
}

t.test('an advertisement, as tcpdump reads it', async t => {
  const question = withChecksum(Buffer.from(solicitation));
  const probe = changed(isProbe);
  const answers = [question, probe].map(frame =>
    buildAdvertisement(parseSolicitation(frame), { mac: gatewayMac, router: true }),
  );
  const [answer, toAll] = await withLab(async lab => {
    const file = lab.path('advertisement.pcap');
    await writeFile(file, pcapOf(answers));
    const { stdout } = await run('tcpdump', ['-nevvtr', file]);
    return stdout.split(/\n(?=\S)/);
  });
  t.match(answer, /02:70:6d:00:11:01 > 02:00:00:00:11:10/);
  t.match(answer, /hlim 255/);
  t.match(
    answer,
    /\[icmp6 sum ok\] ICMP6, neighbor advertisement.*tgt is fd00:1::1, Flags \[router, solicited, override\]/,
  );
  t.match(answer, /destination link-address option.*02:70:6d:00:11:01/);
  t.match(
    toAll,
    /> 33:33:00:00:00:01.*fd00:1::1 > ff02::1.*\[icmp6 sum ok\].*Flags \[router, override\]/s,
    'to a probe',
  );
});

t.test('what no machine asks is not answered (RFC 4861 section 7.1.1)', async t => {
  const refused = (message: RegExp, change: (frame: Buffer) => void) =>
    t.throws(() => parseSolicitation(changed(change)), { code: 'BAD_SOLICITATION', message }, String(message));
  const allNodes = Buffer.from('ff020000000000000000000000000001', 'hex');
  refused(/no machine/, frame => allNodes.copy(frame, at.source));
  refused(/no machine/, frame => frame.fill(0, at.source, at.source + 15).writeUInt8(1, at.source + 15));
  refused(/a group/, frame => allNodes.copy(frame, at.target));
  refused(/MAC address is that of a group/, frame => frame.writeUInt8(0x33, at.sourceMac));
  refused(/no length/, frame => frame.writeUInt8(0, at.option + 1));
  refused(/no length/, frame => frame.writeUInt8(2, at.option + 1));
  refused(/source link-layer address/, frame => frame.fill(0, at.source, at.destination));
  refused(/solicited-node/, frame => {
    isProbe(frame);
    frame.copy(frame, at.destination, at.target, at.target + 16);
  });
  refused(/solicited-node/, frame => {
    isProbe(frame);
    frame.writeUInt8(2, at.destination + 15);
  });
  t.equal(parseSolicitation(changed(isProbe)).source, 0n, 'a probe as it should be');
});

t.test('who can have asked', async t => {
  const subnets = ['10.1.0.1/24', 'fd00:1::1/64'].map(parsePrefix);
  const link: Link = { subnets, macs: [gatewayMac, 0x0270_6d00_0002n], behind: [parsePrefix('2001:db8::/32')] };
  const ask = (source: string, sourceMac = 0x0200_0000_1110n): Solicitation => ({
    ...{ sourceMac, target: 1n, source: BigInt(parseIp(source).value) },
  });
  const refused = (message: RegExp, asker: Solicitation, on: Link = link) =>
    t.throws(() => checkAsker(asker, on), { code: 'BAD_SOLICITATION', message });
  refused(/MAC address of ours/, ask('fd00:1::10', gatewayMac));
  refused(/MAC address of ours/, ask('fd00:1::10', 0x0270_6d00_0002n));
  refused(/an address of ours/, ask('fd00:1::1'));
  refused(/elsewhere/, ask('fd00:2::10'));
  for (const source of ['fd00:1::10', 'fe80::10', 'febf::1', '::', '2001:db8::7']) checkAsker(ask(source), link);
  const outside = { ...link, behind: undefined };
  checkAsker(ask('fd00:2::10'), outside);
  refused(/an address of ours/, ask('fd00:1::1'), outside);
});

t.test('anything else is refused by its own error', async t => {
  const question = withChecksum(Buffer.from(solicitation));
  t.ok(parseSolicitation(question));
  for (let length = 0; length < question.length; length++)
    t.throws(() => parseSolicitation(question.subarray(0, length)), { code: 'BAD_SOLICITATION' }, `${length} bytes`);
  const forwarded = Buffer.from(question);
  forwarded[21] = 64;
  t.throws(() => parseSolicitation(forwarded), /hop limit/);
  const spoilt = Buffer.from(question);
  spoilt[60] = 0xff;
  t.throws(() => parseSolicitation(spoilt), /checksum/);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      try {
        parseSolicitation(bytes);
      } catch (error) {
        if (!(error instanceof SolicitationError)) throw error;
      }
    }),
  );
});
