// A message of each kind about flows, groups, meters, packets and bundles, with everything it can say.

import {
  type Action,
  type FlowEntry,
  type FlowStats,
  type GroupEntry,
  type Match,
  type MessageBody,
  type MeterEntry,
  type MultipartReplyBody,
  type MultipartRequestBody,
  port,
} from '../../../src/openflow/index.ts';
import { tcpPacket } from './packets.ts';

const match: Match = [
  { field: 'in_port', value: 3 },
  { field: 'eth_type', value: 0x800 },
  { field: 'ip_dst', value: 0xc0000200, mask: 0xffffff00 },
];
const output: Action = { kind: 'output', port: 7, maxLength: 0 };
const instructions = [{ kind: 'apply_actions', actions: [output] }] as const;
const flow: FlowEntry = { table: 2, priority: 100, cookie: 0x1234n, match, instructions };

export const flowMods: readonly MessageBody[] = [
  { kind: 'flow_mod', command: 'add', flow },
  { kind: 'flow_mod', command: 'add', flow: { ...flow, table: 0, priority: 32768, cookie: 0n, match: [] } },
  {
    kind: 'flow_mod',
    command: 'add',
    flow: { ...flow, idleTimeout: 60, hardTimeout: 65535, flags: 0x1f },
    importance: 9,
  },
  { kind: 'flow_mod', command: 'modify', flow, cookieMask: 0xffffn, bufferId: 0x55 },
  { kind: 'flow_mod', command: 'modify_strict', flow: { ...flow, instructions: [] } },
  { kind: 'flow_mod', command: 'delete', flow: { ...flow, table: 255, instructions: [] }, outPort: 4, outGroup: 5 },
  {
    kind: 'flow_mod',
    command: 'delete_strict',
    flow: { ...flow, instructions: [] },
    cookieMask: 0xffff_ffff_ffff_ffffn,
    outPort: port.local,
  },
];

const removed = {
  kind: 'flow_removed',
  table: 2,
  priority: 5,
  idleTimeout: 10,
  hardTimeout: 0,
  cookie: 0xabcn,
  match,
  stats: { durationSeconds: 12.345, packetCount: 100n, byteCount: 6400n },
} as const;

export const flowRemoveds: readonly MessageBody[] = [
  { ...removed, reason: 'idle_timeout' },
  { ...removed, reason: 'hard_timeout', hardTimeout: 20, match: [], priority: 32768 },
  { ...removed, reason: 'delete', cookie: 0n, table: 0 },
  { ...removed, reason: 'group_delete', stats: { ...removed.stats, durationSeconds: 3 } },
  { ...removed, reason: 'meter_delete', stats: { ...removed.stats, durationSeconds: 1.234567891 } },
  { ...removed, reason: 'eviction', table: 255 },
  { ...removed, reason: 77 },
];

export const packets: readonly MessageBody[] = [
  {
    kind: 'packet_in',
    totalLength: tcpPacket.length,
    reason: 'table_miss',
    table: 0,
    cookie: 0xffff_ffff_ffff_ffffn,
    match: [{ field: 'in_port', value: 1 }],
    data: tcpPacket,
  },
  {
    kind: 'packet_in',
    bufferId: 0x123,
    totalLength: 1500,
    reason: 'packet_out',
    table: 9,
    cookie: 5n,
    match: [
      { field: 'in_port', value: port.local },
      { field: 'metadata', value: 0x77n },
      { field: 'reg1', value: 4 },
    ],
    data: tcpPacket,
  },
  {
    kind: 'packet_in',
    totalLength: 5,
    reason: 99,
    table: 1,
    cookie: 0n,
    match: [{ field: 'in_port', value: 1 }],
    data: tcpPacket,
  },
  {
    kind: 'nx_packet_in',
    totalLength: 2000,
    reason: 'apply_action',
    table: 4,
    cookie: 0x55n,
    match: [
      { field: 'in_port', value: 9 },
      { field: 'reg3', value: 1 },
    ],
    data: tcpPacket,
  },
  {
    kind: 'packet_in2',
    data: tcpPacket,
    totalLength: 1000,
    table: 3,
    cookie: 0x99n,
    reason: 'invalid_ttl',
    match: [{ field: 'in_port', value: 2 }],
    userdata: new Uint8Array([1, 2, 3]),
  },
  { kind: 'packet_in2', data: tcpPacket, match: [{ field: 'in_port', value: 2 }] },
  {
    kind: 'resume',
    data: tcpPacket,
    table: 3,
    reason: 'apply_action',
    match: [{ field: 'in_port', value: 2 }],
    // Mirrors 3, tracked, port 4 of the datapath.
    continuation: new Uint8Array([
      0, 0, 0, 0, 0x80, 2, 0, 8, 0, 0, 0, 3, 0x80, 3, 0, 4, 0, 0, 0, 0, 0x80, 8, 0, 8, 0, 0, 0, 4,
    ]),
  },
  { kind: 'packet_out', match: [{ field: 'in_port', value: 1 }], actions: [output], data: tcpPacket },
  { kind: 'packet_out', match: [{ field: 'in_port', value: port.controller }], actions: [], data: new Uint8Array() },
  {
    kind: 'packet_out',
    bufferId: 0x42,
    match: [{ field: 'in_port', value: port.local }],
    actions: [output],
    data: new Uint8Array(),
  },
];

const all: GroupEntry = { group: 1, type: 'all', buckets: [{ actions: [output] }, { actions: [output, output] }] };
const select: GroupEntry = {
  group: 0xffffff00,
  type: 'select',
  buckets: [
    { weight: 1, actions: [output] },
    { weight: 500, actions: [] },
    { weight: 0, watchPort: 4, actions: [output] },
  ],
};
const failover: GroupEntry = {
  group: 7,
  type: 'fast_failover',
  buckets: [
    { watchPort: 5, actions: [output] },
    { watchGroup: 9, actions: [output] },
    { watchPort: port.controller, watchGroup: 3, actions: [output] },
  ],
};
const indirect: GroupEntry = { group: 8, type: 'indirect', buckets: [{ actions: [] }] };

export const groupMods: readonly MessageBody[] = [
  { kind: 'group_mod', command: 'add', group: all },
  { kind: 'group_mod', command: 'modify', group: select },
  { kind: 'group_mod', command: 'add', group: failover },
  { kind: 'group_mod', command: 'add_or_modify', group: indirect },
  { kind: 'group_mod', command: 'add', group: { ...all, buckets: [] } },
  { kind: 'group_mod', command: 'delete', group: { group: 0xfffffffc, type: 'all', buckets: [] } },
];

const hashed: GroupEntry = {
  ...select,
  selection: {
    method: 'hash',
    parameter: 7n,
    // ip_dst whole, tcp_dst in part.
    fields: new Uint8Array([0x80, 0, 24, 4, 255, 255, 255, 255, 0x80, 0, 28, 2, 0xff, 0]),
  },
};

export const groupMods15: readonly MessageBody[] = [
  { kind: 'group_mod', command: 'add', group: hashed },
  { kind: 'group_mod', command: 'add', group: { ...select, selection: { method: 'dp_hash', parameter: 0n } } },
  {
    kind: 'group_mod',
    command: 'add',
    group: {
      ...select,
      selection: { method: 'hash', parameter: 0n, fields: new Uint8Array([0x80, 0, 24, 4, 255, 255, 255, 255]) },
    },
  },
  {
    kind: 'group_mod',
    command: 'insert_bucket',
    group: { ...select, buckets: [{ id: 70, actions: [output] }] },
    bucketId: 0xfffffffd,
  },
  { kind: 'group_mod', command: 'insert_bucket', group: { ...all, buckets: [{ id: 2, actions: [] }] }, bucketId: 4 },
  { kind: 'group_mod', command: 'remove_bucket', group: { ...all, buckets: [] }, bucketId: 0xfffffffe },
  { kind: 'group_mod', command: 'remove_bucket', group: { ...all, buckets: [] } },
];

const meter: MeterEntry = { meter: 5, unit: 'kbps', bands: [{ kind: 'drop', rate: 100 }] };
const meters: readonly MeterEntry[] = [
  meter,
  {
    meter: 6,
    unit: 'pktps',
    burst: true,
    stats: true,
    bands: [
      { kind: 'drop', rate: 10, burst: 20 },
      { kind: 'dscp_remark', rate: 30, burst: 0xffffffff, precedence: 3 },
    ],
  },
  { meter: 0xfffffffe, unit: 'pktps', bands: [] },
];

export const meterMods: readonly MessageBody[] = [
  ...meters.map((entry): MessageBody => ({ kind: 'meter_mod', command: 'add', meter: entry })),
  { kind: 'meter_mod', command: 'modify', meter },
  { kind: 'meter_mod', command: 'delete', meter: { ...meter, bands: [] } },
  { kind: 'meter_mod', command: 'delete', meter: { ...meter, meter: 0xffffffff, bands: [] } },
];

export const bundles: readonly MessageBody[] = [
  ...(
    [
      'open_request',
      'open_reply',
      'close_request',
      'close_reply',
      'commit_request',
      'commit_reply',
      'discard_request',
      'discard_reply',
    ] as const
  ).map((type, flags): MessageBody => ({ kind: 'bundle_control', bundleId: 16 + flags, type, flags })),
  { kind: 'bundle_add', bundleId: 0, flags: 3, message: { kind: 'flow_mod', command: 'add', flow } },
  { kind: 'bundle_add', bundleId: 9, flags: 0, message: { kind: 'group_mod', command: 'add', group: all } },
  {
    kind: 'bundle_add',
    bundleId: 9,
    flags: 1,
    message: { kind: 'packet_out', match: [{ field: 'in_port', value: 1 }], actions: [output], data: tcpPacket },
  },
];

const ip6 = 0x2001_0db8_0000_0000_0000_0000_0000_0001n;
const mapped = (address: bigint) => (0xffffn << 32n) | address;

export const conntrack: readonly MessageBody[] = [
  { kind: 'ct_flush_zone', zone: 12 },
  { kind: 'ct_flush', protocol: 0, zone: 3 },
  {
    kind: 'ct_flush',
    protocol: 6,
    original: { source: mapped(0xc0000201n), destination: mapped(0xc0000202n), sourcePort: 1, destinationPort: 2 },
    reply: { source: mapped(0xc0000203n), destination: mapped(0xc0000204n), sourcePort: 3, destinationPort: 4 },
    zone: 65535,
  },
  { kind: 'ct_flush', protocol: 17, original: { source: ip6, destination: ip6 + 1n, sourcePort: 9 } },
  {
    kind: 'ct_flush',
    protocol: 1,
    original: { source: mapped(0xc0000201n), destination: mapped(0xc0000202n), icmpId: 9, icmpType: 8, icmpCode: 1 },
  },
];

const request = (body: MultipartRequestBody): MessageBody => ({ kind: 'multipart_request', body });
const reply = (body: MultipartReplyBody): MessageBody => ({ kind: 'multipart_reply', body });

const installed: FlowStats = { ...flow, durationSeconds: 1.5, packetCount: 3n, byteCount: 180n };

export const flowMultiparts: readonly MessageBody[] = [
  request({ type: 'flow_desc' }),
  request({ type: 'flow_desc', table: 3, outPort: 4, outGroup: 5, cookie: 7n, cookieMask: 15n, match }),
  request({ type: 'aggregate_stats', table: 0, match }),
  reply({ type: 'flow_desc', entries: [] }),
  {
    kind: 'multipart_reply',
    more: true,
    body: {
      type: 'flow_desc',
      entries: [
        installed,
        { ...installed, table: 0, cookie: 0n, match: [], priority: 32768, instructions: [] },
        { ...installed, idleTimeout: 3, hardTimeout: 4, flags: 0x1d, durationSeconds: 86400 },
        { ...installed, durationSeconds: 0.000001, packetCount: 0xffff_ffff_ffff_ffffn },
      ],
    },
  },
  reply({ type: 'aggregate_stats', entries: [{ packetCount: 5n, byteCount: 6n, flowCount: 7 }] }),
];

export const flowMultiparts14: readonly MessageBody[] = [
  reply({ type: 'flow_desc', entries: [{ ...installed, importance: 12 }] }),
];

export const flowMultiparts15: readonly MessageBody[] = [
  reply({ type: 'flow_desc', entries: [{ ...installed, idleSeconds: 5 }] }),
  reply({
    type: 'flow_desc',
    entries: [{ ...installed, statsOrder: ['byteCount', new Uint8Array([0x80, 2, 0x0e, 2, 1, 2]), 'durationSeconds'] }],
  }),
];

/** ovs-ofctl does not know these. */
export const unjudged15: readonly MessageBody[] = [
  request({ type: 'flow_stats', table: 3, match }),
  reply({
    type: 'flow_stats',
    entries: [{ table: 1, reason: 0, priority: 4, match, stats: { durationSeconds: 5, packetCount: 6n } }],
  }),
  request({ type: 'bundle_features', flags: 1 }),
  reply({
    type: 'bundle_features',
    entries: [{ capabilities: 7, properties: [{ type: 1, value: new Uint8Array(12) }] }],
  }),
  reply({
    type: 'meter_features',
    entries: [{ maxMeter: 9, bandTypes: 2, capabilities: 3, maxBands: 1, maxColor: 0, features: 5 }],
  }),
  {
    kind: 'meter_mod',
    command: 'add',
    meter: {
      ...meter,
      flags: 0x10,
      bands: [
        { kind: 'experimenter', rate: 1, experimenter: 0x2320, data: new Uint8Array([1, 2, 3, 4]) },
        { kind: 'unknown_band', type: 9, rate: 1, burst: 2, data: new Uint8Array([5, 6, 7, 8]) },
      ],
    },
  },
  {
    kind: 'bundle_add',
    bundleId: 1,
    flags: 4,
    message: { kind: 'flow_mod', command: 'add', flow },
    properties: [{ type: 1, value: new Uint8Array(20) }],
  },
  {
    kind: 'bundle_control',
    bundleId: 1,
    type: 'commit_request',
    flags: 4,
    properties: [{ type: 1, value: new Uint8Array(20) }],
  },
];

const groupStats = { group: 1, referenceCount: 2, packetCount: 30n, byteCount: 1800n, durationSeconds: 7.25 };

export const groupMultiparts: readonly MessageBody[] = [
  request({ type: 'group_stats' }),
  request({ type: 'group_stats', group: 3 }),
  request({ type: 'group_desc' }),
  request({ type: 'group_features' }),
  reply({
    type: 'group_stats',
    entries: [
      { ...groupStats, buckets: [{ packetCount: 1n, byteCount: 2n }] },
      {
        ...groupStats,
        durationSeconds: 0,
        buckets: [
          { packetCount: 0xffff_ffff_ffff_ffffn, byteCount: 0xffff_ffff_ffff_ffffn },
          { packetCount: 5n, byteCount: 6n },
        ],
      },
    ],
  }),
  reply({ type: 'group_desc', entries: [all, select, failover, indirect] }),
  reply({
    type: 'group_features',
    entries: [
      {
        types: 0xf,
        capabilities: 7,
        maxGroups: [1, 2, 0, 0xffffff00],
        actions: [0x03ff8001, 0, 0xffffffff, 1],
      },
    ],
  }),
];

export const groupMultiparts15: readonly MessageBody[] = [
  request({ type: 'group_desc', group: 9 }),
  reply({ type: 'group_desc', entries: [hashed, all] }),
];

const meterStats = { flowCount: 2, packetInCount: 3n, byteInCount: 4n, durationSeconds: 5.001 };

export const meterMultiparts: readonly MessageBody[] = [
  request({ type: 'meter_stats' }),
  request({ type: 'meter_stats', meter: 3 }),
  request({ type: 'meter_desc' }),
  request({ type: 'meter_desc', meter: 0xfffffffd }),
  request({ type: 'meter_features' }),
  reply({
    type: 'meter_stats',
    entries: [
      { meter: 1, ...meterStats, bands: [{ packetCount: 1n, byteCount: 2n }] },
      { meter: 0xfffffffe, ...meterStats, bands: [] },
    ],
  }),
  reply({ type: 'meter_desc', entries: meters }),
  reply({
    type: 'meter_features',
    entries: [{ maxMeter: 9, bandTypes: 14, capabilities: 31, maxBands: 255, maxColor: 1 }],
  }),
];

const monitor = { id: 5, flags: 0x1f, match } as const;
const change = { table: 1, reason: 0, priority: 9, idleTimeout: 0, hardTimeout: 0, cookie: 4n, match } as const;

export const monitors: readonly MessageBody[] = [
  request({ type: 'flow_monitor', monitors: [monitor, { ...monitor, id: 6, table: 3, outPort: 4, match: [] }] }),
  request({ type: 'flow_monitor', monitors: [{ ...monitor, flags: 0x2 }] }),
  reply({
    type: 'flow_monitor',
    entries: [
      { event: 'added', ...change, instructions },
      { event: 'removed', ...change, reason: 'hard_timeout', instructions: [] },
      { event: 'modified', ...change, idleTimeout: 7, hardTimeout: 8, match: [], instructions },
      { event: 'abbreviated', xid: 0x1234 },
    ],
  }),
];

export const monitors13: readonly MessageBody[] = [
  { kind: 'flow_monitor_cancel', id: 77 },
  { kind: 'flow_monitor_paused' },
  { kind: 'flow_monitor_resumed' },
  request({ type: 'flow_monitor', monitors: [{ ...monitor, flags: 0x23 }] }),
];

export const monitors14: readonly MessageBody[] = [
  request({ type: 'flow_monitor', monitors: [{ ...monitor, command: 'modify', outGroup: 8, flags: 0x42 }] }),
  request({ type: 'flow_monitor', monitors: [{ ...monitor, command: 'delete' }] }),
  reply({ type: 'flow_monitor', entries: [{ event: 'initial', ...change, instructions }, { event: 'paused' }] }),
  reply({ type: 'flow_monitor', entries: [{ event: 'resumed' }] }),
];

/** The first flow monitors, which Open vSwitch speaks in OpenFlow 1.0 to 1.2 only. */
export const nxMonitors: readonly MessageBody[] = [
  request({
    type: 'nx_flow_monitor',
    monitors: [
      { id: 5, flags: 0x3f, table: 3, outPort: 4, match },
      { id: 6, flags: 3, outPort: port.local, match: [] },
    ],
  }),
  reply({
    type: 'nx_flow_monitor',
    entries: [
      {
        event: 'removed',
        table: 2,
        reason: 'hard_timeout',
        priority: 9,
        idleTimeout: 1,
        hardTimeout: 2,
        cookie: 3n,
        match,
        actions: [],
      },
      {
        event: 'added',
        table: 0,
        reason: 0,
        priority: 32768,
        idleTimeout: 0,
        hardTimeout: 0,
        cookie: 0n,
        match: [],
        actions: [{ kind: 'pop_queue' }],
      },
      { event: 'abbreviated', xid: 0x12345678 },
    ],
  }),
];
