// Messages about flows, groups, meters, packets and bundles, in every version that has them: they come back as they
// were, whatever stands in them.

import t from 'tap';
import {
  decode,
  encode,
  type GroupEntry,
  type MessageBody,
  OpenFlowDecodeError,
  OpenFlowEncodeError,
  openflow13,
  openflow14,
  openflow15,
} from '../../../src/openflow/index.ts';
import * as samples from './samples.ts';
import { bytes, hex } from './vectors.ts';

const versions = [openflow13, openflow14, openflow15];

function framesOf(body: MessageBody): Uint8Array[] {
  return versions.flatMap(version => {
    try {
      return [encode({ ...body, version, xid: 7 })];
    } catch (error) {
      // Not every version can say it.
      if (error instanceof OpenFlowEncodeError) return [];
      throw error;
    }
  });
}

for (const [name, bodies] of Object.entries(samples)) {
  t.test(`${name} come back`, async t => {
    for (const body of bodies) {
      for (const frame of framesOf(body)) {
        t.equal(hex(encode(decode(frame))), hex(frame), body.kind);
        t.same(encode({ ...decode(frame) }), frame);
      }
    }
  });
}

t.test('a flush as Open vSwitch writes it, and as it also takes it', async t => {
  const head = '0604 0040 00000001 00002320 00000020 06 00000000000000';
  const nested = '0000 0018 00000000 0002 0008 0050 0000 0003 0006 0051 0000';
  const frame = bytes(`${head} ${nested} 0002 0008 0005 0000 0009 0004 00000000`.replace(/ /g, ''));
  const message = decode(frame);
  t.match(message, { kind: 'ct_flush', protocol: 6, original: { sourcePort: 80, destinationPort: 81 }, zone: 5 });
  t.equal(hex(encode(message)), hex(frame));
});

t.test('what stands behind a bundled message and is no property', async t => {
  for (const behind of ['00', '00000000', '0000000000000000', '0001004000000000']) {
    const tail = bytes(behind);
    const frame = Buffer.concat([
      encode({ ...(samples.bundles[8] as MessageBody), version: openflow15, xid: 1 }),
      tail,
    ]);
    frame.writeUInt16BE(frame.length, 2);
    const message = decode(frame);
    t.same(message.trailing, tail);
    t.equal(hex(encode(message)), hex(frame));
  }
});

/** An answer to OFPMP_AGGREGATE_STATS of 1.5 with these OXS. */
function aggregate(stats: string): Uint8Array {
  const body = bytes(stats.replace(/ /g, ''));
  const padded = Buffer.alloc(Math.ceil((4 + body.length) / 8) * 8);
  padded.writeUInt16BE(4 + body.length, 2);
  padded.set(body, 4);
  const frame = Buffer.concat([bytes('06130000000000010002000000000000'), padded]);
  frame.writeUInt16BE(frame.length, 2);
  return frame;
}

t.test('statistics that are not known, out of order or twice', async t => {
  const stats = '80020808 0000000000000001 80020008 00000001 00000000 80020808 0000000000000002 ffff0604 11223344';
  const frame = aggregate(stats);
  const message = decode(frame);
  t.match(message, { body: { entries: [{ packetCount: 2n, durationSeconds: 1 }] } });
  t.equal(hex(encode(message)), hex(frame));
  t.throws(() => decode(aggregate(`${stats} 80`)), OpenFlowDecodeError, 'a header that is cut');
  t.throws(() => decode(aggregate(`${stats} 80020808 00`)), OpenFlowDecodeError, 'a value that is cut');
});

t.test('what a version cannot say is refused', async t => {
  const group: GroupEntry = { group: 1, type: 'select', buckets: [], selection: { method: 'hash', parameter: 0n } };
  const bad: readonly MessageBody[] = [
    { kind: 'group_mod', command: 'add', group },
    { kind: 'group_mod', command: 'insert_bucket', group: { group: 1, type: 'all', buckets: [] }, bucketId: 4 },
    { kind: 'packet_out', match: [{ field: 'metadata', value: 4n }], actions: [], data: new Uint8Array() },
    { kind: 'packet_out', match: [], actions: [], data: new Uint8Array() },
    { kind: 'multipart_request', body: { type: 'group_desc', group: 4 } },
    { kind: 'multipart_request', body: { type: 'flow_stats' } },
    { kind: 'multipart_request', body: { type: 'flow_monitor', monitors: [{ id: 1, flags: 2, command: 'delete' }] } },
    { kind: 'multipart_reply', body: { type: 'flow_monitor', entries: [{ event: 'paused' }] } },
  ];
  for (const body of bad) {
    t.throws(() => encode({ ...body, version: openflow13, xid: 1 }), OpenFlowEncodeError, JSON.stringify(body.kind));
  }
  t.throws(() => encode({ kind: 'flow_monitor_paused', version: openflow14, xid: 1 }), OpenFlowEncodeError);
});

t.test('OpenFlow 1.3 does not get an importance', async t => {
  const body = samples.flowMods[2] as MessageBody;
  const message = decode(encode({ ...body, version: openflow13, xid: 1 }));
  t.notOk('importance' in message);
});

t.test('a delete carries nothing, unless it came so', async t => {
  const buckets = [{ id: 1, actions: [] }];
  const entry: MessageBody = { kind: 'group_mod', command: 'delete', group: { group: 1, type: 'all', buckets } };
  for (const version of versions) {
    const lean = encode({ ...entry, version, xid: 1 });
    const full = encode({ ...entry, withBuckets: true, version, xid: 1 });
    t.ok(lean.length < full.length);
    t.equal(hex(encode(decode(full))), hex(full));
  }
});
