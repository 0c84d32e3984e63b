// The advertisements that pointsman builds, judged by tcpdump; and what it does not answer.

import { writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import t from 'tap';
import {
  buildAdvertisement,
  parseSolicitation,
  SolicitationError,
} from '../../../src/controller/neighbours/neighbour-discovery.ts';
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

t.test('an advertisement, as tcpdump reads it', async t => {
  const question = withChecksum(Buffer.from(solicitation));
  const probe = Buffer.from(question);
  probe.fill(0, 22, 38);
  withChecksum(probe);
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
