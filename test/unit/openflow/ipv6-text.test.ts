// IPv6 addresses in texts of flows: what Node takes for one is one, with the same value.

import { isIPv6 } from 'node:net';
import t from 'tap';
import { parseIp } from '../../../src/lib/address.ts';
import { OpenFlowTextError, parseMatch } from '../../../src/openflow/index.ts';
import { Dice } from '../../fixtures/dice.ts';

const seeds = [
  '2001:db8::1',
  '::',
  '::1',
  '1::',
  '1:2:3:4:5:6:7:8',
  '1:2:3:4:5:6:7::',
  '::2:3:4:5:6:7:8',
  '::ffff:10.0.0.1',
  '1:2:3:4:5:6:10.0.0.1',
];
const characters = '0123456789abcdefF:::::..';
const count = 20_000;

function addressIn(text: string): bigint | undefined {
  try {
    const found = parseMatch(`ipv6,ipv6_src=${text}`).find(({ field }) => field === 'ipv6_src');
    return found === undefined ? undefined : BigInt(found.value);
  } catch (error) {
    if (error instanceof OpenFlowTextError) return undefined;
    throw error;
  }
}

t.test('addresses, and what is nearly one', async t => {
  const dice = new Dice(4711);
  const wrong: string[] = [];
  let addresses = 0;
  for (let i = 0; i < count; i++) {
    let text = seeds[i % seeds.length] as string;
    for (let changes = dice.below(3); changes > 0; changes--) {
      const at = dice.below(text.length + 1);
      const put = dice.below(2) === 0 ? '' : (characters[dice.below(characters.length)] as string);
      text = text.slice(0, at) + put + text.slice(at + dice.below(2));
    }
    const value = isIPv6(text) ? BigInt(parseIp(text).value) : undefined;
    if (value !== undefined) addresses++;
    if (addressIn(text) !== value) wrong.push(text);
  }
  t.same(wrong.slice(0, 5), []);
  t.ok(addresses > count / 3, `${addresses} addresses`);
});
