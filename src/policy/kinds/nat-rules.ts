// A NAT rule: source NAT of a tenant's prefix to a pool, of all that it sends or of some.

import { z } from 'zod';
import { formatPrefix, networkOf, parsePrefix } from '../../lib/address.ts';
import { type Unit, unit } from '../engine/unit.ts';
import { documentTables, foreignZones, numbers, objectKey } from '../facts/base.ts';
import { claims, subnetClaims } from '../facts/claims.ts';
import { draftInterfaces, draftPools, ways } from '../facts/drafts.ts';
import { natPools, natRules as resolvedRules, tenants } from '../facts/objects.ts';
import { existing, faulty, problems } from '../facts/problems.ts';
import { everyNatProtocol, everywhere, portBlocks, prefixesWithout, type Selection } from '../nat/selection.ts';
import { whyNotRouted } from '../special-addresses.ts';
import { nameSchema, portNumberSchema, prefixSchema } from './fields.ts';
import { kindHome } from './kind.ts';
import { labelsSchema } from './labels.ts';
import { type Speaker, speaker } from './speaker.ts';
import { sortAddresses, spellNetwork } from './spelling.ts';
import { claimUse } from './use.ts';
import { reportForeignZone } from './zone.ts';

const destinationsSchema = z.array(prefixSchema).min(1).max(16);

export const natRuleSchema = z
  .strictObject({
    name: nameSchema,
    labels: labelsSchema,
    tenant: nameSchema,
    source: prefixSchema.describe('Inside addresses the rule translates.'),
    pool: nameSchema,
    destinations: destinationsSchema
      .optional()
      .describe('Only what goes to one of these prefixes; absent: wherever it goes.'),
    except: destinationsSchema
      .optional()
      .describe('Not what goes to one of these prefixes: there the next rule counts, and without one it is dropped.'),
    protocol: z.enum(everyNatProtocol).optional().describe('Only this protocol; absent: all that NAT translates.'),
    ports: z
      .strictObject({ min: portNumberSchema, max: portNumberSchema })
      .optional()
      .describe('Only what goes to one of these ports, both included; with protocol tcp or udp.'),
  })
  .meta({
    id: 'NatRule',
    description:
      'Source NAT of a tenant’s prefix to a pool. Of several rules that cover a packet, the most specific counts: the longest source, then the longest destination, then ports before a protocol alone before neither.',
  });

export type NatRuleDocument = z.infer<typeof natRuleSchema>;

export const natRules = kindHome({
  noun: 'NAT rule',
  plural: 'NAT rules',
  schema: natRuleSchema,
  references: document => [
    { pointer: '/tenant', kind: 'tenants', name: document.tenant },
    { pointer: '/pool', kind: 'nat-pools', name: document.pool },
  ],
  spell: document => ({
    ...document,
    source: spellNetwork(document.source),
    ...each(document, list => list.map(spellNetwork)),
  }),
  sort: document => ({ ...document, ...each(document, sortAddresses) }),
});

type Lists = Pick<NatRuleDocument, 'destinations' | 'except'>;

function each({ destinations, except }: Lists, change: (list: readonly string[]) => string[]): Lists {
  return {
    ...(destinations ? { destinations: change(destinations) } : {}),
    ...(except ? { except: change(except) } : {}),
  };
}

/** So many OpenFlow matches tell what a rule covers, at the most: one cannot make the table of all. */
const mostMatches = 1024;

/** One for each destination. */
function selectionsOf({ destinations, except = [], protocol, ports }: NatRuleDocument): readonly Selection[] {
  const prefixes = destinations?.map(text => networkOf(parsePrefix(text))) ?? [everywhere];
  const without = except.map(text => networkOf(parsePrefix(text)));
  return prefixes.map(destination => ({ destination, except: without, protocol, ports }));
}

/** What is wrong with what it selects. */
function checkSelection({ report }: Speaker, document: NatRuleDocument): void {
  const { destinations, except, protocol, ports } = document;
  for (const [list, texts] of Object.entries({ destinations, except }))
    for (const [i, text] of (texts ?? []).entries()) {
      const prefix = parsePrefix(text);
      const unrouted = whyNotRouted(prefix);
      const pointer = `/${list}/${i}`;
      if (prefix.ip.family !== 4) report(pointer, 'invalid', 'family', 'source NAT is for IPv4');
      else if (unrouted) report(pointer, 'invalid', 'special', `${text} is ${unrouted}, and never routed`);
    }
  if (ports && (protocol === undefined || protocol === 'icmp'))
    report('/ports', 'invalid', 'protocol', 'ports are those of protocol tcp or udp');
  if (ports && ports.min > ports.max) report('/ports', 'invalid', 'range', `${ports.min} is above ${ports.max}`);
  const selections = selectionsOf(document).filter(({ destination }) => destination.ip.family === 4);
  const prefixes = selections.reduce((sum, of) => sum + prefixesWithout(of.destination, of.except).length, 0);
  const matches = prefixes * (ports ? portBlocks(ports).length : 1);
  if (selections.length > 0 && prefixes === 0)
    report('/except', 'invalid', 'nothing', 'nothing is left of what the rule covers');
  if (matches > mostMatches)
    report(
      '/except',
      'invalid',
      'size',
      `${matches} matches of OpenFlow would tell what it covers, more than ${mostMatches}`,
    );
}

export const natRuleUnits: readonly Unit[] = [
  unit({
    name: 'nat-rules/check',
    over: documentTables['nat-rules'],
    reads: [existing, draftPools, draftInterfaces],
    writes: [claims, subnetClaims, ways, problems],
    emit: (document, facts, out) => {
      const { name, tenant } = document;
      const subject = { kind: 'nat-rules', name, noun: natRules.noun } as const;
      const speak = speaker(subject, out);
      const outer = facts.get(draftInterfaces, facts.get(draftPools, document.pool)?.interface ?? '');
      if (!facts.get(existing, objectKey('tenants', tenant)) || !outer) return;
      const source = parsePrefix(document.source);
      const unrouted = whyNotRouted(source);
      if (source.ip.family !== 4) speak.report('/source', 'invalid', 'family', 'source NAT is for IPv4');
      else if (unrouted)
        speak.report('/source', 'invalid', 'special', `${document.source} is ${unrouted}, and never routed`);
      claimUse({ subject, speak, out }, tenant, outer, '/pool');
      checkSelection(speak, document);
      const { ports } = document;
      for (const { destination, protocol } of selectionsOf(document)) {
        const to = `${formatPrefix(destination)} ${protocol ?? ''}${ports ? ' ports' : ''}`;
        const isAny = destination.length === 0 && protocol === undefined;
        speak.claim({
          what: `rule ${tenant} ${outer.name} ${formatPrefix(networkOf(source))}${isAny ? '' : ` ${to}`}`,
          said: isAny ? `this source of tenant ${tenant}` : `what this selects of tenant ${tenant}`,
          ...{ role: 'only', pointer: '/source' },
          ...(ports ? { ports } : {}),
        });
      }
    },
  }),
  unit({
    name: 'nat-rules/zone',
    over: documentTables['nat-rules'],
    reads: [numbers, foreignZones],
    writes: [problems],
    emit: ({ name, tenant }, facts, out) => reportForeignZone({ kind: 'nat-rules', name, tenant }, facts, out),
  }),
  unit({
    name: 'nat-rules/resolve',
    over: documentTables['nat-rules'],
    reads: [faulty, numbers, tenants, natPools],
    writes: [resolvedRules],
    emit: (document, facts, out) => {
      const { name, tenant, pool } = document;
      const key = objectKey('nat-rules', name);
      const id = facts.get(numbers, key)?.id;
      if (id === undefined || facts.get(faulty, key) || !facts.get(tenants, tenant) || !facts.get(natPools, pool))
        return;
      const selections = selectionsOf(document);
      out.put(resolvedRules, { name, id, tenant, source: parsePrefix(document.source), pool, selections });
    },
  }),
];
