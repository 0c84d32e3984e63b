// The OpenFlow library beside ovs-ofctl, against a switch of its own. Prints a table; asserts nothing but that both
// did the work.

import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BundleMod,
  decode,
  encode,
  encodeInto,
  type FlowEntry,
  type FlowStats,
  SwitchConnection,
  versions,
} from '../src/openflow/index.ts';
import { Writer } from '../src/openflow/wire/writer.ts';
import { PrivateOvs } from '../test/ovs/openflow/private-ovs.ts';
import { flowLine, makeFlows } from './flows.ts';
import { allocated, measure, measureChild, median, type Spent } from './measure.ts';

const size = Number(process.env.BENCH_FLOWS ?? 100_000);
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const version = versions['1.5'];

function progress(text: string): void {
  console.error(`bench: ${text}`);
}

interface Comparison {
  readonly what: string;
  readonly ours: readonly Spent[];
  readonly theirs: readonly Spent[];
}

/** Both sides by turns, so that whatever else the machine does falls on both. */
async function compare(
  what: string,
  ours: () => Promise<unknown>,
  theirs: () => Promise<Spent>,
  between: () => Promise<unknown> = async () => {},
): Promise<Comparison> {
  const found = { what, ours: [] as Spent[], theirs: [] as Spent[] };
  for (let round = 1; round <= rounds; round++) {
    progress(`${what}, round ${round} of ${rounds}`);
    await between();
    found.ours.push(await measure(ours));
    await between();
    found.theirs.push(await theirs());
  }
  return found;
}

async function againstSwitch(flows: readonly FlowEntry[], dumped: FlowStats[]): Promise<readonly Comparison[]> {
  progress('starting ovsdb-server and ovs-vswitchd');
  const ovs = await PrivateOvs.start('host');
  try {
    const path = await ovs.addBridge('br0', 'p1');
    const bridge = `unix:${path}`;
    const file = join(ovs.directory, 'flows.txt');
    await writeFile(file, `${flows.map(flowLine).join('\n')}\n`);
    const connection = new SwitchConnection({ endpoint: { kind: 'unix', path }, requestTimeout: 60_000 });
    connection.start();
    await once(connection, 'connected');
    try {
      const mods = flows.map((flow): BundleMod => ({ kind: 'flow_mod', command: 'add', flow }));
      const install = await compare(
        'install by one bundle',
        () => connection.bundle(mods),
        () => measureChild('ovs-ofctl', ['-O', 'OpenFlow15', '--bundle', 'add-flows', bridge, file]),
        () => ovs.ofctl('del-flows', bridge),
      );
      const dump = await compare(
        'dump',
        async () => {
          let count = 0;
          for await (const _ of connection.dumpFlows()) count++;
          if (count !== flows.length) throw new Error(`${count} flows, not ${flows.length}`);
        },
        () => measureChild('ovs-ofctl', ['-O', 'OpenFlow15', 'dump-flows', bridge]),
      );
      for await (const flow of connection.dumpFlows()) dumped.push(flow);
      return [install, dump];
    } finally {
      await connection.close();
    }
  } finally {
    await ovs.stop();
  }
}

interface Pure {
  readonly what: string;
  readonly flowsPerSecond: number;
  readonly bytesPerFlow: number | undefined;
}

/** Flows whose allocations fit the young generation. */
const sample = 5_000;

async function pure(what: string, work: (share: number) => void): Promise<Pure> {
  progress(what);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = performance.now();
    work(1);
    times.push((performance.now() - before) / 1000);
  }
  const bytes = await allocated(() => work(sample / size));
  return {
    what,
    flowsPerSecond: size / Math.min(...times),
    bytesPerFlow: bytes === undefined ? undefined : bytes / sample,
  };
}

async function codecs(flows: readonly FlowEntry[], dumped: readonly FlowStats[]): Promise<readonly Pure[]> {
  const mods = flows.map((flow): BundleMod => ({ kind: 'flow_mod', command: 'add', flow }));
  const frames = mods.map((mod, xid) => encode({ ...mod, version, xid }));
  const perPart = 200;
  const parts = Array.from({ length: Math.ceil(dumped.length / perPart) }, (_, i) =>
    encode({
      kind: 'multipart_reply',
      version,
      xid: 1,
      body: { type: 'flow_desc', entries: dumped.slice(i * perPart, (i + 1) * perPart) },
    }),
  );
  const writer = new Writer(1 << 20);
  const share = <T>(all: readonly T[], part: number): readonly T[] =>
    part === 1 ? all : all.slice(0, Math.round(all.length * part));
  return [
    await pure('encode flow mods into one buffer', part => {
      writer.truncate(0);
      for (const mod of share(mods, part)) {
        if (writer.length > 900_000) writer.truncate(0);
        encodeInto(writer, mod, { version, xid: 1 });
      }
    }),
    await pure('decode flow mods', part => {
      for (const frame of share(frames, part)) decode(frame);
    }),
    await pure('decode parts of a dump', part => {
      for (const frame of share(parts, part)) decode(frame);
    }),
  ];
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  return rows
    .map(row =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
    )
    .join('\n');
}

function comparisonRows({ what, ours, theirs }: Comparison): readonly (readonly string[])[] {
  const row = (name: string, mine: number, other: number): readonly string[] => [
    `${what}, ${name}`,
    `${mine.toFixed(2)} s`,
    `${other.toFixed(2)} s`,
    (mine / other).toFixed(2),
  ];
  const [us, them] = [median(ours), median(theirs)];
  const [first, theirFirst] = [ours[0] ?? us, theirs[0] ?? them];
  return [
    row('wall', us.wall, them.wall),
    row('client CPU', us.cpu, them.cpu),
    row('wall, first round', first.wall, theirFirst.wall),
    row('client CPU, first round', first.cpu, theirFirst.cpu),
  ];
}

progress(`making ${size} flows`);
const flows = makeFlows(size);
const dumped: FlowStats[] = [];
const comparisons = await againstSwitch(flows, dumped);
const found = await codecs(flows, dumped);
console.log(`${size} flows over ten tables, median of ${rounds} rounds, node ${process.version}\n`);
console.log(table([['', 'pointsman', 'ovs-ofctl', 'ratio'], ...comparisons.flatMap(comparisonRows)]));
console.log();
console.log(
  table([
    ['codec alone', 'flows/s', 'bytes allocated per flow'],
    ...found.map(({ what, flowsPerSecond, bytesPerFlow }) => [
      what,
      Math.round(flowsPerSecond).toLocaleString('en'),
      bytesPerFlow === undefined ? '?' : Math.round(bytesPerFlow).toLocaleString('en'),
    ]),
  ]),
);
