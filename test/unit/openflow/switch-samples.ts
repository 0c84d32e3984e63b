// A message of each kind about the switch itself, its ports, queues and tables, and its controllers, with everything it
// can say.

import {
  asyncProperties,
  errorByName,
  type MessageBody,
  type MultipartReplyBody,
  type MultipartRequestBody,
  type PortDesc,
  type PortStats,
  port,
  type TableFeatures,
  type TlvMapping,
} from '../../../src/openflow/index.ts';

const request = (body: MultipartRequestBody): MessageBody => ({ kind: 'multipart_request', body });
const reply = (body: MultipartReplyBody): MessageBody => ({ kind: 'multipart_reply', body });
const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => i);

export const symmetric: readonly MessageBody[] = [
  { kind: 'hello', versions: [1, 4, 5, 6] },
  { kind: 'hello', versions: [4] },
  { kind: 'hello' },
  { kind: 'echo_request', data: new Uint8Array() },
  { kind: 'echo_request', data: bytes(33) },
  { kind: 'echo_reply', data: bytes(5) },
  { kind: 'barrier_request' },
  { kind: 'barrier_reply' },
];

const refused = Uint8Array.from([4, 20, 0, 8, 0, 0, 0, 9]);
export const errors: readonly MessageBody[] = [
  'OFPBRC_BAD_TYPE',
  'OFPBRC_BAD_VERSION',
  'OFPBMC_BAD_PREREQ',
  'OFPFMFC_TABLE_FULL',
  'OFPBAC_BAD_OUT_PORT',
  'OFPGMFC_GROUP_EXISTS',
  'OFPMMFC_UNKNOWN_METER',
  'OFPRRFC_STALE',
].map((name): MessageBody => {
  const error = errorByName(name);
  if (!error) throw new Error(`no error ${name}`);
  return { kind: 'error', error, data: refused };
});

/** Errors about messages of which only the start is there. */
export const errorsOfCut: readonly MessageBody[] = [
  '0413a40800000009',
  '05120a08000000090001000000000000',
  '0513ffff00000009000d000000000000',
  '04120a0800000009ffff0000000000004f4e46000000074e',
  '0504a408000000090000232000000010000000000000000a',
  '040e004000000009',
  '0521004800000001',
].map(
  (hex): MessageBody => ({
    kind: 'error',
    error: { type: 5, code: 1, name: 'OFPFMFC_TABLE_FULL' },
    data: Buffer.from(hex, 'hex'),
  }),
);

/** Bits of OFPC_*, and what stands behind the buffers. */
export const features: readonly MessageBody[] = [
  { kind: 'features_request' },
  {
    kind: 'features_reply',
    datapathId: 0x0000_50540000_0001n,
    buffers: 0,
    tables: 254,
    auxiliaryId: 0,
    capabilities: 0x4f,
  },
  {
    kind: 'features_reply',
    datapathId: 0xffff_ffff_ffff_ffffn,
    buffers: 256,
    tables: 255,
    auxiliaryId: 7,
    capabilities: 0x1ff,
  },
  { kind: 'get_config_request' },
  { kind: 'get_config_reply', flags: 0, missSendLength: 128 },
  { kind: 'get_config_reply', flags: 1, missSendLength: 0xffff },
  { kind: 'set_config', flags: 2, missSendLength: 0 },
  { kind: 'set_config', flags: 3, missSendLength: 0xffe5 },
];

const ethernet = {
  current: 0x840,
  advertised: 0x1f,
  supported: 0xffff,
  peer: 0,
  currentSpeed: 10_000_000,
  maxSpeed: 100_000_000,
};
const eth1: PortDesc = { portNo: 1, name: 'eth1', hwAddr: 0x525400000001n, config: 0, state: 4, ethernet };
const downPort: PortDesc = {
  portNo: port.local,
  name: 'a-long-name.1234',
  hwAddr: 0xffff_ffff_ffffn,
  config: 0x65,
  state: 3,
  ethernet: { ...ethernet, current: 0, currentSpeed: 0, maxSpeed: 0 },
};
const counters: PortStats = {
  portNo: 4,
  rxPackets: 1n,
  txPackets: 2n,
  rxBytes: 1n << 40n,
  txBytes: 64n,
  rxDropped: 0n,
  txDropped: 0xffff_ffff_ffff_ffffn,
  rxErrors: 3n,
  txErrors: 4n,
  durationSeconds: 12.5,
  ethernet: { rxFrameErrors: 5n, rxOverErrors: 6n, rxCrcErrors: 7n, collisions: 8n },
};

export const ports: readonly MessageBody[] = [
  { kind: 'port_status', reason: 'add', port: eth1 },
  { kind: 'port_status', reason: 'delete', port: downPort },
  { kind: 'port_status', reason: 'modify', port: eth1 },
  { kind: 'port_mod', portNo: 3, hwAddr: 0x525400000001n, config: 1, mask: 0x65, advertise: 0x840 },
  { kind: 'port_mod', portNo: port.local, hwAddr: 0x525400000001n, config: 0, mask: 0 },
  request({ type: 'port_desc' }),
  reply({ type: 'port_desc', entries: [eth1, downPort] }),
  reply({ type: 'port_desc', entries: [] }),
  request({ type: 'port_stats' }),
  request({ type: 'port_stats', port: 9 }),
  reply({ type: 'port_stats', entries: [counters, { ...counters, portNo: port.local, durationSeconds: 0.001 }] }),
];

/** Properties that older versions lack. */
export const ports15: readonly MessageBody[] = [
  request({ type: 'port_desc', port: 5 }),
  reply({
    type: 'port_stats',
    entries: [
      {
        ...counters,
        custom: [
          { name: 'tx_retries', value: 9n },
          { name: 'ovs_rx_qos_drops', value: 0n },
        ],
      },
    ],
  }),
];

const queueCounters = { port: 2, queue: 7, txBytes: 100n, txPackets: 2n, txErrors: 0n, durationSeconds: 3.25 };
export const queues: readonly MessageBody[] = [
  request({ type: 'queue_stats' }),
  request({ type: 'queue_stats', port: 1, queue: 8 }),
  reply({ type: 'queue_stats', entries: [queueCounters, { ...queueCounters, port: port.local, queue: 0 }] }),
  reply({ type: 'queue_stats', entries: [] }),
];

export const queues13: readonly MessageBody[] = [
  { kind: 'queue_get_config_request', port: 2 },
  { kind: 'queue_get_config_request', port: port.any },
  {
    kind: 'queue_get_config_reply',
    port: 2,
    queues: [
      { port: 2, queue: 1, minRate: 100, maxRate: 1000 },
      { port: 2, queue: 2, maxRate: 500 },
      { port: 2, queue: 3 },
    ],
  },
];

export const queues14: readonly MessageBody[] = [
  request({ type: 'queue_desc' }),
  request({ type: 'queue_desc', port: 2, queue: 1 }),
  reply({
    type: 'queue_desc',
    entries: [
      { port: 2, queue: 1, minRate: 100, maxRate: 1000 },
      { port: 2, queue: 2 },
    ],
  }),
];

const everything: TableFeatures['features'] = [
  { kind: 'instructions', types: [1, 2, 3, 4, 5, 6] },
  { kind: 'next_tables', tables: [1, 2, 3, 9] },
  { kind: 'write_actions', types: [0, 16, 17, 18, 22, 25] },
  { kind: 'apply_actions', types: [0, 16, 17, 18, 22, 25] },
  {
    kind: 'match',
    fields: [
      { field: 'in_port_oxm' },
      { field: 'eth_dst', masked: true },
      { field: 'eth_src', masked: true },
      { field: 'eth_type' },
      { field: 'reg0', masked: true },
      { field: 'reg1', masked: true },
      { field: 'reg2', masked: true },
      { field: 'ip_dst', masked: true },
      { field: 'tcp_dst' },
    ],
  },
  { kind: 'wildcards', fields: [{ field: 'in_port_oxm' }, { field: 'tcp_dst' }] },
  { kind: 'write_set_field', fields: [{ field: 'eth_dst' }] },
  { kind: 'apply_set_field', fields: [{ field: 'eth_dst' }, { field: 'ip_ecn' }, { field: 'tun_id' }] },
];
const first: TableFeatures = {
  table: 0,
  name: 'classifier',
  metadataMatch: 0xffff_ffff_ffff_ffffn,
  metadataWrite: 0xffn,
  capabilities: 0,
  maxEntries: 1_000_000,
  features: everything,
};
const second: TableFeatures = { ...first, table: 1, name: '' };
const limited: TableFeatures = {
  ...first,
  table: 7,
  name: '',
  metadataMatch: 0n,
  metadataWrite: 0n,
  capabilities: 12,
  features: [
    ...everything,
    { kind: 'instructions', miss: true, types: [4] },
    { kind: 'next_tables', miss: true, tables: [] },
    { kind: 'apply_actions', miss: true, types: [0] },
    { kind: 'apply_set_field', miss: true, fields: [] },
  ],
};

export const tables: readonly MessageBody[] = [
  { kind: 'table_mod', table: { table: 3, config: 0 } },
  { kind: 'table_mod', table: { table: 255, config: 3 } },
  request({ type: 'desc' }),
  reply({
    type: 'desc',
    entries: [
      { manufacturer: 'Nicira, Inc.', hardware: 'Open vSwitch', software: '3.1.0', serial: 'None', datapath: 'br-int' },
    ],
  }),
  request({ type: 'table_stats' }),
  reply({
    type: 'table_stats',
    entries: [
      { table: 0, activeCount: 5, lookupCount: 100n, matchedCount: 90n },
      ...[1, 2, 3].map(table => ({ table, activeCount: 0, lookupCount: 0n, matchedCount: 0n })),
      { table: 4, activeCount: 0, lookupCount: 1n, matchedCount: 0n },
    ],
  }),
  request({ type: 'table_features' }),
  reply({
    type: 'table_features',
    entries: [first, second, { ...second, table: 2 }, { ...second, table: 3 }, limited],
  }),
  request({ type: 'table_features', tables: [limited, { ...limited, table: 8 }, { ...limited, table: 9, name: 'x' }] }),
];

export const tables14: readonly MessageBody[] = [
  { kind: 'table_mod', table: { table: 3, config: 12, evictionFlags: 1, vacancy: { down: 10, up: 90, vacancy: 0 } } },
  request({ type: 'table_desc' }),
  reply({
    type: 'table_desc',
    entries: [
      { table: 0, config: 4, evictionFlags: 6 },
      { table: 1, config: 8, vacancy: { down: 10, up: 90, vacancy: 50 } },
      { table: 2, config: 0 },
    ],
  }),
  {
    kind: 'table_status',
    reason: 3,
    table: { table: 5, config: 8, evictionFlags: 0, vacancy: { down: 10, up: 90, vacancy: 9 } },
  },
];

export const tables15: readonly MessageBody[] = [
  request({ type: 'table_features', tables: [{ ...first, command: 1, features: [] }] }),
];

export const controllers: readonly MessageBody[] = [
  { kind: 'role_request', role: 'primary', generationId: 5n },
  { kind: 'role_request', role: 'secondary', generationId: 0xffff_ffff_ffff_fffen },
  { kind: 'role_request', role: 'equal', generationId: 0n },
  { kind: 'role_request', role: 'no_change', generationId: 0n },
  { kind: 'role_reply', role: 'primary', generationId: 0xffff_ffff_ffff_ffffn },
  { kind: 'get_async_request' },
  {
    kind: 'set_async',
    masks: Object.fromEntries(asyncProperties.slice(0, 6).map((name, i) => [name, 1 << (i % 3)])),
  },
  {
    kind: 'get_async_reply',
    masks: Object.fromEntries(asyncProperties.slice(0, 6).map((name, i) => [name, i % 2 ? 7 : 0])),
  },
  { kind: 'set_controller_id', controllerId: 123 },
  { kind: 'set_packet_in_format', format: 2 },
  { kind: 'flow_mod_table_id', set: 1 },
];

export const controllers14: readonly MessageBody[] = [
  { kind: 'role_status', role: 'secondary', reason: 'primary_request', generationId: 17n },
  { kind: 'role_status', role: 'equal', reason: 'config', generationId: 0xffff_ffff_ffff_ffffn },
  {
    kind: 'set_async',
    masks: {
      ...Object.fromEntries(asyncProperties.slice(0, 6).map(name => [name, 7])),
      role_status: 3,
      table_status: 0x18,
      request_forward: 3,
    },
  },
  {
    kind: 'request_forward',
    request: { kind: 'group_mod', command: 'add', group: { group: 3, type: 'all', buckets: [] } },
  },
  {
    kind: 'request_forward',
    request: { kind: 'meter_mod', command: 'delete', meter: { meter: 3, unit: 'kbps', bands: [] } },
  },
];

const mappings: readonly TlvMapping[] = [
  { optionClass: 0xffff, optionType: 0, optionLength: 4, index: 0 },
  { optionClass: 0x102, optionType: 0x80, optionLength: 124, index: 63 },
];
export const tlvTables: readonly MessageBody[] = [
  { kind: 'tlv_table_mod', command: 'add', mappings },
  { kind: 'tlv_table_mod', command: 'delete', mappings: mappings.slice(0, 1) },
  { kind: 'tlv_table_mod', command: 'clear', mappings: [] },
  { kind: 'tlv_table_request' },
  { kind: 'tlv_table_reply', maxOptionSpace: 256, maxFields: 64, mappings },
];

/** Messages of OpenFlow 1.5 that Open vSwitch 3.1 does not know, or does not tell all of. */
export const unjudged15: readonly MessageBody[] = [
  {
    kind: 'controller_status',
    status: { shortId: 4, role: 'primary', reason: 2, channelStatus: 1, properties: [{ type: 0, value: bytes(7) }] },
  },
  request({ type: 'controller_status' }),
  reply({
    type: 'controller_status',
    entries: [
      { shortId: 1, role: 'equal', reason: 0, channelStatus: 0 },
      { shortId: 2, role: 'secondary', reason: 1, channelStatus: 1, properties: [{ type: 0, value: bytes(9) }] },
    ],
  }),
  request({ type: 'bundle_features', flags: 3 }),
  reply({ type: 'bundle_features', entries: [{ capabilities: 7, properties: [{ type: 1, value: bytes(44) }] }] }),
  { kind: 'experimenter', experimenter: 0x123456, type: 9, data: bytes(13) },
];
