// Packets built by hand.

function bytes(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  return Buffer.concat(
    parts.map(part => (typeof part === 'string' ? Buffer.from(part.replace(/ /g, ''), 'hex') : part)),
  );
}

const macs = '0a0000000002 0a0000000001';
const frame = (type: string, ...parts: readonly (string | Uint8Array)[]) => bytes(macs, type, ...parts);

interface Ip4 {
  readonly protocol: number;
  readonly fragment?: number;
  readonly tos?: number;
  readonly options?: string;
}

function ip4({ protocol, fragment = 0, tos = 0, options = '' }: Ip4, payload: Uint8Array): Uint8Array {
  const header = Buffer.from(`45000000 00010000 40000000 c0000201 c0000202 ${options}`.replace(/ /g, ''), 'hex');
  header[0] = 0x40 | (header.length / 4);
  header[1] = tos;
  header.writeUInt16BE(header.length + payload.length, 2);
  header.writeUInt16BE(fragment, 6);
  header[9] = protocol;
  return bytes(header, payload);
}

function ip6(next: number, payload: Uint8Array, first = '6ab12345'): Uint8Array {
  const header = Buffer.from(
    `${first}0000003f 20010db8000000000000000000000001 20010db8000000000000000000000002`.replace(/ /g, ''),
    'hex',
  );
  header.writeUInt16BE(payload.length, 4);
  header[6] = next;
  return bytes(header, payload);
}

const tcp = bytes('0050 1f90 00000001 00000002 5012 2000 abcd 0000');
const udp = bytes('0035 0036 0008 1234');
const sctp = bytes('0001 0002 00000003 deadbeef');
const icmp = bytes('0800 0102 0001 0002');
const neighbour = bytes('8700 1234 00000000 20010db8000000000000000000000002', '0101 0a0000000001 0201 0a0000000002');

export const tcpPacket: Uint8Array = frame('0800', ip4({ protocol: 6 }, tcp));

/** By what they are. */
export const packets: Readonly<Record<string, Uint8Array>> = {
  empty: new Uint8Array(),
  'half an Ethernet header': bytes('0a00'),
  'only an Ethernet header': frame('88cc'),
  'a length, no SNAP': frame('0010', '424203000000'),
  SNAP: frame('0040', 'aaaa03 000000 0806', '00010800060400010a0000000001c0000201000000000000c0000202'),
  'IPv4 TCP': tcpPacket,
  'IPv4 TCP with padding': bytes(tcpPacket, '000000000000'),
  'IPv4 TCP, cut': tcpPacket.slice(0, -4),
  'IPv4 TCP, short header': frame('0800', ip4({ protocol: 6 }, tcp.slice(0, 12))),
  'IPv4 TCP without flags': frame(
    '0800',
    ip4({ protocol: 6 }, bytes('0050 1f90 00000001 00000002 5000 2000 0000 0000')),
  ),
  'IPv4 with options and TOS': frame('0800', ip4({ protocol: 17, tos: 0xb9, options: '01010101' }, udp)),
  'IPv4 SCTP': frame('0800', ip4({ protocol: 132 }, sctp)),
  'IPv4 ICMP': frame('0800', ip4({ protocol: 1 }, icmp)),
  'IPv4 IGMP': frame('0800', ip4({ protocol: 2 }, bytes('1600 0000 e0000001'))),
  'IPv4 GRE': frame('0800', ip4({ protocol: 47 }, bytes('00000800'))),
  'IPv4, ICMPv6 inside': frame('0800', ip4({ protocol: 58 }, neighbour)),
  'IPv4, first fragment': frame('0800', ip4({ protocol: 17, fragment: 0x2000 }, udp)),
  'IPv4, later fragment': frame('0800', ip4({ protocol: 17, fragment: 0x0010 }, udp)),
  'IPv6 TCP': frame('86dd', ip6(6, tcp)),
  'IPv6 UDP': frame('86dd', ip6(17, udp)),
  'IPv6 SCTP': frame('86dd', ip6(132, sctp)),
  'IPv6 ICMPv6 echo': frame('86dd', ip6(58, bytes('8000 4321 0001 0002'))),
  'IPv6 ICMPv6, 4 bytes': frame('86dd', ip6(58, bytes('8000 4321'))),
  'IPv6 neighbour solicitation': frame('86dd', ip6(58, neighbour)),
  'IPv6 neighbour solicitation without target': frame('86dd', ip6(58, neighbour.slice(0, 16))),
  'IPv6 neighbour solicitation, the same option twice': frame('86dd', ip6(58, bytes(neighbour, '0101 0a0000000009'))),
  'IPv6 neighbour solicitation with a bad code': frame('86dd', ip6(58, bytes('8701', neighbour.slice(2)))),
  'IPv6, hop-by-hop and destination options': frame(
    '86dd',
    ip6(0, bytes('3c00 000000000000 1101 0000000000000000000000000000', udp)),
  ),
  'IPv6, authentication': frame('86dd', ip6(51, bytes('1101 0000 00000000 00000000', udp))),
  'IPv6, first fragment': frame('86dd', ip6(44, bytes('1100 0001 00000001', udp))),
  'IPv6, later fragment': frame('86dd', ip6(44, bytes('1100 0011 00000001', udp))),
  'IPv6, extension cut': frame('86dd', ip6(0, bytes('1104 000000000000'))),
  'IPv6, cut': frame('86dd', ip6(6, tcp)).slice(0, 60),
  'IPv6, next header ICMP': frame('86dd', ip6(1, icmp)),
  'IPv6 without next header': frame('86dd', ip6(59, new Uint8Array())),
  ARP: frame('0806', '0001080006040002 0a0000000001 c0000201 0a0000000002 c0000202'),
  'ARP, odd operation': frame('0806', '0001080006040102 0a0000000001 c0000201 0a0000000002 c0000202'),
  'ARP, cut': frame('0806', '0001080006040002 0a0000000001'),
  RARP: frame('8035', '0001080006040003 0a0000000001 00000000 0a0000000001 00000000'),
  VLAN: frame('8100', '607b 0800', ip4({ protocol: 17 }, udp)),
  'two VLAN tags': frame('88a8', '0064 8100 20c8 0800', ip4({ protocol: 17 }, udp)),
  'three VLAN tags': frame('88a8', '0064 8100 20c8 8100 0001 0800', ip4({ protocol: 17 }, udp)),
  'VLAN, cut': frame('8100', '607b'),
  MPLS: frame('8847', '00064140'),
  'MPLS, two labels': frame('8847', '0006403f 000c8b40', ip4({ protocol: 17 }, udp)),
  'MPLS, four labels': frame('8848', '0006403f 0006503f 0006603f 0006713f'),
  'MPLS, no bottom': frame('8847', '0006403f'),
  'MPLS, nothing': frame('8847'),
  'NSH, type 1': frame('894f', '0fc6 01 03 00001203 00000001 00000002 00000003 00000004'),
  'NSH, type 2': frame('894f', '1fc2 02 01 123456ff'),
  'NSH, cut': frame('894f', '0fc6 01'),
};

/** Packets without an Ethernet header, and the value of packet_type that says so. */
export const bare: readonly (readonly [packetType: number, data: Uint8Array])[] = [
  [0x1_0800, ip4({ protocol: 6 }, tcp)],
  [0x1_86dd, ip6(58, neighbour)],
  [0x1_8847, bytes('00064140')],
  [0x1_894f, bytes('1fc2 02 01 123456ff')],
];
