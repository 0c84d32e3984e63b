// The running node, as REST asks for it: read from the switch and the replicas at the moment of asking.

import { setTimeout as sleep } from 'node:timers/promises';
import { formatIp } from '../../lib/address.ts';
import { recent } from '../../lib/recent.ts';
import { ConnectionError, formatFlow, type SwitchConnection } from '../../openflow/index.ts';
import type { OpenVSwitchTables } from '../../ovsdb/generated/open-vswitch.ts';
import type { OvsdbClient } from '../../ovsdb/index.ts';
import { decodeCookie } from '../../policy/cookies.ts';
import { objectKey } from '../../policy/facts/base.ts';
import { flows } from '../../policy/facts/outcome.ts';
import { whyNoZone } from '../../policy/foreign-zones.ts';
import { offerOf } from '../../policy/membership.ts';
import type { NodeConfig } from '../../policy/node.ts';
import { integrationTableNames, physicalTableNames } from '../../policy/pipeline.ts';
import { interfaceStates } from '../bridges/observe-ports.ts';
import { missingNames, portFaults } from '../bridges/port-faults.ts';
import type { SwitchOwnership } from '../bridges/switch-ownership.ts';
import { rootRow } from '../bridges/switch-source.ts';
import type { VtepKeeper } from '../bridges/vtep-keeper.ts';
import type { NatExhaustion } from '../conntrack/exhaustion.ts';
import type { ConnectionLookup, Ended } from '../conntrack/look-up.ts';
import type { ConnectionQuery } from '../conntrack/query.ts';
import type { ConntrackSweeper } from '../conntrack/sweeper.ts';
import { foreignZones } from '../conntrack/zones.ts';
import type { Event } from '../events/event.ts';
import type { EventLog } from '../events/event-log.ts';
import { SignOfLife } from '../flows/sign-of-life.ts';
import type { Member } from '../membership/member.ts';
import type { LiveProgram } from '../program/live-program.ts';
import type { ProgramAudit } from '../program/program-audit.ts';
import { NotInstalledError } from '../reconcile/generation.ts';
import type { Reconciler, SwitchBridge } from '../reconcile/reconciler.ts';
import type { Adoption, StateGuard } from '../reconcile/state-guard.ts';
import { flowsOf, type Unaccounted } from '../reconcile/unaccounted.ts';
import { RequestRefused } from '../rest/problem.ts';
import type { FlowReport, NodeReport, ObjectName, Readiness, Runtime, StatusReport } from '../rest/runtime.ts';
import type { Store } from '../state/store.ts';
import { connectionReport, lookedUp } from './connections.ts';
import { countDrops, type DropCounter, sumDrops } from './drop-counters.ts';
import { objectOf } from './object-of.ts';
import { countPools, type PoolCounter } from './pool-counters.ts';
import type { PoolWatch } from './pool-fill.ts';
import { type ToldRefusal, tellRefusals } from './refusals.ts';
import {
  countInterfaces,
  countNewConnections,
  countRules,
  type InterfaceCounter,
  type NewConnectionCounter,
  type RuleCounter,
} from './traffic-counters.ts';
import { warningsOf, warningsOfDocuments, warningsOfProgram } from './warnings.ts';

export interface InspectedBridge extends SwitchBridge {
  readonly name: string;
  readonly life: SignOfLife;
  readonly tableNames: ReadonlyMap<number, string>;
}

export interface RunningNodeOptions {
  readonly version: string;
  readonly node: NodeConfig;
  /** Whether the state database is the embedded server's. */
  readonly embedded: boolean;
  readonly store: Store;
  readonly member: Member;
  readonly database: OvsdbClient<OpenVSwitchTables>;
  readonly ownership: SwitchOwnership;
  readonly vteps: VtepKeeper;
  readonly integration: SwitchBridge;
  readonly physical: SwitchBridge;
  readonly reconciler: Reconciler;
  readonly live: LiveProgram;
  readonly audit: Pick<ProgramAudit, 'rounds' | 'mismatches'>;
  readonly guard: StateGuard;
  readonly sweeper: Pick<ConntrackSweeper, 'problem'>;
  readonly lookup: Pick<ConnectionLookup, 'find' | 'end'>;
  readonly exhaustion: Pick<NatExhaustion, 'look' | 'warnings'>;
  readonly pools: Pick<PoolWatch, 'warnings'>;
  readonly events: Pick<EventLog, 'list'>;
}

export class RunningNode implements Runtime {
  readonly #options: RunningNodeOptions;
  readonly #bridges: readonly InspectedBridge[];
  readonly #interfaceCounters = recent(
    () => this.#countIn(connection => countInterfaces(connection, this.#options.live.program, patience)),
    countersAge,
  );
  readonly #ruleCounters = recent(
    () => this.#countIn(connection => countRules(connection, this.#options.live.program, patience)),
    countersAge,
  );
  readonly #poolCounters = recent(
    async () => countPools(this.#options.store.view(), this.#options.live.program),
    countersAge,
  );

  constructor(options: RunningNodeOptions) {
    this.#options = options;
    const { node, integration, physical } = options;
    this.#bridges = [
      {
        name: node.integrationBridge,
        ...integration,
        life: new SignOfLife(integration.connection),
        tableNames: integrationTableNames,
      },
      {
        name: node.physicalBridge,
        ...physical,
        life: new SignOfLife(physical.connection),
        tableNames: physicalTableNames,
      },
    ];
  }

  async waitInstalled(generation: number, signal: AbortSignal, objects: readonly ObjectName[] = []): Promise<void> {
    const { guard, reconciler } = this.#options;
    if (guard.why !== undefined) throw new Error(guard.why);
    do await reconciler.generation.wait(generation, signal);
    while (!(await this.#isConfirmed(generation, signal)));
    const names = new Set(objects.map(({ kind, name }) => objectKey(kind, name)));
    const theirs = this.#refusals().filter(({ object }) => object !== undefined && names.has(object));
    if (theirs.length > 0) throw new Error(someOf(theirs));
  }

  /**
   * A write that changes no flow asks nothing of the switch: that it is at work is asked for then.
   * @throws NotInstalledError when `signal` fires
   */
  async #isConfirmed(generation: number, signal: AbortSignal): Promise<boolean> {
    const aborted = new Promise<never>((_, reject) => {
      const giveUp = () => reject(new NotInstalledError(generation, signal.reason));
      if (signal.aborted) giveUp();
      signal.addEventListener('abort', giveUp, { once: true });
    });
    const asked = Promise.all(this.#bridges.map(({ life }) => life.confirm(maxSilence, patience.timeout)));
    try {
      await Promise.race([asked, aborted]);
      return true;
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      await sleep(50);
      return false;
    }
  }

  /** Ports of ours that somebody has set to pass nothing on. */
  #deafPorts(): string[] {
    const { node, database } = this.#options;
    const ours = new Set(interfaceStates(node, database).map(({ name }) => name));
    return this.#bridges.flatMap(({ name: bridge, life }) =>
      life.deafPorts
        .filter(({ name }) => ours.has(name))
        .map(({ name, setting }) => `port ${name} of bridge ${bridge} is set to ${setting} (ovs-ofctl mod-port)`),
    );
  }

  #refusals(): readonly ToldRefusal[] {
    const { reconciler, live } = this.#options;
    return tellRefusals(live.program, reconciler.findings?.refused ?? []);
  }

  async ready(): Promise<Readiness> {
    const silent = await Promise.all(this.#bridges.map(isSilent));
    const { node, store, database, ownership, vteps, reconciler, guard } = this.#options;
    const reasons: string[] = [];
    reasons.push(...guard.reasons);
    const { absence } = this.#options.member;
    if (absence !== undefined) reasons.push(absence);
    if (!store.connected) reasons.push('the state database does not answer');
    if (database.state.kind !== 'ready') reasons.push("the switch's database does not answer");
    const datapath = reconciler.findings?.switchOutcome.plan.datapath;
    if (datapath?.kind === 'refuse') reasons.push(datapath.error.message);
    if (ownership.obstacles.length > 0) reasons.push(...ownership.obstacles);
    else {
      for (const [index, { name, connection }] of this.#bridges.entries())
        if (connection.state !== 'connected') reasons.push(`bridge ${name} is not connected`);
        else if (silent[index]) reasons.push(`bridge ${name} does not answer`);
      const plan = reconciler.findings?.switchOutcome.plan;
      if (plan) reasons.push(...missingNames(node, plan).map(({ message }) => message));
      reasons.push(...vteps.faults, ...portFaults(node, database).faults);
      reasons.push(...this.#tenantsWithoutZone());
      reasons.push(...this.#deafPorts());
      const refusals = this.#refusals();
      if (refusals.length > 0) reasons.push(`${refusals.length} refusals of the switch: ${someOf(refusals)}`);
    }
    if (reasons.length === 0 && !reconciler.generation.holds(store.mark()?.generation ?? Number.POSITIVE_INFINITY))
      reasons.push(reconciler.lastError ?? 'the intent is not installed yet');
    if (reasons.length === 0)
      for (const { name, installer } of this.#bridges)
        if (!installer.isInSync) reasons.push(`what others have changed of bridge ${name} is not put right yet`);
    return { ready: reasons.length === 0, reasons };
  }

  /** Why tenants that have rules are not translated. */
  #tenantsWithoutZone(): string[] {
    const { node, store, database } = this.#options;
    const foreign = foreignZones(node, database);
    if (foreign.size === 0 || !store.mark()) return [];
    const { documents, allocations } = store.view();
    const tenants = new Set([...documents['nat-rules'].values()].map(({ tenant }) => tenant));
    return [...tenants].flatMap(tenant => whyNoZone(tenant, allocations.zones.get(tenant), foreign) ?? []);
  }

  async status(): Promise<StatusReport> {
    const { version, node, store, database, ownership, vteps, reconciler, guard } = this.#options;
    const { findings } = reconciler;
    const ports = portFaults(node, database);
    const root = rootRow(database);
    const datapath = findings?.switchOutcome.plan.datapath;
    const inUse = database.replica.find('Bridge', row => row.name === node.integrationBridge)?.datapath_type;
    await this.#options.exhaustion.look();
    await Promise.all(this.#bridges.map(isSilent));
    return {
      node: node.name,
      version,
      generation: { intent: store.view().generation, installed: reconciler.generation.installed },
      state: {
        connected: store.connected,
        embedded: this.#options.embedded,
        retries: store.retries,
        ...(guard.why === undefined ? {} : { held: guard.why }),
        ...(guard.unaccounted ? { unaccounted: reportOf(guard.unaccounted) } : {}),
      },
      ovs: {
        connected: database.state.kind === 'ready',
        ...(root?.ovs_version === undefined ? {} : { version: root.ovs_version }),
        datapathType: node.datapathType,
        ...(inUse === undefined ? {} : { datapathInUse: inUse }),
        offload:
          datapath?.kind === 'use' ? datapath.offload : { active: false, reason: 'the datapath is not chosen yet' },
        ...(root?.doca_version === undefined ? {} : { docaVersion: root.doca_version }),
      },
      holder: {
        self: ownership.holder.held,
        ...(ownership.holder.who === undefined ? {} : { who: ownership.holder.who }),
      },
      bridges: this.#bridges.map(({ name, installer, ports: { restoredCount } }) => ({
        name,
        connected: installer.connected,
        ...(installer.flowCount === undefined ? {} : { flows: installer.flowCount }),
        drift: installer.driftCount + restoredCount,
        behindFor: Math.round(installer.behindFor),
      })),
      program: this.#program(),
      interfaces: interfaceStates(node, database).map(({ name, bridge, ofport, error, linkState }) => ({
        name,
        bridge,
        ...(ofport === undefined ? {} : { ofport }),
        ...(error === undefined ? {} : { error }),
        ...(linkState === undefined ? {} : { link: linkState }),
      })),
      nodes: this.nodes().filter(({ self }) => !self),
      warnings: [
        ...guard.warnings,
        ...warningsOf(
          findings,
          this.#options.live,
          ownership.obstacles,
          [...vteps.faults, ...ports.faults, ...ports.warnings, ...this.#deafPorts()],
          {
            self: offerOf(node),
            peers: store.snapshot().membership.peers,
            exhausted: this.#options.member.exhausted,
            resting: this.#options.member.resting(),
          },
        ),
        ...warningsOfDocuments(this.#options.live.program),
        ...warningsOfProgram(this.#options.live.program),
        ...this.#options.pools.warnings,
        ...this.#conntrackWarnings(),
      ],
      ...(reconciler.lastError === undefined ? {} : { lastError: reconciler.lastError }),
    };
  }

  #program(): StatusReport['program'] {
    const { live, audit } = this.#options;
    const { program } = live;
    return {
      instances: program.instanceCount,
      flows: program.size(flows.integration) + program.size(flows.physical),
      faults: program.faults.length,
      collisions: program.collisions.length,
      audit: { rounds: audit.rounds, mismatches: audit.mismatches },
    };
  }

  #conntrackWarnings(): string[] {
    const { sweeper, exhaustion } = this.#options;
    const blind = sweeper.problem === undefined ? [] : [`connections end by whole zones: ${sweeper.problem}`];
    return [...blind, ...exhaustion.warnings];
  }

  async flowsOfCookie(cookie: bigint): Promise<FlowReport | undefined> {
    const found: { bridge: string; table: string; flow: string; packets: number; bytes: number }[] = [];
    for (const { name, connection, tableNames } of this.#bridges) {
      await asked(name, async () => {
        const filter = { cookie, cookieMask: 0xffffffffffffffffn };
        for await (const flow of connection.dumpFlows(filter, patience)) {
          found.push({
            bridge: name,
            table: tableNames.get(flow.table) ?? String(flow.table),
            flow: formatFlow(flow, { tableName: table => tableNames.get(table) }),
            packets: Number(flow.packetCount),
            bytes: Number(flow.byteCount),
          });
        }
      });
    }
    if (found.length === 0) return undefined;
    const parts = decodeCookie(cookie);
    const object = parts && objectOf(this.#options.live.program, parts);
    return {
      cookie: `0x${cookie.toString(16)}`,
      ...(object ? { object } : {}),
      ...(parts?.drop === undefined ? {} : { reason: parts.drop }),
      flows: found,
    };
  }

  events(after: Date | undefined): readonly Event[] {
    return this.#options.events.list(after);
  }

  nodes(): readonly NodeReport[] {
    const { node, store, member } = this.#options;
    const { nodes, bindings } = store.view();
    const silences = member.silences();
    const count = (bound: ReadonlyMap<string, string>, name: string) =>
      [...bound.values()].filter(owner => owner === name).length;
    return [...nodes].map(([name, { offer }]) => ({
      name,
      self: name === node.name,
      silentFor: Math.floor((silences.get(name) ?? 0) / 1000),
      vteps: Object.fromEntries([...offer.vteps].map(([vtep, ip]) => [vtep, formatIp(ip)])),
      physicalPorts: [...offer.physicalPorts],
      interfaces: count(bindings.interfaces, name),
      ports: count(bindings.ports, name),
    }));
  }

  async dropNode(name: string): Promise<'dropped' | 'absent' | 'self'> {
    const { node, member } = this.#options;
    if (name === node.name) return 'self';
    return (await member.dropNode(name)) ? 'dropped' : 'absent';
  }

  adopt(generation: number, discard: boolean): Promise<Adoption> {
    return this.#options.guard.adopt(generation, discard);
  }

  connections(query: ConnectionQuery, limit: number, after: string | undefined): ReturnType<Runtime['connections']> {
    return lookedUp(async () => {
      const { found, isCut } = await this.#options.lookup.find(query, limit, after);
      return { items: found.map(connectionReport), next: isCut ? found.at(-1)?.key : undefined };
    });
  }

  endConnections(query: ConnectionQuery): Promise<Ended> {
    return lookedUp(() => this.#options.lookup.end(query));
  }

  async dropCounters(): Promise<readonly DropCounter[]> {
    const counted: DropCounter[] = [];
    for (const { name, connection } of this.#bridges)
      counted.push(...(await asked(name, () => countDrops(connection, this.#options.live.program, patience))));
    return sumDrops(counted);
  }

  newConnections(): Promise<readonly NewConnectionCounter[]> {
    return this.#countIn(connection => countNewConnections(connection, this.#options.live.program, patience));
  }

  #countIn<T>(count: (connection: SwitchConnection) => Promise<T>): Promise<T> {
    const { node, integration } = this.#options;
    return asked(node.integrationBridge, () => count(integration.connection));
  }

  interfaceCounters(): Promise<readonly InterfaceCounter[]> {
    return this.#interfaceCounters();
  }

  ruleCounters(): Promise<readonly RuleCounter[]> {
    return this.#ruleCounters();
  }

  poolCounters(): Promise<readonly PoolCounter[]> {
    return this.#poolCounters();
  }
}

function reportOf(unaccounted: Unaccounted) {
  const { flows, groups, meters, zones } = unaccounted;
  return { flows: flowsOf(unaccounted), byKind: Object.fromEntries(flows), groups, meters, zones };
}

/** Of as many as there may be, the first. */
function someOf(refusals: readonly ToldRefusal[]): string {
  const most = 3;
  const more = refusals.length > most ? `; and ${refusals.length - most} more` : '';
  return `${refusals
    .slice(0, most)
    .map(({ text }) => text)
    .join('; ')}${more}`;
}

async function isSilent({ connection, life }: InspectedBridge): Promise<boolean> {
  if (connection.state !== 'connected') return false;
  try {
    await life.confirm(maxSilence, patience.timeout);
    return false;
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    return true;
  }
}

/** How old the last answer of a bridge may be that is said to be at work, ms. */
const maxSilence = 500;

/** How old counters may be that are told, ms: whoever scrapes them often costs the switch no more. */
const countersAge = 1_000;

/** A local switch answers within milliseconds, or hangs. */
const patience = { timeout: 2_000 };

/** What is missing is not left out: a bridge that cannot be asked is the answer. @throws RequestRefused */
async function asked<T>(bridge: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (!(cause instanceof ConnectionError)) throw cause;
    throw new RequestRefused('switch-unavailable', `bridge ${bridge}: ${cause.message}`, { cause });
  }
}
