// What rules select, as prefixes and blocks of ports, and which of two counts.

import t from 'tap';
import { formatPrefix, type Ip, parsePrefix, prefixContains } from '../../../src/lib/address.ts';
import { covers, portBlocks, prefixesWithout, rankOf, type Selection } from '../../../src/policy/nat/selection.ts';
import { Dice } from '../../fixtures/dice.ts';

t.test('what is left of a prefix', async t => {
  const left = (prefix: string, ...except: string[]) =>
    prefixesWithout(parsePrefix(prefix), except.map(parsePrefix)).map(formatPrefix);
  t.strictSame(left('10.0.0.0/8'), ['10.0.0.0/8']);
  t.strictSame(left('10.0.0.0/8', '11.0.0.0/8'), ['10.0.0.0/8'], 'nothing of it');
  t.strictSame(left('10.0.0.0/8', '0.0.0.0/0'), [], 'all of it');
  t.strictSame(left('10.0.0.0/30', '10.0.0.1/32'), ['10.0.0.0/32', '10.0.0.2/31']);
  t.strictSame(left('0.0.0.0/0', '128.0.0.0/1', '0.0.0.0/1'), [], 'in two halves');
  t.equal(left('0.0.0.0/0', '255.255.255.255/32').length, 32);
  const dice = new Dice(7);
  for (let round = 0; round < 200; round++) {
    const around = () => ({
      ip: { family: 4, value: 0x0a000000 + dice.below(256) } as Ip,
      length: dice.within(24, 32),
    });
    const [prefix, except] = [{ ...around(), length: 25 }, [around(), around()]];
    const rest = prefixesWithout({ ip: { family: 4, value: 0x0a000000 }, length: prefix.length }, except);
    for (let host = 0; host < 256; host += 1 + dice.below(5)) {
      const ip: Ip = { family: 4, value: 0x0a000000 + host };
      const isLeft = host < 128 && !except.some(each => prefixContains(each, ip));
      const within = rest.filter(each => prefixContains(each, ip)).length;
      if (within !== (isLeft ? 1 : 0)) t.fail(`${host} of ${except.map(formatPrefix)} is in ${within}`);
    }
  }
});

t.test('ports in aligned blocks', async t => {
  t.strictSame(portBlocks({ min: 53, max: 53 }), [{ port: 53, mask: 0xffff }]);
  t.strictSame(portBlocks({ min: 80, max: 83 }), [{ port: 80, mask: 0xfffc }]);
  t.strictSame(portBlocks({ min: 1, max: 65535 }).length, 16);
  const dice = new Dice(8);
  for (let round = 0; round < 50; round++) {
    const min = dice.within(1, 65535);
    const max = dice.within(min, 65535);
    const blocks = portBlocks({ min, max });
    const holds = (at: number) => blocks.filter(({ port, mask }) => (at & mask) === port).length;
    t.ok(blocks.length <= 30);
    for (const at of [min - 1, min, (min + max) >> 1, max, max + 1])
      if (at >= 0 && at <= 65535 && holds(at) !== (at >= min && at <= max ? 1 : 0)) t.fail(`${at} of ${min}-${max}`);
  }
});

t.test('who covers what', async t => {
  const selection = (destination: string, more: Partial<Selection> = {}): Selection => ({
    destination: parsePrefix(destination),
    ...{ except: [], protocol: undefined, ports: undefined },
    ...more,
  });
  const to = (text: string, protocol: 'tcp' | 'udp' | 'icmp', port?: number) => ({
    ...{ ip: parsePrefix(`${text}/32`).ip, protocol, port },
  });
  const dns = selection('8.8.8.0/24', { protocol: 'udp', ports: { min: 53, max: 53 } });
  t.ok(covers(dns, to('8.8.8.8', 'udp', 53)));
  t.notOk(covers(dns, to('8.8.8.8', 'udp', 54)));
  t.notOk(covers(dns, to('8.8.8.8', 'tcp', 53)));
  t.notOk(covers(dns, to('8.8.9.8', 'udp', 53)));
  t.notOk(covers({ ...dns, except: [parsePrefix('8.8.8.8/32')] }, to('8.8.8.8', 'udp', 53)));
  const inOrder = [
    selection('0.0.0.0/0'),
    selection('0.0.0.0/0', { protocol: 'tcp' }),
    selection('0.0.0.0/0', { protocol: 'tcp', ports: { min: 1, max: 2 } }),
    selection('8.0.0.0/8'),
    selection('8.8.8.8/32', { protocol: 'udp' }),
  ].map(rankOf);
  t.strictSame(
    inOrder,
    [...inOrder].sort((a, b) => a - b),
  );
  t.equal(new Set(inOrder).size, inOrder.length);
});
