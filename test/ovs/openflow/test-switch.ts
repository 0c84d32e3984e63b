// A switch made of this library, that takes down what ovs-ofctl sends it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { decode, encode, Framer, type Message, type VersionName, versions } from '../../../src/openflow/index.ts';
import { ofctl } from './ofctl.ts';

const symmetric = new Set([0, 2, 20]);

/** What the switch says to a hello, an echo or a barrier. All else is only taken down, not even decoded. */
function answer(frame: Uint8Array, version: number): Message | undefined {
  if (!symmetric.has(frame[1] ?? 0xff)) return undefined;
  const message = decode(frame);
  const { xid } = message;
  switch (message.kind) {
    case 'hello':
      return { kind: 'hello', versions: [version], version, xid };
    case 'barrier_request':
      return { kind: 'barrier_reply', version, xid };
    case 'echo_request':
      return { kind: 'echo_reply', data: message.data, version, xid };
    default:
      return undefined;
  }
}

/** The frames that `ovs-ofctl command switch args` sends, hellos and barriers apart; `-` is its standard input. */
export async function captureMods(
  command: string,
  lines: readonly string[],
  version: VersionName,
  args: readonly string[] = ['-'],
): Promise<Uint8Array[]> {
  const frames: Uint8Array[] = [];
  const number = versions[version];
  const server = createServer((socket: Socket) => {
    const framer = new Framer();
    socket.on('error', () => {});
    socket.on('data', chunk => {
      for (const frame of framer.push(chunk)) {
        const reply = answer(frame, number);
        if (reply) socket.write(encode(reply));
        else frames.push(frame.slice());
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const [program, ...before] = ofctl;
  const child = spawn(
    program,
    [
      ...before,
      '-O',
      `OpenFlow${version.replace('.', '')}`,
      '--no-names',
      '--timeout=60',
      command,
      `tcp:127.0.0.1:${port}`,
      ...args,
    ],
    { stdio: ['pipe', 'ignore', 'pipe'] },
  );
  // ovs-ofctl stops reading at the first line it refuses; its exit says so.
  child.stdin.on('error', () => {});
  child.stdin.end(`${lines.join('\n')}\n`);
  const [complaints, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  server.close();
  if (code !== 0) throw new Error(`ovs-ofctl ${command} failed: ${complaints}`);
  return frames;
}
