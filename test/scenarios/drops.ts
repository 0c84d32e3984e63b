import { tcp } from '../lab/frames.ts';
import { rawFrames } from '../lab/packets.ts';
import { eventually } from '../lab/wait.ts';
import { chunkOf } from './chunks.ts';
import { type Check, check, type Scenario } from './scenario.ts';
import type { World } from './world.ts';

const count = 20;
const syn = 2;

/** Sends, then reads the counter back until it has all of them: vswitchd gathers statistics in its own time. */
async function counted(
  { pointsman }: World,
  reason: string,
  what: string,
  send: () => Promise<unknown>,
): Promise<Check> {
  const before = await pointsman.dropped(reason);
  await send();
  let after = before;
  try {
    await eventually(
      async () => {
        after = await pointsman.dropped(reason);
        return after >= before + count;
      },
      { timeout: 5_000 },
    );
  } catch {
    // The check says how many there were.
  }
  return check(what, after === before + count, `${after - before} of ${count} counted as ${reason}`);
}

export const drops: Scenario = {
  title: 'New from outside: counted, dropped. Invalid: counted, dropped',
  run: async world => {
    const [outside, red] = [world.host('outside'), world.host('red-vlan')];
    const chunk = await chunkOf(world, 'red-out');
    const fromOutside = {
      source: outside.mac,
      destination: '02:70:6d:00:30:01',
      sourceIp: outside.ip,
      destinationIp: chunk.address,
      sourcePort: 5555,
      flags: syn,
    };
    const fromInside = {
      source: red.mac,
      destination: '02:70:6d:00:11:01',
      sourceIp: red.ip,
      destinationIp: outside.ip,
      sourcePort: 5556,
      destinationPort: 80,
      flags: syn,
      badChecksum: true,
    };
    const repeated = (frame: Uint8Array) => ({ frames: [frame], options: { count, pps: 200 } });
    const send =
      (host: typeof red, { frames, options }: ReturnType<typeof repeated>) =>
      () =>
        rawFrames(host.netns, host.device, frames, options);
    return [
      await counted(
        world,
        'new-from-outside',
        `SYN from outside to ${chunk.address}:${chunk.ports.min}, inside red's chunk`,
        send(outside, repeated(tcp({ ...fromOutside, destinationPort: chunk.ports.min }))),
      ),
      await counted(
        world,
        'unknown-outside-address',
        `SYN from outside to ${chunk.address}:65000, in nobody's chunk`,
        send(outside, repeated(tcp({ ...fromOutside, destinationPort: 65_000 }))),
      ),
      await counted(world, 'invalid', 'SYN from inside with a bad TCP checksum', send(red, repeated(tcp(fromInside)))),
      await counted(
        world,
        'spoofed-source',
        "SYN from inside with somebody else's source address",
        send(red, repeated(tcp({ ...fromInside, sourceIp: '10.9.9.9', badChecksum: false }))),
      ),
    ];
  },
};
