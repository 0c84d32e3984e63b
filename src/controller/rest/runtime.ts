// What REST asks the running controller, and the shapes of its answers. The daemon implements Runtime; tests fake it.

import { z } from 'zod';
import { type Kind, kinds } from '../../policy/kinds/names.ts';
import type { Ended } from '../conntrack/look-up.ts';
import type { ConnectionQuery } from '../conntrack/query.ts';
import type { Event } from '../events/event.ts';
import type { Adoption } from '../reconcile/state-guard.ts';

type DeepReadonly<T> = T extends readonly (infer E)[]
  ? readonly DeepReadonly<E>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

const count = z.int().min(0);

export const nodeReportSchema = z
  .object({
    name: z.string(),
    self: z.boolean().describe('Whether it is the node that answers.'),
    silentFor: count.describe('Seconds since it was last seen alive.'),
    vteps: z.record(z.string(), z.string()).describe('Addresses by name.'),
    physicalPorts: z.array(z.string()),
    interfaces: count.describe('How many it has the wire of.'),
    ports: count.describe('How many are at it.'),
  })
  .meta({ id: 'Node', description: 'A pointsman that works on this intent.' });

export const statusReportSchema = z
  .object({
    node: z.string(),
    version: z.string().describe('Of pointsman.'),
    generation: z.object({
      intent: count.describe('The generation of the intent that was read last.'),
      installed: count.describe('The generation that the switch has confirmed in full; 0 while that is not known.'),
    }),
    state: z.object({
      connected: z.boolean(),
      embedded: z.boolean().describe('Whether the state database is served by an ovsdb-server of pointsman’s own.'),
      retries: count.describe('How often a write was planned anew, because that of another node came in between.'),
      held: z.string().optional().describe('Why nothing is installed until somebody adopts the state.'),
      unaccounted: z
        .object({
          flows: count,
          byKind: z.record(z.string(), count).describe('The flows, by the kind of the object that their cookie names.'),
          groups: count,
          meters: count,
          zones: count.describe('Of connection tracking.'),
        })
        .optional()
        .describe(
          'While it is held: what the switch holds of pointsman that the state database does not account for. A flow is ' +
            'accounted for when there is to be one of the same table, priority and match.',
        ),
    }),
    ovs: z.object({
      connected: z.boolean(),
      version: z.string().optional(),
      datapathType: z.string().describe('What the configuration asks for.'),
      datapathInUse: z.string().optional().describe('What the bridges have.'),
      offload: z.object({ active: z.boolean(), reason: z.string() }),
      docaVersion: z.string().optional(),
    }),
    holder: z
      .object({
        self: z.boolean().describe('Whether it is the process that answers.'),
        who: z.string().optional().describe('As it has written into its integration bridge.'),
      })
      .describe('The one pointsman that works on the switch: others wait.'),
    bridges: z.array(
      z.object({
        name: z.string(),
        connected: z.boolean(),
        flows: count.optional().describe('Of pointsman, as it knows them to be installed; absent while it does not.'),
        drift: count.describe(
          'Flows, groups, meters and settings of ports of pointsman that others have changed, and it has put right, since its start.',
        ),
        behindFor: count.describe(
          'For how long there has been something to install that the bridge has not confirmed, ms.',
        ),
      }),
    ),
    program: z
      .object({
        instances: count.describe('Of what it is made of: a rule for a row.'),
        flows: count.describe('That it asks for, on both bridges.'),
        faults: count.describe('Rules that have failed on a row: see the warnings.'),
        collisions: count.describe('Flows that two objects ask for, and not the same: the first stands.'),
        audit: z.object({
          rounds: count.describe('How often all of it was worked out again, beside what is kept.'),
          mismatches: count.describe('What was found to differ by that, and put right.'),
        }),
      })
      .describe('What the intent comes to here.'),
    interfaces: z.array(
      z.object({
        name: z.string(),
        bridge: z.string(),
        ofport: z.int().optional(),
        error: z.string().optional().describe('Of ovs-vswitchd, about this interface.'),
        link: z.enum(['up', 'down']).optional().describe('Whether its device has a carrier, where that is known.'),
      }),
    ),
    nodes: z.array(nodeReportSchema).describe('The others that work on this intent.'),
    warnings: z.array(z.string()),
    lastError: z.string().optional(),
  })
  .meta({ id: 'Status', description: 'How the node is.' });

export const flowReportSchema = z
  .object({
    cookie: z.string().describe('0x and up to 16 hexadecimal digits.'),
    object: z
      .object({ kind: z.enum(kinds), name: z.string(), href: z.string() })
      .optional()
      .describe('The object that caused the flows.'),
    reason: z.string().optional().describe('Why these flows drop, where they do.'),
    flows: z.array(
      z.object({
        bridge: z.string(),
        table: z.union([z.int(), z.string()]),
        flow: z.string().describe('In the syntax of ovs-ofctl.'),
        packets: count,
        bytes: count,
      }),
    ),
  })
  .meta({ id: 'Flows', description: 'The installed flows of one cookie.' });

export const dropCounterSchema = z
  .object({
    reason: z.string(),
    interface: z
      .string()
      .optional()
      .describe('The interface or port whose rate was exceeded, or that refused the packets.'),
    rule: z.string().optional().describe('The NAT rule that the packets fell under.'),
    packets: count,
    bytes: count,
  })
  .meta({ id: 'DropCounter', description: 'What was dropped, and why.' });

export const newConnectionCounterSchema = z
  .object({
    interface: z.string(),
    from: z.enum(['inside', 'outside']).describe('Who begins them.'),
    packets: count.describe('Those that were dropped then are in it, and each one that was sent again.'),
    bytes: count,
  })
  .meta({ id: 'NewConnectionCounter', description: 'Packets that began a connection by an interface, or would have.' });

export const interfaceCounterSchema = z
  .object({
    interface: z.string().optional().describe('Either this or `port`.'),
    port: z.string().optional(),
    direction: z.enum(['in', 'out']).describe('In: into the switch.'),
    packets: count,
    bytes: count,
  })
  .meta({ id: 'InterfaceCounter', description: 'What passed an interface or port of this node.' });

export const ruleCounterSchema = z
  .object({
    rule: z.string(),
    tenant: z.string(),
    pool: z.string(),
    packets: count.describe('That were to begin a connection; one that found no port is in it, and among the drops.'),
    bytes: count,
  })
  .meta({ id: 'NatRuleCounter', description: 'What began under a NAT rule at this node.' });

export const poolCounterSchema = z
  .object({
    pool: z.string(),
    all: count.describe('Chunks that there are.'),
    taken: count.describe(
      'Somebody’s, at any node, or resting. Of an address that pools share, whichever of them gave it.',
    ),
    here: count.describe('Of this pool, at this node.'),
    chunkSize: count.describe('Ports in a chunk.'),
  })
  .meta({ id: 'NatPoolCounter', description: 'How much of a NAT pool is given out, in chunks.' });
const endSchema = z.object({
  address: z.string(),
  port: z.int().optional().describe('Of ICMP the identifier.'),
});

const tupleSchema = z.object({
  source: z.string(),
  destination: z.string(),
  sourcePort: z.int().optional(),
  destinationPort: z.int().optional(),
  icmpId: z.int().optional(),
  icmpType: z.int().optional(),
  icmpCode: z.int().optional(),
});

export const connectionReportSchema = z
  .object({
    tenant: z.string(),
    rule: z.string().optional().describe('The NAT rule that translates it, as the rules are now.'),
    forward: z.string().optional().describe('The port forward that lets it in.'),
    interface: z.string().optional().describe('The inner interface in whose subnets its end inside is.'),
    protocol: z.string().describe('By name where it has one that is translated, else its number.'),
    inside: endSchema.describe('Who began it, or to whom a port is forwarded.'),
    outside: endSchema.describe('The same end as it is outside.'),
    remote: endSchema.describe('The far end.'),
    original: tupleSchema.describe('As the packets come of who began it.'),
    reply: tupleSchema.describe('As the answers come.'),
    zone: z.int().describe('Of connection tracking.'),
    state: z.string().optional().describe('Of TCP.'),
    timeout: z.int().optional().describe('When it is forgotten if nothing comes, s.'),
    packets: count.optional().describe('Of both directions, where the datapath counts them.'),
    bytes: count.optional(),
  })
  .meta({ id: 'Connection', description: 'A connection that the datapath remembers.' });

export type ConnectionReport = DeepReadonly<z.infer<typeof connectionReportSchema>>;
export type StatusReport = DeepReadonly<z.infer<typeof statusReportSchema>>;
export type FlowReport = DeepReadonly<z.infer<typeof flowReportSchema>>;
export type NodeReport = DeepReadonly<z.infer<typeof nodeReportSchema>>;
export type DropCounter = DeepReadonly<z.infer<typeof dropCounterSchema>>;
export type NewConnectionCounter = DeepReadonly<z.infer<typeof newConnectionCounterSchema>>;

export type InterfaceCounter = DeepReadonly<z.infer<typeof interfaceCounterSchema>>;
export type RuleCounter = DeepReadonly<z.infer<typeof ruleCounterSchema>>;
export type PoolCounter = DeepReadonly<z.infer<typeof poolCounterSchema>>;

export interface ObjectName {
  readonly kind: Kind;
  readonly name: string;
}

export interface Readiness {
  readonly ready: boolean;
  /** Why not; empty when ready. */
  readonly reasons: readonly string[];
}

/** The running controller, as REST sees it. */
export interface Runtime {
  /**
   * Resolves when the switch has confirmed everything of the generation or a later one; rejects when `signal` fires, or when the
   * switch refuses something of one of these objects.
   */
  waitInstalled(generation: number, signal: AbortSignal, objects: readonly ObjectName[]): Promise<void>;
  status(): Promise<StatusReport>;
  /** Undefined when no flow has the cookie. */
  flowsOfCookie(cookie: bigint): Promise<FlowReport | undefined>;
  dropCounters(): Promise<readonly DropCounter[]>;
  newConnections(): Promise<readonly NewConnectionCounter[]>;
  interfaceCounters(): Promise<readonly InterfaceCounter[]>;
  ruleCounters(): Promise<readonly RuleCounter[]>;
  poolCounters(): Promise<readonly PoolCounter[]>;
  /**
   * @param after the `next` of the page before
   * @throws RequestRefused
   */
  connections(
    query: ConnectionQuery,
    limit: number,
    after: string | undefined,
  ): Promise<{ readonly items: readonly ConnectionReport[]; readonly next: string | undefined }>;
  /** @throws RequestRefused */
  endConnections(query: ConnectionQuery): Promise<Ended>;
  /** What happened, the newest last; of these, where a time is given, what was seen after it. */
  events(after: Date | undefined): readonly Event[];
  /** In order of name. */
  nodes(): readonly NodeReport[];
  /** Takes a node that will not come back out of the state: what it had is free at once, unless it was just seen alive. */
  dropNode(name: string): Promise<'dropped' | 'absent' | 'self'>;
  /** Says that the switch is to follow a state which is held. */
  adopt(generation: number, discard: boolean): Promise<Adoption>;
  ready(): Promise<Readiness>;
}
