import t from 'tap';
import {
  type Action,
  decode,
  encode,
  type FlowEntry,
  inWireOrder,
  type Match,
  type Message,
  type MessageBody,
  namedError,
  OpenFlowEncodeError,
  openflow15,
} from '../../../src/openflow/index.ts';
import { bytes, hex } from './vectors.ts';

const flow: FlowEntry = { table: 1, priority: 2, cookie: 3n, match: [], instructions: [] };
const whole = (body: MessageBody): Message => ({ ...body, version: openflow15, xid: 9 });
const flowMod = (change: Partial<FlowEntry>): Message =>
  whole({ kind: 'flow_mod', command: 'add', flow: { ...flow, ...change } });
const roundTrip = (message: Message): Message => decode(encode(message));

t.test('a hello lists its versions', async t => {
  const frame = encode({ kind: 'hello', versions: [1, 4, 6], version: 6, xid: 1 });
  t.equal(hex(frame), '060000100000000100010008' + '00000052');
  t.same(decode(frame), { kind: 'hello', versions: [1, 4, 6], version: 6, xid: 1 });
  t.same(decode(bytes('0100000800000001')), { kind: 'hello', version: 1, xid: 1 }, 'OpenFlow 1.0 sends none');
});

t.test('messages that a switch gets', async t => {
  const messages: readonly MessageBody[] = [
    { kind: 'echo_request', data: new Uint8Array([1, 2]) },
    { kind: 'experimenter', experimenter: 0x1234, type: 5, data: new Uint8Array([9]) },
    { kind: 'set_packet_in_format', format: 2 },
    { kind: 'ct_flush_zone', zone: 77 },
    { kind: 'set_controller_id', controllerId: 3 },
    { kind: 'set_async', masks: { packet_in: 7, flow_removed_secondary: 1 } },
    { kind: 'role_request', role: 'primary', generationId: 5n },
    { kind: 'multipart_request', body: { type: 'flow_desc', table: 3, cookie: 1n, cookieMask: 3n, match: [] } },
    { kind: 'multipart_request', body: { type: 'port_desc' } },
    { kind: 'multipart_request', body: { type: 'unknown', number: 77, data: new Uint8Array([1]) } },
    { kind: 'bundle_control', bundleId: 4, type: 'commit_request', flags: 3 },
    { kind: 'bundle_add', bundleId: 4, flags: 3, message: { kind: 'flow_mod', command: 'delete_strict', flow } },
    {
      kind: 'meter_mod',
      command: 'modify',
      meter: { meter: 5, unit: 'kbps', bands: [{ kind: 'drop', rate: 7, burst: 8 }] },
    },
    { kind: 'unknown', type: 99, data: new Uint8Array([1, 2, 3]) },
    {
      kind: 'packet_out',
      match: [{ field: 'in_port', value: 5 }],
      actions: [{ kind: 'output', port: 1 }],
      data: new Uint8Array([1, 2, 3]),
    },
    {
      kind: 'flow_mod',
      command: 'delete',
      flow: { ...flow, table: 255 },
      cookieMask: 0xffn,
      outPort: 4,
      outGroup: 5,
      bufferId: 6,
      importance: 7,
    },
  ];
  for (const message of messages) t.same(roundTrip(whole(message)), whole(message), message.kind);
});

t.test('what is not known goes back as it came', async t => {
  const action: Action = { kind: 'unknown_action', bytes: bytes('00c8000812345678') };
  const nested: Action = { kind: 'ct', commit: true, exec: [action] };
  const instruction = { kind: 'unknown_instruction', bytes: bytes('00c8000812345678') } as const;
  const message = flowMod({
    match: [
      { field: 'in_port', value: 1 },
      { field: 'reg0', value: 1 },
    ],
    unknownMatch: [
      { position: 1, bytes: bytes('80009c0411223344') },
      { position: 3, bytes: bytes('ffff020600002320aabb') },
    ],
    instructions: [{ kind: 'apply_actions', actions: [action, nested] }, instruction],
  });
  const back = roundTrip(message);
  t.same(back, message);
  t.equal(hex(encode(back)), hex(encode(message)));
});

t.test('a match keeps its order; inWireOrder makes the one its fields need', async t => {
  const match: Match = [
    { field: 'tcp_dst', value: 80 },
    { field: 'nw_proto', value: 6 },
    { field: 'eth_type', value: 0x800 },
  ];
  const message = roundTrip(flowMod({ match }));
  t.same(message.kind === 'flow_mod' && message.flow.match, match);
  const ordered = inWireOrder(match);
  t.same(
    ordered.map(({ field }) => field),
    ['eth_type', 'nw_proto', 'tcp_dst'],
  );
  t.equal(inWireOrder(ordered), ordered);
});

t.test('what does not fit is refused when it is built', async t => {
  const many = Array.from({ length: 5000 }, (): Action => ({ kind: 'output', port: 1 }));
  const bad: readonly Message[] = [
    flowMod({ instructions: [{ kind: 'apply_actions', actions: many }] }),
    flowMod({ match: [{ field: 'eth_type', value: 0x10000 }] }),
    flowMod({ match: [{ field: 'eth_src', value: 1n << 48n }] }),
    flowMod({ match: [{ field: 'reg0', value: -1 }] }),
    flowMod({ match: [{ field: 'reg0', value: Number.NaN }] }),
    flowMod({ table: 256 }),
    flowMod({ priority: 65536 }),
    flowMod({ priority: 0.5 }),
    flowMod({ cookie: -1n }),
    flowMod({ cookie: 1n << 64n }),
    flowMod({ instructions: [{ kind: 'goto_table', table: 256 }] }),
    flowMod({ instructions: [{ kind: 'apply_actions', actions: [{ kind: 'output', port: 2 ** 32 }] }] }),
    whole({ kind: 'port_mod', portNo: 1, hwAddr: 1n << 48n, config: 0, mask: 0 }),
    whole({ kind: 'bundle_control', bundleId: Number.NaN, type: 'open_request', flags: 3 }),
    whole({
      kind: 'port_status',
      reason: 'add',
      port: { portNo: 1, name: 'a-name-of-17-bytes', hwAddr: 0n, config: 0, state: 0 },
    }),
    whole({ kind: 'echo_request', data: new Uint8Array(65536) }),
  ];
  for (const message of bad) t.throws(() => encode(message), OpenFlowEncodeError);
});

t.test('errors have names', async t => {
  t.equal(namedError(1, 6).name, 'OFPBRC_BAD_LEN');
  t.equal(namedError(17, 13).name, 'OFPBFC_MSG_FAILED');
  t.equal(namedError(0xffff, 42, 0x2320).name, 'NXBAC_CT_DATAPATH_SUPPORT');
  t.equal(namedError(4, 77).name, 'OFPET_BAD_MATCH/77');
  t.equal(namedError(0xffff, 42, 1).name, '65535/42');
});
