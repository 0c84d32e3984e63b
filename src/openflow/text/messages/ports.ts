// Messages about ports and their counters (OVS lib/ofp-port.c).

import type { PortMod } from '../../codec/messages/port-mod.ts';
import type { PortStatus } from '../../codec/messages/port-status.ts';
import {
  type PortDescRequest,
  type PortStats,
  type PortStatsRequest,
  rfc2819Counters,
} from '../../codec/multipart/ports.ts';
import type { PortDesc } from '../../flow/port-desc.ts';
import { port as portNumber } from '../../flow/ports.ts';
import { openflow15 } from '../../wire/version.ts';
import { durationText } from '../format-duration.ts';
import { formatPortDesc, portConfigText, portFeaturesText } from '../format-port.ts';
import { macText } from '../format-value.ts';
import type { MessagePrinter } from '../message-printer.ts';
import { type FormatOptions, formatPort } from '../names.ts';
import { unknownCount, unknownSeconds } from '../unknown.ts';
import type { MultipartPrinter } from './multipart-printer.ts';

const reasons: Readonly<Record<string, string>> = { add: 'ADD', delete: 'DEL', modify: 'MOD' };

export const portStatus: MessagePrinter<PortStatus> = {
  name: 'OFPT_PORT_STATUS',
  print: ({ reason, port }) => ` ${reasons[reason] ?? reason}:${formatPortDesc(port)}`,
};

export const portMod: MessagePrinter<PortMod> = {
  name: 'OFPT_PORT_MOD',
  print: ({ portNo, hwAddr, config, mask, advertise }, options) =>
    [
      ` port: ${formatPort(portNo, options)}: addr:${macText(hwAddr)}`,
      `     config: ${portConfigText(config)}`,
      `     mask:   ${portConfigText(mask)}`,
      `     advertise: ${advertise ? portFeaturesText(advertise) : 'UNCHANGED'}`,
    ].join('\n'),
};

export const portDesc: MultipartPrinter<PortDescRequest, PortDesc> = {
  name: 'OFPST_PORT_DESC',
  request: ({ port }, version, options) =>
    version >= openflow15 ? ` port=${formatPort(port ?? portNumber.any, options)}` : ' port=ANY',
  reply(entries) {
    const sorted = [...entries].sort((a, b) => a.portNo - b.portNo);
    return sorted.map(port => `\n${formatPortDesc(port)}`).join('');
  },
};

export function counterText(value: bigint): string {
  return value === unknownCount ? '?' : String(value);
}

function rfc2819Lines(counters: readonly bigint[]): readonly string[] {
  const side = (prefix: 'rx_' | 'tx_') =>
    rfc2819Counters
      .map((name, i) => ({ name, value: counters[i] ?? unknownCount }))
      .filter(({ name, value }) => name.startsWith(prefix) && value !== unknownCount)
      // Two of the errors are printed with their side, the others without.
      .map(({ name, value }) => {
        const short = /fragmented|jabber/.test(name) ? name : name.slice(prefix.length);
        return `${short}=${value}, `;
      });
  const line = (prefix: 'rx_' | 'tx_') => {
    const texts = side(prefix);
    return texts.length === 0 ? [] : [`           ${prefix.slice(0, 2)} rfc2819 ${texts.join('')}`];
  };
  return [...line('rx_'), ...line('tx_')];
}

function customLines({ custom = [] }: PortStats): readonly string[] {
  if (custom.length === 0) return [];
  const rows: string[] = [];
  for (const [i, { name, value }] of custom.entries()) {
    if (name === '') continue;
    if (i % 3 === 0) rows.push(`                      ${name}=${value},`);
    else rows.push(`${rows.pop() ?? ''} ${name}=${value},`);
  }
  return ['           CUSTOM Statistics', ...rows];
}

function statsLines(stats: PortStats, options: FormatOptions): string {
  const { ethernet } = stats;
  const name = formatPort(stats.portNo, options);
  const more = (value: bigint | undefined) => counterText(value ?? unknownCount);
  return [
    `  port ${stats.portNo < 10 ? ' ' : ''}${name}: rx pkts=${more(stats.rxPackets)}, bytes=${more(stats.rxBytes)}, drop=${more(stats.rxDropped)}, errs=${more(stats.rxErrors)}, frame=${more(ethernet?.rxFrameErrors)}, over=${more(ethernet?.rxOverErrors)}, crc=${more(ethernet?.rxCrcErrors)}`,
    `           tx pkts=${more(stats.txPackets)}, bytes=${more(stats.txBytes)}, drop=${more(stats.txDropped)}, errs=${more(stats.txErrors)}, coll=${more(ethernet?.collisions)}`,
    ...(stats.durationSeconds === unknownSeconds
      ? []
      : [`           duration=${durationText(stats.durationSeconds, stats.durationNanoseconds)}`]),
    ...(stats.rfc2819 ? rfc2819Lines(stats.rfc2819) : []),
    ...customLines(stats),
  ].join('\n');
}

export const portStats: MultipartPrinter<PortStatsRequest, PortStats> = {
  name: 'OFPST_PORT',
  request: ({ port }, _version, options) => ` port_no=${formatPort(port ?? portNumber.any, options)}`,
  reply: (entries, _version, options) =>
    ` ${entries.length} ports${entries.map(stats => `\n${statsLines(stats, options)}`).join('')}`,
};
