// Lines that ovs-vswitchd 3.1 printed, of each protocol, and some that another release may print.

import t from 'tap';
import { parseConnection } from '../../../src/controller/conntrack/parse-connection.ts';
import { parseIp } from '../../../src/lib/address.ts';

t.test('TCP, UDP, ICMP and ICMPv6', async t => {
  const zone = 1;
  t.strictSame(
    parseConnection(
      'tcp,orig=(src=10.4.0.10,dst=198.51.100.254,sport=48262,dport=7002),reply=(src=198.51.100.254,dst=203.0.113.10,sport=7002,dport=7066),zone=1,protoinfo=(state=ESTABLISHED)',
    ),
    {
      zone,
      protocol: 6,
      original: ends('10.4.0.10', '198.51.100.254', 48262, 7002),
      reply: ends('198.51.100.254', '203.0.113.10', 7002, 7066),
    },
  );
  t.strictSame(
    parseConnection(
      'udp,orig=(src=10.1.0.10,dst=198.51.100.254,sport=40000,dport=7003),reply=(src=198.51.100.254,dst=203.0.113.10,sport=7003,dport=5211),zone=1',
    ),
    {
      zone,
      protocol: 17,
      original: ends('10.1.0.10', '198.51.100.254', 40000, 7003),
      reply: ends('198.51.100.254', '203.0.113.10', 7003, 5211),
    },
  );
  t.strictSame(
    parseConnection(
      'icmp,orig=(src=10.4.0.10,dst=198.51.100.254,id=31913,type=8,code=0),reply=(src=198.51.100.254,dst=203.0.113.10,id=31913,type=0,code=0),zone=1',
    ),
    {
      zone,
      protocol: 1,
      original: { ...between('10.4.0.10', '198.51.100.254'), icmpId: 31913, icmpType: 8, icmpCode: 0 },
      reply: { ...between('198.51.100.254', '203.0.113.10'), icmpId: 31913, icmpType: 0, icmpCode: 0 },
    },
  );
  t.match(
    parseConnection(
      'icmpv6,orig=(src=fd00:1::10,dst=fd00:2::10,id=5,type=128,code=0),reply=(src=fd00:2::10,dst=fd00:1::10,id=5,type=129,code=0),zone=9',
    ),
    { zone: 9, protocol: 58, original: between('fd00:1::10', 'fd00:2::10') },
  );
});

t.test('what is not known is passed over', async t => {
  const line =
    'udp,orig=(src=10.1.0.10,dst=198.51.100.254,sport=1,dport=2,new=3),id=77,reply=(src=198.51.100.254,dst=203.0.113.10,sport=2,dport=1),zone=4,mark=7,labels=0x1,timeout=3,helper=x';
  t.equal(parseConnection(line), undefined, 'but not between the tuples');
  t.match(parseConnection(line.replace(',id=77', '')), { zone: 4, original: { sourcePort: 1 } });
  t.match(parseConnection(line.replace(',id=77', '').replace('udp', '47')), { protocol: 47 });
  t.match(parseConnection(line.replace(',id=77', '').replace(',zone=4', '')), { zone: 0 });
  for (const text of [
    '',
    'ovs-vswitchd: no',
    'udp,orig=(src=x,dst=y),reply=(src=1.1.1.1,dst=1.1.1.2)',
    'foo,orig=(),reply=()',
  ])
    t.equal(parseConnection(text), undefined, text);
});

function between(source: string, destination: string) {
  return { source: parseIp(source), destination: parseIp(destination) };
}

function ends(source: string, destination: string, sourcePort: number, destinationPort: number) {
  return { ...between(source, destination), sourcePort, destinationPort };
}
