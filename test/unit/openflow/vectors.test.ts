import t from 'tap';
import { decode, encode, formatFlow } from '../../../src/openflow/index.ts';
import { bytes, flowMods, fromSwitch, hex } from './vectors.ts';

t.test('flow mods of ovs-ofctl', async t => {
  for (const vector of flowMods) {
    const message = decode(bytes(vector.hex));
    if (message.kind !== 'flow_mod') throw new Error(message.kind);
    t.equal(formatFlow(message.flow), vector.text);
    t.notMatch(
      JSON.stringify(message, (_, v) => (typeof v === 'bigint' ? String(v) : v)),
      'unknown',
      vector.text,
    );
    t.equal(hex(encode(message)), vector.hex, vector.text);
  }
});

t.test('messages of ovs-vswitchd', async t => {
  for (const [name, vector] of Object.entries(fromSwitch)) {
    const message = decode(bytes(vector));
    t.equal(message.kind, name.split(' ')[0]);
    t.equal(hex(encode(message)), vector, name);
  }
});

t.test('a packet-in with everything', async t => {
  const message = decode(bytes(fromSwitch.packet_in2 as string));
  t.match(message, { kind: 'packet_in2', reason: 'apply_action', userdata: new Uint8Array([1, 2, 3]) });
});

t.test('an error says what was wrong', async t => {
  t.match(decode(bytes(fromSwitch.error as string)), {
    error: { type: 4, code: 9, name: 'OFPBMC_BAD_PREREQ' },
  });
});
