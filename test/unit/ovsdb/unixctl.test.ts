// The client of control sockets against a daemon made here: what a real one says is in the tests with a switch.

import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { JsonStream } from '../../../src/ovsdb/json/json-stream.ts';
import { runUnixctl } from '../../../src/ovsdb/unixctl.ts';
import { shortDirectory } from '../../fixtures/short-directory.ts';

/** Answers every request with `answer`, in pieces of `piece` bytes. */
async function daemon(t: Test, answer: Buffer | undefined, piece = 65_536): Promise<{ path: string; asked: string[] }> {
  const path = join(await shortDirectory(t), 'd.ctl');
  const asked: string[] = [];
  const server: Server = createServer(socket => {
    socket.on('error', () => {});
    socket.on('data', async chunk => {
      asked.push(chunk.toString());
      for (let at = 0; answer && at < answer.length; at += piece) {
        if (!socket.write(answer.subarray(at, at + piece))) await new Promise(resolve => socket.once('drain', resolve));
      }
    });
  });
  await new Promise<void>(resolve => server.listen(path, resolve));
  t.teardown(() => server.close());
  return { path, asked };
}

const reply = (result: unknown, error: unknown = null) => Buffer.from(JSON.stringify({ id: 0, result, error }));

t.test('a command and its answer', async t => {
  const { path, asked } = await daemon(t, reply('one\ntwo "quoted" \\ ü\n'), 3);
  t.equal(await runUnixctl(path, 'dpctl/dump-conntrack', ['zone=1']), 'one\ntwo "quoted" \\ ü\n');
  t.strictSame(asked, ['{"id":0,"method":"dpctl/dump-conntrack","params":["zone=1"]}']);
});

t.test('lines are taken as they come, and every byte once, wherever the answer is cut', async t => {
  const text = 'a\nbb "x" \\n\\\nccc ü😀\n\nlast without end';
  const bytes = reply(text);
  for (let piece = 1; piece < bytes.length; piece++) {
    const stream = new JsonStream();
    const parts: string[] = [];
    stream.takeLines = lines => parts.push(lines);
    let rest = '';
    for (let at = 0; at < bytes.length; at += piece)
      for (const message of stream.push(bytes.subarray(at, at + piece))) rest = (message as { result: string }).result;
    t.equal(parts.join('') + rest, text, `pieces of ${piece}`);
    t.ok(parts.every(part => part.endsWith('\n')));
  }
});

t.test('a long answer is not held, and does not hold up the loop', async t => {
  const line =
    'udp,orig=(src=10.1.0.10,dst=198.51.100.254,sport=40000,dport=7003),reply=(src=198.51.100.254,dst=203.0.113.10,sport=7003,dport=5211),zone=1\n';
  const { path } = await daemon(t, reply(line.repeat(100_000)));
  let lines = 0;
  let longest = 0;
  let last = performance.now();
  const ticks = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  let most = 0;
  const rest = await runUnixctl(path, 'x', [], {
    takeLines: part => {
      lines += part.split('\n').length - 1;
      most = Math.max(most, part.length);
    },
  });
  clearInterval(ticks);
  t.equal(lines + rest.split('\n').length - 1, 100_000);
  t.ok(most < 1_000_000, `at most ${most} characters at a time`);
  t.comment(`the loop was held up for ${longest.toFixed(0)} ms at most`);
});

t.test('what goes wrong has a code', async t => {
  const refused = await daemon(t, reply(null, '"foo" is not a valid command\n'));
  await t.rejects(runUnixctl(refused.path, 'foo'), { code: 'OVSDB_RPC_ERROR', message: /not a valid command/ });
  await t.rejects(runUnixctl(`${refused.path}.none`, 'foo'), { code: 'OVSDB_DISCONNECTED', message: /cannot connect/ });
  const silent = await daemon(t, undefined);
  await t.rejects(runUnixctl(silent.path, 'x', [], { timeout: 50 }), { code: 'OVSDB_OUTCOME_UNKNOWN' });
  const aborted = new AbortController();
  const waiting = runUnixctl(silent.path, 'x', [], { signal: aborted.signal });
  await sleep(10);
  aborted.abort();
  await t.rejects(waiting, { code: 'OVSDB_OUTCOME_UNKNOWN' });
  const long = await daemon(t, reply('x'.repeat(5_000)), 100);
  await t.rejects(runUnixctl(long.path, 'x', [], { maxBytes: 1_000 }));
  const odd = await daemon(t, reply({ no: 'text' }));
  await t.rejects(runUnixctl(odd.path, 'x'), { code: 'OVSDB_BAD_MESSAGE' });
});
