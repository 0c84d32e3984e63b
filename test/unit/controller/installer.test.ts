// The installer before a switch that refuses, stalls, and loses answers, as a real one cannot be made to at will.

import { EventEmitter } from 'node:events';
import t from 'tap';
import { FlowInstaller, type InstallerConnection } from '../../../src/controller/flows/installer.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import {
  BundleError,
  type BundleMod,
  ConnectionError,
  type FlowEntry,
  type FlowStats,
  type GroupEntry,
  type MeterEntry,
  type MeterModification,
  type SealedFlowMod,
  SwitchError,
  sealFlow,
  unsealFlow,
} from '../../../src/openflow/index.ts';
import { encodeCookie } from '../../../src/policy/cookies.ts';
import type { BridgeProgram } from '../../fixtures/compile.ts';
import { desiredOf } from '../../fixtures/desired-of.ts';

type Mod = BundleMod | SealedFlowMod;

const refusal = (name: string) => ({ type: 0, code: 0, name });

/** Holds flows as a switch does; what it does with a bundle is up to the test. */
class FakeSwitch extends EventEmitter {
  readonly state = 'connected';
  readonly flows = new Map<string, string>();
  readonly groups = new Map<number, GroupEntry>();
  readonly meters = new Map<number, MeterEntry>();
  readonly bundles: (readonly Mod[])[] = [];
  dumps = 0;
  /** Throws to refuse. */
  onBundle: (mods: readonly Mod[]) => unknown = () => {};
  /** After it is applied. */
  onCommitted: () => unknown = () => {};
  refusedMeters: ReadonlySet<number> = new Set();

  async bundle(mods: readonly Mod[]): Promise<void> {
    this.bundles.push(mods);
    await this.onBundle(mods);
    for (const mod of mods) this.#apply(mod);
    await this.onCommitted();
  }

  #apply(mod: Mod): void {
    if (mod.kind === 'group_mod') {
      if (mod.command === 'delete') this.groups.delete(mod.group.group);
      else this.groups.set(mod.group.group, mod.group);
      return;
    }
    if (mod.kind !== 'sealed_flow_mod') throw new Error(mod.kind);
    const { key, content } = mod.flow;
    if (mod.command === 'delete_strict') this.flows.delete(key);
    else if (mod.command === 'add' || this.flows.has(key)) this.flows.set(key, content);
  }

  async meterMods(mods: readonly MeterModification[]) {
    return mods.flatMap(({ command, meter }, index) => {
      if (command !== 'delete' && this.refusedMeters.has(meter.meter))
        return [{ index, error: refusal('OFPMMFC_OUT_OF_METERS') }];
      if (command === 'delete') this.meters.delete(meter.meter);
      else this.meters.set(meter.meter, meter);
      return [];
    });
  }

  async *dumpFlows() {
    this.dumps++;
    for (const [key, content] of this.flows) yield unsealFlow({ key, content }) as FlowStats;
  }

  async barrier() {}
  async role() {
    return { generationId: 0n };
  }
  async request() {}
  groupDesc = async () => [...this.groups.values()];
  meterConfig = async () => [...this.meters.values()];
  flowUpdates = async function* () {};
  messages = async function* () {};
}

function made(limit?: number) {
  const fake = new FakeSwitch();
  const connection = fake as unknown as InstallerConnection;
  const options = limit === undefined ? {} : { bundleLimit: limit };
  return { fake, installer: new FlowInstaller({ bridge: 'br', connection, logger: silentLogger, ...options }) };
}

function flow(table: number, priority: number, id: number, more: Partial<FlowEntry> = {}): FlowEntry {
  const cookie = encodeCookie({ kind: 'routes', id });
  return { table, priority, cookie, match: [], instructions: [{ kind: 'goto_table', table: 99 }], ...more };
}
const usingMeter = (meter: number): Partial<FlowEntry> => ({
  instructions: [{ kind: 'apply_actions', actions: [{ kind: 'meter', meter }] }],
});
const programOf = (...flows: FlowEntry[]): BridgeProgram => ({ flows, groups: [], meters: [] });
const meterOf = (meter: number): MeterEntry => ({ meter, unit: 'pktps', bands: [{ kind: 'drop', rate: 1 }] });
const prioritiesOf = (fake: FakeSwitch) =>
  [...fake.flows].map(([key, content]) => unsealFlow({ key, content }).priority).sort((a, b) => a - b);
const idOf = (mod: Mod) => (mod.kind === 'sealed_flow_mod' ? Number(unsealFlow(mod.flow).cookie & 0xffffffffn) : 0);

t.test(
  'a bundle that is refused without a word about which of it is searched, and object by object left out',
  async t => {
    const { fake, installer } = made();
    const bad = new Set([17, 303, 304, 900]);
    fake.onBundle = mods => {
      if (mods.some(mod => bad.has(idOf(mod))))
        throw new BundleError([], { cause: new SwitchError(refusal('OFPBFC_MSG_FAILED')) });
    };
    const flows = Array.from({ length: 2000 }, (_, i) => flow(i % 5, 1 + i, i >> 1));
    const { refused, sent } = await installer.install(desiredOf(programOf(...flows)));
    t.strictSame(
      refused.map(one => (one.what === 'flow' ? one.object?.id : 0)).sort((a = 0, b = 0) => a - b),
      [...bad],
    );
    t.equal(sent, 2000 - 2 * bad.size);
    t.equal(fake.flows.size, sent);
    t.ok(fake.bundles.length < 100, `${fake.bundles.length} bundles`);
  },
);

t.test('when no bundle at all is taken, that is a failure, and nobody is blamed', async t => {
  const { fake, installer } = made();
  fake.onBundle = mods => {
    throw new BundleError(
      mods.map((mod, index) => ({ index, mod: mod as BundleMod, error: refusal('OFPBRC_IS_SECONDARY') })),
    );
  };
  await t.rejects(installer.install(desiredOf(programOf(flow(1, 1, 1), flow(1, 2, 2)))), { code: 'OF_BUNDLE_REFUSED' });
  t.equal(fake.bundles.length, 1);
  t.equal(installer.flowCount, undefined);
});

t.test('an object that is refused in a later bundle is taken out of the earlier ones', async t => {
  const { fake, installer } = made(4);
  fake.onBundle = mods => {
    const index = mods.findIndex(mod => idOf(mod) === 3 && (mod as SealedFlowMod).flow.key.charCodeAt(0) === 1);
    if (index >= 0)
      throw new BundleError([{ index, mod: mods[index] as BundleMod, error: refusal('OFPBAC_BAD_TYPE') }]);
  };
  const before = flow(9, 300, 3, { instructions: [] });
  await installer.install(desiredOf(programOf(before)));
  const flows = [1, 2, 3, 4].flatMap(id => [
    flow(9, id * 100, id),
    flow(5, id * 100 + 1, id),
    flow(1, id * 100 + 2, id),
  ]);
  const { refused } = await installer.install(desiredOf(programOf(...flows)));
  t.equal(refused.length, 1);
  t.strictSame(prioritiesOf(fake), [100, 101, 102, 200, 201, 202, 300, 400, 401, 402]);
  t.equal(fake.flows.get(sealFlow(before).key), sealFlow(before).content, 'as it was before');
  t.equal(installer.flowCount, 10);
});

t.test(
  'a large change is cut: later tables first, exceptions first, and what goes, goes last and the other way',
  async t => {
    const { fake, installer } = made(3);
    await installer.install(
      desiredOf(programOf(...[1, 2, 3].flatMap(table => [flow(table, 1, 1), flow(table, 2, 1)]))),
    );
    fake.bundles.length = 0;
    await installer.install(
      desiredOf(programOf(...[1, 2, 3].flatMap(table => [flow(table, 8, 1), flow(table, 9, 1)]))),
    );
    const sent = fake.bundles.flatMap(mods =>
      mods.map(mod => {
        const { table, priority } = unsealFlow((mod as SealedFlowMod).flow);
        return `${(mod as SealedFlowMod).command} ${table}/${priority}`;
      }),
    );
    t.strictSame(sent, [
      ...['3/9', '3/8', '2/9', '2/8', '1/9', '1/8'].map(where => `add ${where}`),
      ...['1/1', '1/2', '2/1', '2/2', '3/1', '3/2'].map(where => `delete_strict ${where}`),
    ]);
    t.ok(fake.bundles.every(({ length }) => length <= 3));
  },
);

t.test('what becomes of a commit whose answer is lost is read before anything else is sent', async t => {
  for (const isApplied of [true, false]) {
    const { fake, installer } = made();
    await installer.install(desiredOf(programOf(flow(1, 1, 1))));
    const lose = () => {
      fake.onBundle = fake.onCommitted = () => {};
      throw new ConnectionError('OF_TIMEOUT', 'no answer');
    };
    if (isApplied) fake.onCommitted = lose;
    else fake.onBundle = lose;
    const wanted = desiredOf(programOf(flow(1, 1, 1), flow(1, 2, 2)));
    await t.rejects(installer.install(wanted), { code: 'OF_TIMEOUT' });
    t.ok(installer.behindFor > 0, 'behind until it is there');
    t.equal(fake.dumps, 1);
    t.equal((await installer.install(wanted)).sent, isApplied ? 0 : 1);
    t.equal(fake.dumps, 2);
    t.equal(installer.behindFor, 0);
    t.strictSame(prioritiesOf(fake), [1, 2]);
  }
});

t.test('a switch that stalls makes installs wait, and what comes meanwhile is one change for each key', async t => {
  const { fake, installer } = made();
  const rows = new Map<string, ReturnType<typeof sealFlow>>();
  const desired = {
    ...desiredOf(programOf()),
    flows: { rows: () => rows.values(), get: (key: string) => rows.get(key) },
  };
  await installer.install(desired);
  let go = () => {};
  fake.onBundle = () => new Promise<void>(resolve => (go = resolve));
  const put = (priority: number, id: number) => {
    const row = sealFlow(flow(1, priority, id));
    rows.set(row.key, row);
    return installer.install(desired, { flows: [{ key: row.key }] });
  };
  const first = put(1, 1);
  await new Promise(resolve => setImmediate(resolve));
  const all = Array.from({ length: 1000 }, (_, i) => put(2 + (i % 3), i));
  await new Promise(resolve => setTimeout(resolve, 20));
  t.ok(installer.behindFor >= 19);
  t.equal(fake.bundles.length, 1);
  fake.onBundle = () => {};
  go();
  await first;
  t.equal(new Set(await Promise.all(all)).size, 1);
  t.equal(fake.bundles.length, 2);
  t.equal(fake.bundles[1]?.length, 3, 'the last of each');
  t.strictSame(fake.bundles[1]?.map(idOf).sort(), [997, 998, 999]);
});

t.test('flows of a meter that the switch refuses are left out, and come when it takes it', async t => {
  const { fake, installer } = made();
  fake.refusedMeters = new Set([7]);
  const flows = [flow(1, 1, 1, usingMeter(7)), flow(2, 2, 1), flow(1, 3, 2, usingMeter(8))];
  const program = { flows, groups: [], meters: [meterOf(7), meterOf(8)] };
  const { refused } = await installer.install(desiredOf(program));
  t.match(refused, [
    { what: 'meter', number: 7, reason: 'OFPMMFC_OUT_OF_METERS' },
    { what: 'flow', object: { kind: 'routes', id: 1 } },
  ]);
  t.strictSame(prioritiesOf(fake), [3]);
  t.equal((await installer.install(desiredOf(program))).sent, 0);
  fake.refusedMeters = new Set();
  const changed = { ...program, meters: [{ ...meterOf(7), burst: true }, meterOf(8)] };
  t.strictSame((await installer.install(desiredOf(changed))).refused, []);
  t.strictSame(prioritiesOf(fake), [1, 2, 3]);
});

t.test('a meter goes behind the flows that used it, and what the switch adds to a group is no difference', async t => {
  const { fake, installer } = made();
  const group = {
    group: 1,
    type: 'select',
    buckets: [{ weight: 1, actions: [{ kind: 'resubmit', table: 6 }] }],
  } as const;
  const program = { flows: [flow(1, 1, 1, usingMeter(7))], groups: [group], meters: [meterOf(7)] };
  await installer.install(desiredOf(program));
  fake.groups.set(1, {
    ...group,
    buckets: [{ id: 0, weight: 1, actions: group.buckets[0].actions }],
    selection: { method: 'dp_hash', parameter: 0n },
  });
  installer.forget();
  t.equal((await installer.install(desiredOf(program))).sent, 0);
  fake.onBundle = () => t.ok(fake.meters.has(7));
  t.equal((await installer.install(desiredOf({ flows: [], groups: [], meters: [] }))).sent, 3);
  t.equal(fake.meters.size + fake.groups.size + fake.flows.size, 0);
});

t.test(
  'a switch that comes back without its flows is told of once they are there; one that only was away is not',
  async t => {
    const { fake, installer } = made();
    const told: number[] = [];
    installer.on('restored', flows => told.push(flows));
    const desired = desiredOf(programOf(flow(1, 1, 1), flow(1, 2, 2)));
    await installer.install(desired);
    fake.emit('disconnected');
    await installer.install(desired);
    t.strictSame(told, [], 'it has them still');
    fake.emit('disconnected');
    fake.flows.clear();
    fake.onBundle = () => {
      throw new ConnectionError('OF_NOT_CONNECTED', 'lost');
    };
    await t.rejects(installer.install(desired));
    t.strictSame(told, [], 'not before');
    fake.emit('disconnected');
    fake.onBundle = () => {};
    await installer.install(desired);
    t.strictSame(told, [2]);
    fake.emit('disconnected');
    fake.flows.clear();
    installer.lose();
    await installer.install(desired);
    t.strictSame(told, [2], 'what became of it in other hands is no loss');
  },
);

t.test(
  'a refusal for the lack of a meter that is believed to be there makes all of it be read, and tried again',
  async t => {
    const { fake, installer } = made();
    const before = { flows: [flow(1, 1, 1)], groups: [], meters: [meterOf(7)] };
    await installer.install(desiredOf(before));
    fake.onBundle = mods => {
      const index = mods.findIndex(mod => mod.kind === 'sealed_flow_mod' && mod.command === 'add');
      if (index >= 0 && !fake.meters.has(7))
        throw new BundleError([{ index, mod: mods[index] as BundleMod, error: refusal('OFPMMFC_INVALID_METER') }]);
    };
    fake.meters.clear();
    const after = { ...before, flows: [...before.flows, flow(1, 2, 2, usingMeter(7))] };
    t.strictSame(await installer.install(desiredOf(after)), { sent: 2, refused: [] });
    t.ok(fake.meters.has(7));
    t.strictSame(prioritiesOf(fake), [1, 2]);
    t.equal(fake.dumps, 2);
  },
);
