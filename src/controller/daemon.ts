// pointsman as a process: what is started in which order, and stopped in the reverse one.

import { hostname } from 'node:os';
import { type Logger as Pino, pino } from 'pino';
import { formatActiveEndpoint } from '../lib/endpoint.ts';
import { type MeterEntry, SwitchConnection } from '../openflow/index.ts';
import { type OpenVSwitchTables, openVSwitchSchema } from '../ovsdb/generated/open-vswitch.ts';
import type { PointsmanTables } from '../ovsdb/generated/pointsman.ts';
import { OvsdbClient } from '../ovsdb/index.ts';
import { takenZones } from '../policy/allocation.ts';
import { leaseKeyOf } from '../policy/features/fence/lease.ts';
import { attachedPorts } from './bridges/observe-ports.ts';
import { ipRunner } from './bridges/run-ip.ts';
import type { SwitchHolder } from './bridges/switch-holder.ts';
import { SwitchOwnership } from './bridges/switch-ownership.ts';
import { datapathName, switchMonitor } from './bridges/switch-source.ts';
import { VtepKeeper } from './bridges/vtep-keeper.ts';
import { vtepRecords } from './bridges/vtep-records.ts';
import { type Config, loadConfig } from './config/config.ts';
import { readTls } from './config/read-tls.ts';
import { controlSocket } from './conntrack/control-socket.ts';
import { NatExhaustion } from './conntrack/exhaustion.ts';
import { ConnectionLookup } from './conntrack/look-up.ts';
import { ConntrackSweeper } from './conntrack/sweeper.ts';
import { foreignZones } from './conntrack/zones.ts';
import type { NoteEvent } from './events/event.ts';
import { EventLog } from './events/event-log.ts';
import { watchLinks } from './events/watch-links.ts';
import { FlowInstaller } from './flows/installer.ts';
import { PortSettings } from './flows/port-settings.ts';
import { HangUps } from './hang-ups.ts';
import { eventOfPort, eventOfRestored, eventsOfDrift } from './inspect/drift-events.ts';
import { PoolWatch } from './inspect/pool-fill.ts';
import { RunningNode } from './inspect/running-node.ts';
import { Fence } from './membership/fence.ts';
import { Member } from './membership/member.ts';
import { Announcer } from './neighbours/announcer.ts';
import { NeighbourResponder } from './neighbours/responder.ts';
import { ProgramAudit } from './program/program-audit.ts';
import { Reconciler, type SwitchBridge } from './reconcile/reconciler.ts';
import { StateGuard } from './reconcile/state-guard.ts';
import { SwitchMemory } from './reconcile/switch-memory.ts';
import { reload } from './reload.ts';
import { type RestServer, startRest } from './rest/server.ts';
import { StateError } from './state/errors.ts';
import { openState } from './state/open-state.ts';
import { Store } from './state/store.ts';
import { isMeterOf, markOf } from './state/view.ts';
import { version } from './version.ts';

/** Local sockets: no reason to wait long for a switch that comes back. */
const localReconnect = { minBackoff: 50, maxBackoff: 1_000 };
const openTimeout = 30_000;

/** Runs until SIGTERM or SIGINT. @throws ConfigError, StateError, ListenError when it cannot start, or must not go on */
export async function run(configFile: string): Promise<void> {
  const stopped = signalled();
  const hangUps = new HangUps();
  const lost = new AbortController();
  const teardown: (() => unknown)[] = [() => hangUps.close()];
  try {
    let config = await loadConfig(configFile);
    const { logger, setLevel, partsAreMade } = makeLogger(config);
    const rest = await start(config, logger, teardown, error => lost.abort(error));
    partsAreMade();
    hangUps.handle(async () => {
      config = await reload(configFile, config, { rest, setLogLevel: setLevel, logger });
    });
    logger.info({ version }, 'pointsman is up');
    logger.info(
      { signal: await Promise.race([stopped, aborted(lost.signal)]) },
      'stopping; the switch keeps forwarding',
    );
  } finally {
    for (const stop of teardown.reverse()) await stop();
  }
}

/** A child of pino's keeps the level that it was born with: those of the parts are followed, those of requests are not. */
function makeLogger({ log, node }: Config) {
  const loggers: Pino[] = [];
  let areMade = false;
  const onChild = (child: Pino): void => {
    if (!areMade) loggers.push(child);
  };
  const logger = pino({ level: log.level, base: { node: node.name }, onChild });
  loggers.push(logger);
  const setLevel = (level: Config['log']['level']): void => {
    for (const each of loggers) each.level = level;
  };
  const partsAreMade = (): void => {
    areMade = true;
  };
  return { logger, setLevel, partsAreMade };
}

async function start(
  config: Config,
  logger: Pino,
  teardown: (() => unknown)[],
  onLost: (error: Error) => void,
): Promise<RestServer> {
  const { node } = config;
  const events = new EventLog();
  const note: NoteEvent = event => events.note(event);
  const stateLogger = logger.child({ part: 'state' });
  const { client: stateClient, server } = await openState(config.state, node.name, stateLogger, teardown, onLost);
  const store = new Store({ client: stateClient, node, portRest: config.state.portRest, logger: stateLogger });
  teardown.push(() => store.close());
  await store.open(AbortSignal.timeout(openTimeout));
  const { live } = store;
  // Alone, nobody is misled by what the switch holds until the intent is installed.
  if (!config.state.cluster) await store.register();

  const database = new OvsdbClient<OpenVSwitchTables>({
    remotes: [config.ovs.database],
    schema: openVSwitchSchema,
    monitor: switchMonitor,
    reconnect: localReconnect,
    logger: logger.child({ part: 'ovsdb' }),
  });
  teardown.push(() => database.close());
  const memory = new SwitchMemory({ database, node, logger: stateLogger });
  teardown.push(() => memory.stop());
  const guard = new StateGuard({
    store,
    memory,
    damage: server,
    discards: config.state.adopt === 'discard',
    logger: stateLogger,
  });
  const bridge = (name: string): SwitchBridge => {
    const connection = new SwitchConnection({
      endpoint: { kind: 'unix', path: `${config.ovs.runDirectory}/${name}.mgmt` },
      reconnect: localReconnect,
      logger: logger.child({ part: 'openflow', bridge: name }),
    });
    connection.on('error', error => logger.error({ bridge: name, err: error }, 'the switch reports an error'));
    const isOurMeter = (meter: MeterEntry) => isMeterOf(store.view(), meter);
    const lease = name === node.integrationBridge ? leaseKeyOf(node) : undefined;
    const requireTrusted = () => guard.requireTrusted();
    return {
      connection,
      installer: new FlowInstaller({ bridge: name, connection, logger, isOurMeter, lease, requireTrusted }),
      ports: new PortSettings(connection, logger.child({ part: 'ports', bridge: name })),
    };
  };
  const integration = bridge(node.integrationBridge);
  const physical = bridge(node.physicalBridge);
  store.holdBack = () => switchBehind([integration, physical], config.ovs.maxBehind);
  const holder = holderOf(config, stateClient);
  const ownership = new SwitchOwnership({
    node,
    database,
    soleIn: config.state.cluster && holder.stateId,
    note,
    connections: new Map([integration, physical].map(({ connection, installer }) => [installer.bridge, connection])),
    logger: logger.child({ part: 'ownership' }),
  });
  teardown.push(() => ownership.close());
  const { controlSocket: configured, runDirectory } = config.ovs;
  const datapath = {
    connection: integration.connection,
    control: async () => configured ?? (await controlSocket(runDirectory)),
    datapath: () => datapathName(node, database),
  };
  const sweeper = new ConntrackSweeper({ ...datapath, logger: logger.child({ part: 'conntrack' }) });
  const lookup = new ConnectionLookup({ ...datapath, program: live.program });
  const exhaustion = new NatExhaustion({
    connection: integration.connection,
    program: live.program,
    note,
    logger: logger.child({ part: 'conntrack' }),
  });
  const reconciler: Reconciler = new Reconciler({
    node,
    live,
    mark: () => markOf(store.view()),
    standsDown: () => member.standsDown,
    database,
    ownership,
    holder,
    integration,
    physical,
    memory,
    guard,
    knownZones: () => takenZones(store.view().allocations),
    sweeper,
    note,
    logger,
  });
  guard.survey = fresh => reconciler.survey(fresh);
  const vteps = new VtepKeeper({
    vteps: node.vteps,
    ownership,
    trusted: () => guard.trusted,
    records: vtepRecords(node, database),
    runIp: config.assignAddresses ? ipRunner(config.ovs.networkNamespace) : undefined,
    note,
    logger,
  });
  store.on('change', () => reconciler.request());
  store.foreignZones = () => foreignZones(node, database).keys();
  const fence = node.fence === undefined ? undefined : new Fence(integration.connection, node.fence);
  const member: Member = new Member({
    client: stateClient,
    store,
    node,
    trusted: () => guard.trusted,
    // What nobody else sees may be made ready before the switch follows it.
    mayPrepare: () => guard.trusted || (!config.state.cluster && guard.takesWrites),
    lease: config.state.cluster?.lease,
    rest: config.state.rest,
    attached: () => (database.replica.synced && ownership.isOurs ? attachedPorts(node, database) : undefined),
    settled: () => reconciler.settled,
    settle: () => reconciler.settle(),
    forgetZones: zones => reconciler.forgetZones(zones),
    onConfirmed: sentAt => fence?.renew(sentAt),
    onStandDown: () => {
      if (member.standsDown) fence?.end();
      reconciler.request();
    },
    note,
    logger: logger.child({ part: 'membership' }),
  });
  database.on('update', () => member.request());
  guard.on('trusted', () => {
    member.request();
    vteps.request();
  });
  reconciler.on('installed', () => member.request());
  member.start();
  teardown.push(() => member.stop());
  new NeighbourResponder({
    connection: integration.connection,
    program: live.program,
    logger: logger.child({ part: 'nd' }),
  });
  const announcer = new Announcer(integration.connection, live.program, logger.child({ part: 'announcer' }));
  reconciler.on('reconciled', ({ answered }) => announcer.announce(answered));
  reconciler.start();
  teardown.push(() => reconciler.stop());
  database.on('update', changes => {
    if (changes.some(({ table }) => table === 'Interface')) vteps.request();
  });
  vteps.start();
  teardown.push(() => vteps.stop());
  // What is counted before may be old.
  reconciler.once('reconciled', () => void exhaustion.look());
  exhaustion.start();
  teardown.push(() => exhaustion.stop());
  const pools = new PoolWatch(() => store.view(), note);
  pools.start();
  teardown.push(() => pools.stop());
  watchLinks(node, database, note);
  for (const { installer, ports } of [integration, physical]) {
    ports.on('restored', setting => note(eventOfPort(installer.bridge, setting)));
    installer.on('drift', drift => {
      for (const event of eventsOfDrift(installer.bridge, drift, live.program)) note(event);
    });
    installer.on('restored', () => note(eventOfRestored(installer.bridge)));
  }
  const self = { kind: 'nodes', name: node.name } as const;
  guard.on('held', message => note({ severity: 'warning', reason: 'state-held', object: self, message }));
  guard.on('released', generation => {
    const message = `the switch follows the state database again, from generation ${generation} on`;
    note({ severity: 'info', reason: 'state-released', object: self, message });
  });
  database.start();

  const audit = new ProgramAudit({
    live,
    node: node.name,
    onHealed: () => reconciler.request(),
    note,
    logger: logger.child({ part: 'program' }),
  });
  audit.start();
  teardown.push(() => audit.stop());

  const runtime = new RunningNode({
    version,
    node,
    embedded: config.state.cluster === undefined,
    store,
    member,
    database,
    ownership,
    vteps,
    integration,
    physical,
    reconciler,
    live,
    audit,
    guard,
    sweeper,
    lookup,
    exhaustion,
    pools,
    events,
  });
  const { listen, tokens, hostNames, allowUnauthenticated, tls } = config.rest;
  const rest = await startRest({
    store,
    runtime,
    listen: listen.kind === 'unix' ? { unix: listen.path } : { host: listen.host, port: listen.port },
    tokens,
    hostNames,
    allowUnauthenticated,
    tls: await readTls(tls),
    version,
    logger: logger.child({ part: 'rest' }),
  });
  teardown.push(() => rest.close());
  logger.info({ address: rest.address }, 'REST listens');
  return rest;
}

/** A switch that is slow, or hangs, slows those who write. One that is away is another matter: it gets all when it is back. */
function switchBehind(bridges: readonly SwitchBridge[], maxBehind: number): StateError | undefined {
  const late = bridges.find(
    ({ connection, installer }) => connection.state !== 'disconnected' && installer.behindFor > maxBehind,
  );
  if (!late) return undefined;
  const { bridge, behindFor } = late.installer;
  const since = Math.floor(behindFor / 1000);
  return new StateError('STATE_SWITCH_BEHIND', `bridge ${bridge} has not confirmed what it was sent ${since} s ago`);
}

/** What the switch is told of this process. */
function holderOf({ state }: Config, { replica }: OvsdbClient<PointsmanTables>): SwitchHolder {
  return {
    pid: process.pid,
    host: hostname(),
    state: state.cluster?.remotes.map(formatActiveEndpoint).join(' ') ?? state.directory,
    // The one row that each such database has from its first day; a database that was emptied is another.
    get stateId() {
      return replica.rows('Pointsman').next().value?._uuid ?? '';
    },
  };
}

function signalled(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
}

/** Never resolves. @throws the reason, when the signal fires */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(signal.reason);
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}
