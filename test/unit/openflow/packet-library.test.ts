// Packets that are built, judged by tcpdump; what is parsed and built again is the same bytes; anything else is no crash.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import {
  buildFrame,
  buildGeneve,
  buildLldp,
  buildNeighbour,
  buildVxlan,
  crc32c,
  etherTypes,
  type Frame,
  type FramePayload,
  genevePort,
  type IpPayload,
  lldpDestination,
  parseFrame,
  parseGeneve,
  parseLldp,
  parseNeighbour,
  parseVxlan,
  vxlanPort,
} from '../../../src/openflow/index.ts';
import { pcapOf } from '../../fixtures/pcap.ts';

const bytes = (text: string) => Uint8Array.from(Buffer.from(text));
const none = new Uint8Array();

function frameOf(payload: FramePayload, extra: Partial<Frame> = {}): Frame {
  return { destination: 0x0200_0000_0002n, source: 0x0200_0000_0001n, tags: [], payload, trailer: none, ...extra };
}

function ipv4(payload: IpPayload): FramePayload {
  const flags = { identification: 7, dontFragment: true, moreFragments: false, fragmentOffset: 0 };
  const [source, destination] = [0x0a00_0001, 0x0a00_0002];
  return { kind: 'ipv4', source, destination, ttl: 64, tos: 0, ...flags, options: none, payload };
}

function ipv6(payload: IpPayload): FramePayload {
  const [source, destination] = [0xfe80n << 112n, (0xfe80n << 112n) + 2n];
  return { kind: 'ipv6', source, destination, hopLimit: 255, trafficClass: 0, flowLabel: 0, payload };
}

const udp = (destinationPort: number, data: Uint8Array): IpPayload => ({
  kind: 'udp',
  sourcePort: 4000,
  destinationPort,
  data,
});

const inner = buildFrame(frameOf(ipv4({ kind: 'icmp', type: 8, code: 0, rest: 0x0001_0002, data: bytes('hello') })));
const option = { optionClass: 0x0102, type: 0x80, data: Uint8Array.of(0, 0, 0, 5) };
const geneve = { vni: 77, control: false, critical: true, protocol: 0x6558, options: [option], data: inner };
const station = {
  chassis: { subtype: 7, id: bytes('switch-1') },
  port: { subtype: 7, id: bytes('3') },
  ttl: 120,
  tlvs: [{ type: 5, value: bytes('leaf') }],
};
const tag = { type: 0x8100, priority: 3, dropEligible: false, id: 30 } as const;
const tcp = { sourcePort: 1000, destinationPort: 80, sequence: 1, acknowledgement: 0, window: 512, urgent: 0 };
const solicitation = { kind: 'solicitation', target: (0xfe80n << 112n) + 2n, linkAddress: 0x0200_0000_0001n } as const;
const arp = { kind: 'arp', operation: 1, senderMac: 0x0200_0000_0001n, targetMac: 0n } as const;

const judged: readonly (readonly [Frame, RegExp])[] = [
  [frameOf({ ...arp, sender: 0x0a00_0001, target: 0x0a00_0002 }), /ARP.*who-has 10\.0\.0\.2 tell 10\.0\.0\.1/],
  [
    frameOf(ipv4({ kind: 'tcp', ...tcp, flags: 2, options: none, data: none }), { tags: [tag] }),
    /vlan 30, p 3.*Flags \[S\], cksum 0x\w+ \(correct\)/s,
  ],
  [frameOf(ipv4(udp(9, bytes('x')))), /\[udp sum ok\]/],
  [
    frameOf(ipv4(udp(vxlanPort, buildVxlan({ vni: 5000, frame: inner })))),
    /VXLAN.*vni 5000.*ICMP echo request, id 1, seq 2/s,
  ],
  [frameOf(ipv4(udp(genevePort, buildGeneve(geneve)))), /Geneve.*Flags \[C\], vni 0x4d.*\(0x102\) type 0x80/],
  [
    frameOf(ipv6({ ...buildNeighbour(solicitation) })),
    /\[icmp6 sum ok\].*neighbor solicitation.*who has fe80::2.*source link-address option.*02:00:00:00:00:01/s,
  ],
  [
    frameOf({ kind: 'other', etherType: etherTypes.lldp, data: buildLldp(station) }, { destination: lldpDestination }),
    /LLDP.*switch-1.*TTL 120s.*leaf/s,
  ],
  [
    frameOf(
      ipv4({
        kind: 'sctp',
        sourcePort: 1,
        destinationPort: 2,
        verificationTag: 0,
        data: Uint8Array.from(Buffer.from('010000140000000100010000000a000a00000001', 'hex')),
      }),
    ),
    /sctp.*\[INIT\]/s,
  ],
];

t.test('what is built is what tcpdump reads', async t => {
  const directory = await mkdtemp(join(tmpdir(), 'pointsman-packets-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'frames.pcap');
  await writeFile(file, pcapOf(judged.map(([frame]) => buildFrame(frame))));
  const { stdout } = await promisify(execFile)('tcpdump', ['-nevvtr', file]);
  for (const [, pattern] of judged) t.match(stdout, pattern);
});

t.test('what is built is parsed to the same', async t => {
  for (const [frame] of judged) t.same(parseFrame(buildFrame(frame)), frame);
  t.same(parseGeneve(buildGeneve(geneve)), geneve);
  t.same(parseLldp(buildLldp(station)), station);
  t.same(parseVxlan(buildVxlan({ vni: 1, frame: inner })), { vni: 1, frame: inner });
  const advertisement = { kind: 'advertisement', target: 1n, router: true, solicited: false, override: true } as const;
  for (const message of [solicitation, advertisement]) t.same(parseNeighbour(buildNeighbour(message)), message);
});

t.test('CRC32c, as RFC 3720 appendix B.4 has it; one that is wrong is kept', async t => {
  t.equal(crc32c(bytes('123456789')), 0xe306_9283);
  t.equal(crc32c(new Uint8Array(32)), 0x8a91_36aa);
  const payload = {
    kind: 'sctp',
    sourcePort: 1,
    destinationPort: 2,
    verificationTag: 3,
    data: none,
    checksum: 1,
  } as const;
  t.same(parseFrame(buildFrame(frameOf(ipv4(payload))))?.payload, ipv4(payload));
});

t.test('what does not fit is refused', async t => {
  const bad = { name: 'OpenFlowEncodeError' };
  t.throws(() => buildVxlan({ vni: 2 ** 24, frame: none }), bad);
  t.throws(() => buildGeneve({ ...geneve, vni: -1 }), bad);
  t.throws(() => buildGeneve({ ...geneve, options: [{ ...option, data: new Uint8Array(3) }] }), bad);
  t.throws(() => buildLldp({ ...station, ttl: 65536 }), bad);
  t.throws(() => buildLldp({ ...station, chassis: { subtype: 7, id: none } }), bad);
  t.throws(() => buildLldp({ ...station, tlvs: [{ type: 5, value: new Uint8Array(512) }] }), bad);
  t.throws(() => buildNeighbour({ ...solicitation, target: 1n << 128n }), bad);
});

t.test('bytes of any kind are parsed or refused; a frame that is parsed is built again', async t => {
  const frames = judged.map(([frame]) => buildFrame(frame));
  const spoilt = fc
    .tuple(fc.constantFrom(...frames), fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 6 }), fc.nat(250))
    .map(([frame, changes, length]) => {
      const copy = frame.slice(0, Math.max(14, length));
      for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
      return copy;
    });
  fc.assert(
    fc.property(fc.oneof(spoilt, fc.uint8Array({ maxLength: 100 })), data => {
      const frame = parseFrame(data);
      if (frame) t.equal(Buffer.compare(buildFrame(frame), data), 0);
      for (const parse of [parseGeneve, parseLldp, parseVxlan]) parse(data);
      parseNeighbour({ kind: 'icmpv6', type: 135, code: 0, rest: 0, data });
    }),
    { numRuns: 2000 },
  );
});
