// A packet as one line of `ovs-ofctl ofp-print`: what a flow that matches it exactly looks like, and the checksum of
// its transport header (OVS lib/flow.c, lib/match.c, lib/ofp-print.c).

import { etherTypes } from '../../flow/protocol-numbers.ts';
import { fragText, hex, hexPadded, ipText, macText } from '../format-value.ts';
import { protocolName, typeName } from '../protocol-names.ts';
import { viewOf } from './bytes.ts';
import { type Arp, type Headers, mostVlans, type Nsh, nothing, readEthernet, readNetwork } from './headers.ts';
import type { Ip } from './ip.ts';
import { readTransport } from './transport.ts';

function vlanFields(vlans: readonly number[]): readonly string[] {
  const shown = vlans.map((tci, i) => {
    const number = i === 0 ? '' : i;
    return `dl_vlan${number}=${tci & 0xfff},dl_vlan_pcp${number}=${tci >> 13}`;
  });
  // The first tag that is not there shows too.
  return vlans.length === mostVlans ? shown : [...shown, `vlan_tci${vlans.length === 0 ? '' : vlans.length}=0x0000`];
}

function labelFields(labels: readonly number[]): readonly string[] {
  const [first, ...others] = labels;
  if (first === undefined) return [];
  return [
    `mpls_label=${first >>> 12}`,
    `mpls_tc=${(first >> 9) & 7}`,
    `mpls_ttl=${first & 0xff}`,
    `mpls_bos=${(first >> 8) & 1}`,
    ...others.map((label, i) => `mpls_lse${i + 1}=${label}`),
  ];
}

function nshFields({ flags, ttl, mdType, nextProtocol, path, context }: Nsh): readonly string[] {
  return [
    `nsh_flags=${flags}`,
    `nsh_ttl=${ttl}`,
    `nsh_mdtype=${mdType}`,
    `nsh_np=${nextProtocol}`,
    `nsh_spi=0x${(path >>> 8).toString(16)}`,
    `nsh_si=${path & 0xff}`,
    ...context.map((word, i) => `nsh_c${i + 1}=0x${word.toString(16)}`),
  ];
}

function addressFields({ type, ip, arp, nsh }: Headers): readonly string[] {
  if (nsh) return nshFields(nsh);
  if (arp) return [`arp_spa=${ipText(4, arp.sourceIp)}`, `arp_tpa=${ipText(4, arp.targetIp)}`];
  if (!ip) return [];
  if (type !== etherTypes.ipv6) return [`nw_src=${ipText(4, ip.source)}`, `nw_dst=${ipText(4, ip.destination)}`];
  const label = `ipv6_label=${hexPadded(ip.label, 5)}`;
  return [`ipv6_src=${ipText(6, ip.source)}`, `ipv6_dst=${ipText(6, ip.destination)}`, label];
}

function arpFields({ operation, sourceMac, targetMac }: Arp): readonly string[] {
  return [`arp_op=${operation}`, `arp_sha=${macText(sourceMac)}`, `arp_tha=${macText(targetMac)}`];
}

function ipFields({ tos, ttl }: Ip): readonly string[] {
  return [`nw_tos=${tos & 0xfc}`, `nw_ecn=${tos & 3}`, `nw_ttl=${ttl}`];
}

/** `tcp`, `ipv6`, and whether that names the transport protocol too. */
function nameOf({ type, ip }: Headers): { readonly name: string | undefined; readonly isTransport: boolean } {
  const transport = ip && protocolName(type, ip.protocol);
  return { name: transport ?? typeName(type), isTransport: transport !== undefined };
}

/**
 * The line that ovs-ofctl prints for a packet, without the newline.
 * @param packetType namespace and type of the packet as in the field packet_type; 0 is an Ethernet frame
 */
export function formatPacket(data: Uint8Array, packetType = 0): string {
  const isFrame = packetType === 0;
  const view = viewOf(data);
  const headers = isFrame ? readEthernet(view) : { ...nothing, ...readNetwork(view, packetType & 0xffff) };
  const { ip, arp } = headers;
  const { name, isTransport } = nameOf(headers);
  const transport = ip ? readTransport(headers.type, ip) : { fields: [] };
  const fields = [
    // Without an Ethernet header, OVS does not name the protocol: the packet type says it.
    ...(isFrame ? [] : [`packet_type=(${packetType >>> 16},${hex(packetType & 0xffff)})`]),
    ...(isFrame && name ? [name] : []),
    ...(isFrame ? vlanFields(headers.vlans) : []),
    ...(isFrame ? [`dl_src=${macText(headers.source)}`, `dl_dst=${macText(headers.destination)}`] : []),
    ...(isFrame && !name ? [`dl_type=${hexPadded(headers.type, 4)}`] : []),
    ...addressFields(headers),
    ...(ip && !(isFrame && isTransport) ? [`nw_proto=${ip.protocol}`] : []),
    ...(arp ? arpFields(arp) : []),
    ...(ip ? ipFields(ip) : []),
    ...labelFields(headers.labels),
    ...(ip ? [`nw_frag=${fragText(ip.fragment)}`] : []),
    ...transport.fields,
  ];
  return [fields.join(','), ...(transport.checksum ? [transport.checksum] : [])].join(' ');
}
