// Lines of `dpctl/dump-conntrack -m -s`, as datapaths print them that have more or less to say.

import t from 'tap';
import { parseConnection } from '../../../src/controller/conntrack/parse-connection.ts';
import { shownConnection } from '../../../src/controller/conntrack/shown-connection.ts';

function shown(line: string) {
  const connection = parseConnection(line);
  return connection && shownConnection(connection, line);
}

t.test('the userspace datapath', async t => {
  const line =
    'tcp,orig=(src=10.4.0.10,dst=198.51.100.254,sport=48262,dport=7002),reply=(src=198.51.100.254,dst=203.0.113.10,sport=7002,dport=7066),zone=32768,timeout=86399,protoinfo=(state_orig=ESTABLISHED,state_reply=SYN_SENT,wscale_orig=7,wscale_reply=7,flags_orig=WINDOW_SCALE,flags_reply=WINDOW_SCALE)';
  t.match(shown(line), {
    ...{ zone: 32768, state: 'ESTABLISHED', timeout: 86399, packets: undefined, bytes: undefined },
    reply: { destinationPort: 7066 },
  });
});

t.test("the kernel's, which counts", async t => {
  const line =
    'udp,orig=(src=10.1.0.10,dst=198.51.100.254,sport=40000,dport=7003,packets=3,bytes=300),reply=(src=198.51.100.254,dst=203.0.113.10,sport=7003,dport=5211,packets=2,bytes=1200),zone=1,status=SEEN_REPLY|CONFIRMED,timeout=29';
  t.match(shown(line), { state: undefined, timeout: 29, packets: 5, bytes: 1500 });
});

t.test('what is none', async t => {
  t.equal(shown('tcp,orig=('), undefined);
});
