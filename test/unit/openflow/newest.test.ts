// What OVS has had since 3.2: the bytes and texts of its newest release (test/ovs/openflow/capture-newest.ts).

import { readFileSync } from 'node:fs';
import t from 'tap';
import { decode, encode, format, formatFlow, parseFlow, versions } from '../../../src/openflow/index.ts';
import { bytes, hex } from './vectors.ts';

interface Vector {
  readonly text: string;
  readonly hex: string;
  readonly printed: string;
}

const newest = JSON.parse(readFileSync(new URL('vectors/newest.json', import.meta.url), 'utf8')) as {
  readonly version: string;
  readonly flows: readonly Vector[];
  readonly flows13: readonly Vector[];
  readonly flushes: readonly Vector[];
};

for (const version of ['1.5', '1.3'] as const) {
  t.test(`flows of ${newest.version}, OpenFlow ${version}`, async t => {
    for (const { text, hex: wanted, printed } of version === '1.5' ? newest.flows : newest.flows13) {
      const message = decode(bytes(wanted));
      const { xid } = message;
      t.equal(hex(encode({ ...parseFlow(text, { version }), version: versions[version], xid })), wanted, text);
      t.equal(hex(encode(message)), wanted, `${text}: back`);
      t.equal(format(message), printed, `${text}: printed`);
      if (message.kind !== 'flow_mod') throw new Error(message.kind);
      const line = formatFlow(message.flow);
      t.equal(formatFlow(parseFlow(line, { version }).flow), line, `${text}: again`);
    }
  });
}

t.test(`flushes of ${newest.version}`, async t => {
  for (const { text, hex: wanted, printed } of newest.flushes) {
    const message = decode(bytes(wanted));
    t.equal(message.kind, 'ct_flush');
    t.notOk('propertyOrder' in message && message.propertyOrder, `${text}: nothing unknown`);
    t.equal(hex(encode(message)), wanted, text);
    t.equal(format(message), printed, text);
  }
});

t.test('what is not known shows, and is not taken', async t => {
  const frame = encode({ ...parseFlow('tcp actions=drop'), version: 6, xid: 1 });
  const message = decode(frame);
  if (message.kind !== 'flow_mod') throw new Error(message.kind);
  const unknown = { position: 0, bytes: new Uint8Array([0, 1, (120 << 1) | 1, 4, 1, 2, 0xff, 0xff]) };
  const line = formatFlow({ ...message.flow, unknownMatch: [unknown] });
  t.equal(line, '1:120(0102/ffff),tcp actions=drop');
  t.throws(() => parseFlow(line), { code: 'OF_BAD_TEXT', column: 1 });
  t.match(format({ ...message, flow: { ...message.flow, unknownMatch: [unknown] } }), /ADD 1:120\(0102\/ffff\),tcp /);
  const flush = { kind: 'ct_flush', protocol: 0, zone: 1, version: 6, xid: 1 } as const;
  const property = { type: 9, value: new Uint8Array([0xab, 0xcd]) };
  t.match(format({ ...flush, propertyOrder: ['zone', property] }), / zone=1 unknown\(9\)=abcd '/);
});
