// What the sweeper does with a switch that cannot do all of it, or makes trouble: such a one is made here.

import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { controlSocket } from '../../../src/controller/conntrack/control-socket.ts';
import { NatExhaustion } from '../../../src/controller/conntrack/exhaustion.ts';
import { ConntrackSweeper } from '../../../src/controller/conntrack/sweeper.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { type MessageBody, type SwitchConnection, SwitchError } from '../../../src/openflow/index.ts';
import { encodeCookie } from '../../../src/policy/cookies.ts';
import { allocationsOf, demoObjects, documentsOf, liveProgramOf, programOf } from '../../fixtures/demo-intent.ts';
import { shortDirectory } from '../../fixtures/short-directory.ts';

const documents = documentsOf(demoObjects);
const allocations = allocationsOf(documents);
const { translations } = programOf(demoObjects);
const [red, blue] = ['red', 'blue'].map(name => allocations.zones.get(name) ?? 0);

const entry = (zone: number | undefined, sport: number) =>
  `udp,orig=(src=10.1.0.10,dst=198.51.100.254,sport=${sport},dport=53),reply=(src=198.51.100.254,dst=203.0.113.99,sport=53,dport=77),zone=${zone}`;

interface Fake {
  readonly sweeper: ConntrackSweeper;
  readonly sent: string[];
  readonly commands: string[];
}

/** `entries` is what the switch remembers; a flush takes effect unless `immortal`. */
async function fake(t: Test, options: { refuses?: boolean; immortal?: boolean; entries: string[] }): Promise<Fake> {
  const path = join(await shortDirectory(t), 'vswitchd.ctl');
  const sent: string[] = [];
  const commands: string[] = [];
  const server = createServer(socket => {
    socket.on('data', chunk => {
      const { method, params } = JSON.parse(chunk.toString()) as { method: string; params: string[] };
      commands.push([method, ...params].join(' '));
      const zone = params.find(param => param.startsWith('zone='));
      const shown = options.entries.filter(text => zone === undefined || text.endsWith(zone));
      socket.end(JSON.stringify({ id: 0, result: method.startsWith('dpctl') ? shown.join('\n') : '', error: null }));
    });
  });
  await new Promise<void>(resolve => server.listen(path, resolve));
  t.teardown(() => server.close());
  const take = (message: MessageBody) => {
    if (message.kind !== 'ct_flush') return;
    sent.push(`${message.zone} ${message.original?.sourcePort}`);
    if (!options.immortal)
      options.entries = options.entries.filter(text => !text.includes(`sport=${message.original?.sourcePort},`));
  };
  const connection = {
    on: () => {},
    request: async (message: MessageBody) => {
      if (message.kind === 'ct_flush' && options.refuses)
        throw new SwitchError({ type: 1, code: 2, name: 'OFPBRC_BAD_EXPERIMENTER' });
      take(message);
    },
    send: take,
    barrier: async () => {},
    ctFlushZone: async (zone: number) => {
      sent.push(`zone ${zone}`);
      options.entries = options.entries.filter(text => !text.endsWith(`zone=${zone}`));
    },
  } as unknown as SwitchConnection;
  const sweeper = new ConntrackSweeper({
    connection,
    control: async () => path,
    datapath: () => 'netdev@ovs-netdev',
    logger: silentLogger,
  });
  return { sweeper, sent, commands };
}

const sweep = { changed: translations, all: () => translations, flow: () => undefined };
const dumps = (commands: readonly string[]) => commands.filter(command => command.startsWith('dpctl'));

t.test('what does not stand goes, of our zones alone; what has been swept is not looked at again', async t => {
  const { sweeper, sent, commands } = await fake(t, { entries: [entry(red, 5), entry(blue, 6), entry(99, 7)] });
  await sweeper.sweep(sweep);
  t.strictSame(sent, [`${red} 5`, `${blue} 6`]);
  const looked = dumps(commands).length;
  t.equal(looked, 2, 'until a look finds nothing');
  await sweeper.sweep(sweep);
  t.equal(dumps(commands).length, looked);
  const narrowed = programOf({
    ...demoObjects,
    'nat-rules': [
      { name: 'red-out', tenant: 'red', source: '10.9.0.0/16', pool: 'internet' },
      ...(demoObjects['nat-rules'] ?? []).slice(1),
    ],
  });
  await sweeper.sweep({ ...sweep, changed: narrowed.translations });
  t.strictSame(dumps(commands).slice(looked), [`dpctl/dump-conntrack netdev@ovs-netdev zone=${red}`], 'its zone alone');
  sweeper.forget();
  await sweeper.sweep(sweep);
  t.equal(dumps(commands).at(-1), 'dpctl/dump-conntrack netdev@ovs-netdev');
});

t.test('a switch before OVS 3.1 is told to forget the whole zone', async t => {
  const { sweeper, sent } = await fake(t, { refuses: true, entries: [entry(red, 5), entry(red, 6)] });
  await sweeper.sweep(sweep);
  t.strictSame(sent, [`zone ${red}`]);
});

t.test(
  'without the control socket it waits for a switch that hangs, and flushes whole zones before and behind',
  async t => {
    const sent: string[] = [];
    // The barrier of the first flush, then one at the end of each wait.
    const answersAfter = [0, 600, 0];
    const connection = {
      on: () => {},
      ctFlushZone: async (zone: number) => sent.push(`zone ${zone}`),
      barrier: async () => {
        sent.push('barrier');
        await sleep(answersAfter.shift() ?? 0);
      },
    } as unknown as SwitchConnection;
    const control = async () => controlSocket(t.testdir());
    const sweeper = new ConntrackSweeper({ connection, control, datapath: () => '', logger: silentLogger });
    await sweeper.sweep(sweep);
    const flushed = [...translations.map(({ zone }) => `zone ${zone}`), 'barrier'];
    t.strictSame(sent, [...flushed, 'barrier', 'barrier', ...flushed]);
  },
);

t.test('connections that come back as fast as they go are an error', async t => {
  const { sweeper } = await fake(t, { immortal: true, entries: [entry(red, 5)] });
  await t.rejects(sweeper.sweep(sweep), { code: 'SWEEP_UNENDING' });
});

t.test('the control socket by the pidfile', async t => {
  const directory = t.testdir();
  await t.rejects(controlSocket(directory), { code: 'CONTROL_SOCKET_UNKNOWN', message: /ovs-vswitchd.pid/ });
  await writeFile(join(directory, 'ovs-vswitchd.pid'), '4711\n');
  t.equal(await controlSocket(directory), join(directory, 'ovs-vswitchd.4711.ctl'));
  await writeFile(join(directory, 'ovs-vswitchd.pid'), '../x');
  await t.rejects(controlSocket(directory), { code: 'CONTROL_SOCKET_UNKNOWN' });
});

t.test('exhaustion is seen while it lasts, and logged when it begins and when it is over', async t => {
  const rule = allocations.ids.get('nat-rules/red-out') ?? 0;
  let packets = 7n;
  let now = 0;
  const logged: unknown[] = [];
  const noted: string[] = [];
  const log = (fields: unknown) => logged.push(fields);
  const exhaustion = new NatExhaustion({
    connection: {
      state: 'connected',
      dumpFlows: async function* () {
        yield {
          cookie: encodeCookie({ kind: 'nat-rules', id: rule, drop: 'nat-exhausted' }),
          packetCount: packets,
        };
      } as never,
    },
    program: liveProgramOf(demoObjects),
    note: ({ reason, object }) => noted.push(`${object.kind}/${object.name} ${reason}`),
    logger: { ...silentLogger, warn: log, info: log } as never,
    now: () => now,
  });
  const look = async (seconds: number, count: bigint) => {
    now = seconds * 1000;
    packets = count;
    await exhaustion.look();
    return exhaustion.warnings;
  };
  t.strictSame(await look(0, 7n), [], 'nobody knows how old those are');
  t.match(await look(10, 12n), [/nat-rules\/red-out: 5 packets .*nat-pools\/internet \(203\.0\.113\.10:\d+-\d+\)/]);
  t.match(await look(20, 15n), [/: 8 packets/]);
  t.match(await look(70, 15n), [/: 8 packets/]);
  t.strictSame(await look(90, 15n), [], 'over');
  t.match(await look(100, 2n), [/: 2 packets/], 'a flow that is new');
  const [began, ended] = ['nat-exhausted', 'nat-recovered'].map(event => ({ event, rule: 'red-out' }));
  t.match(logged, [
    { ...began, packets: 5 },
    { ...ended, packets: 8 },
    { ...began, packets: 2 },
  ]);
  t.equal(logged.length, 3);
  t.strictSame(
    noted,
    ['nat-exhausted', 'nat-recovered', 'nat-exhausted'].map(reason => `nat-rules/red-out ${reason}`),
  );
});
