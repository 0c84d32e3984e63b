// What is translated to what, by zone: the measure of each connection that a switch remembers. A rule without a chunk is
// there too: what it covers, no wider one translates.

import { formatPrefix, networkOf } from '../../../lib/address.ts';
import { table } from '../../engine/table.ts';
import { unit } from '../../engine/unit.ts';
import { useKey } from '../../facts/base.ts';
import { reaches } from '../../facts/derived.ts';
import { natChunks, natPools, natRules, portForwards, routes, subnets, tenants } from '../../facts/objects.ts';
import { translations } from '../../facts/outcome.ts';
import { selectionText } from '../../nat/selection.ts';
import { forwardingOf, rangeOf, type TranslatedSource, translationsFrom } from '../../nat/translations.ts';
import { forwardsHere } from '../port-forward/forwards-here.ts';

export const sources = table({
  name: 'translated-sources',
  key: ({ tenant, interface: outer, prefix, selection }: { readonly tenant: string } & TranslatedSource) =>
    `${tenant} ${outer} ${formatPrefix(prefix)} ${selection ? selectionText(selection) : 'all'}`,
  indexes: { tenant: ({ tenant }) => [tenant] },
});

export const translatedSources = unit({
  name: 'nat/translated-sources',
  over: natRules,
  reads: [natPools, natChunks],
  writes: [sources],
  emit: (rule, facts, out) => {
    const pool = facts.get(natPools, rule.pool);
    if (!pool) return;
    const ranges = facts.by(natChunks, 'here', useKey(rule)).map(rangeOf);
    const prefix = networkOf(rule.source);
    for (const selection of rule.selections)
      out.put(sources, { tenant: rule.tenant, interface: pool.interface, prefix, selection, ranges });
  },
});

/** A zone in which nothing is translated is there too; one that somebody else has is not. */
export const zoneTranslations = unit({
  name: 'nat/translations',
  over: tenants,
  reads: [sources, forwardsHere, portForwards, routes, reaches, subnets],
  writes: [translations],
  emit: ({ name, zone }, facts, out) => {
    if (zone === undefined) return;
    // As table `route` has them: an interface's own prefix wins over a static route of the same length.
    const routed = () => [
      ...facts.by(routes, 'tenant', name).map(({ destination: prefix, ...route }) => ({ ...route, prefix })),
      ...facts.by(reaches, 'tenant', name).flatMap(reach => facts.by(subnets, 'interface', reach.interface)),
    ];
    const forwards = facts
      .by(forwardsHere, 'tenant', name)
      .flatMap(({ forward }) => facts.get(portForwards, forward) ?? [])
      .map(forwardingOf);
    out.put(translations, { zone, ...translationsFrom(facts.by(sources, 'tenant', name), routed, forwards) });
  },
});
