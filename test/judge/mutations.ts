// `npm run judge:mutations [-- SEED [TEXT]]`: breaks the compiler, the engine and what takes it to the switch in many ways, one at a time, in a copy
// of the sources, and shows that the judge sees each. What it does not see, its packets do not ask for. With a TEXT only those that it stands in.

import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../lab/process.ts';

interface Mutation {
  readonly what: string;
  /** Under src/policy. */
  readonly file: string;
  /** A text that stands in the file once. */
  readonly from: string;
  readonly to: string;
  /** It shows when something changes, and not before. */
  readonly isOfChanges?: boolean;
}

const mutations: readonly Mutation[] = [
  {
    what: 'a priority: the TTL check below the routes',
    file: 'features/route/route-flow.ts',
    from: 'expired: 2000',
    to: 'expired: 1',
  },
  {
    what: 'a priority: every route is as good as any',
    file: 'features/route/route-flow.ts',
    from: '100 + 2 * to.length + (isConnected ? 1 : 0)',
    to: '100 + (isConnected ? 1 : 0)',
  },
  {
    what: 'a wrong condition: each tenant has the routes of another',
    file: 'features/route/route-flow.ts',
    from: 'match: [...registersAre([registers.tenant, tenant.id]), ...inPrefix(',
    to: 'match: [...registersAre([registers.tenant, tenant.id ^ 1]), ...inPrefix(',
  },
  {
    what: 'a missing mask: a chunk is one port',
    file: 'features/nat/chunk.ts',
    from: '0x10000 - size',
    to: '0xffff',
  },
  {
    what: 'a wrong range: a chunk is the one beside it',
    file: 'features/nat/chunk.ts',
    from: 'port, 0x10000 - size)',
    to: 'port ^ size, 0x10000 - size)',
  },
  {
    what: 'a wrong zone: replies are looked for in the next tenant’s',
    file: 'features/nat/chunk.ts',
    from: 'load(registers.zone, tenant.zone)',
    to: 'load(registers.zone, tenant.zone + 1)',
  },
  {
    what: 'a wrong tenant: replies are routed by the next tenant’s table',
    file: 'features/nat/chunk.ts',
    from: 'load(registers.tenant, tenant.id)',
    to: 'load(registers.tenant, tenant.id + 1)',
  },
  {
    what: 'a swapped field: the next hop is where the packet comes from',
    file: 'features/route/connected.ts',
    from: 'addressFields[family].destination',
    to: 'addressFields[family].source',
  },
  {
    what: 'a missing drop: connections begin though policy says no',
    file: 'features/new-connections/begin.ts',
    from: "?.policy) === 'drop'",
    to: "?.policy) === ('never' as string)",
  },
  {
    what: 'who says it: a tenant’s word goes over that of its interface',
    file: 'features/new-connections/begin.ts',
    from: 'policy ?? facts.get(tenantPolicies, tenant)?.policy',
    to: 'facts.get(tenantPolicies, tenant)?.policy ?? policy',
  },
  {
    what: 'a missing drop: any source from inside',
    file: 'pipeline.ts',
    from: "miss: drops('spoofed-source')",
    to: "miss: goesOn('l2_lookup')",
  },
  {
    what: 'a missing drop: any source from a port',
    file: 'features/anti-spoof/port-sources.ts',
    from: "drop('source', 110, 'spoofed-source', registersAre([registers.arrivedBy, machine.index])),",
    to: 'fromPort(machine, { ip: { family: 4, value: 0 }, length: 0 }),',
  },
  {
    what: 'a missing drop: new connections from outside',
    file: 'pipeline.ts',
    from: "miss: goesOn('outer_new')",
    to: "miss: goesOn('route')",
  },
  {
    what: 'a missing drop: the gateway’s own address is routed',
    file: 'features/answer/gateway-ping.ts',
    from: "leg.role === 'inner' ? [drop(",
    to: "leg.role !== 'inner' ? [drop(",
  },
  {
    what: 'a missing condition: ports send with any MAC address',
    file: 'features/classify/port.ts',
    from: "is('in_port', ofport), is('eth_src', port.mac), isUntagged()",
    to: "is('in_port', ofport), isUntagged()",
  },
  {
    what: 'a missing condition: a VNI from any VTEP',
    file: 'features/classify/interface.ts',
    from: 'if (wire.remoteVteps.length === 0)',
    to: 'if (wire.remoteVteps.length >= 0)',
  },
  {
    what: 'a missing condition: relays are taken from anybody',
    file: 'features/peers/pass-on.ts',
    from: '      ...registersAre([registers.fromPeer, 1]),\n',
    to: '',
  },
  {
    what: 'a forgotten step: the TTL stays',
    file: 'features/neighbour/reach.ts',
    from: "{ kind: 'dec_ttl' }, ",
    to: '',
  },
  {
    what: 'a wrong MAC address: everybody sends with the gateway’s',
    file: 'features/words/interfaces.ts',
    from: 'return isOwn ?',
    to: 'return !at ?',
  },
  {
    what: 'a missing split horizon: what a peer sent goes to a third',
    file: 'features/segment/to-machine.ts',
    from: ', [registers.fromPeer, 0]),',
    to: '),',
  },
  {
    what: 'a wrong answer: ARP replies with the asker’s address',
    file: 'features/answer/questions.ts',
    from: "set('arp_spa', ip),",
    to: '',
  },
  {
    what: 'an answer too many: ARP from the MAC address of a group',
    file: 'features/answer/questions.ts',
    from: "[109, 'bad-source-mac'",
    to: "[9, 'bad-source-mac'",
  },
  {
    what: 'an answer too many: the wire is told of machines elsewhere',
    file: 'features/answer/machines.ts',
    from: "asker: kind === 'here' ? 'anyone' : 'port'",
    to: "asker: 'anyone'",
  },
  {
    what: 'a wrong tag: the egress VLAN is one too high',
    file: 'features/words/match-and-action.ts',
    from: "set('vlan_vid', vlanPresent | vlan)]",
    to: "set('vlan_vid', vlanPresent | (vlan + 1))]",
  },
  {
    what: 'a lost rule: the shorter source prefix wins',
    file: 'features/nat/rule-match.ts',
    from: 'return 100 + source.length * ranks +',
    to: 'return 3300 - source.length * ranks +',
  },
  {
    what: 'rules that select, a lost order: the shorter destination wins',
    file: 'nat/selection.ts',
    from: 'return destination.length * 3 +',
    to: 'return (32 - destination.length) * 3 +',
  },
  {
    what: 'rules that select, a lost order: ports are as good as a protocol',
    file: 'nat/selection.ts',
    from: '(ports ? 2 : protocol ? 1 : 0)',
    to: '(ports ? 0 : protocol ? 1 : 2)',
  },
  {
    what: 'rules that select, a lost exception',
    file: 'features/nat/rule-match.ts',
    from: 'prefixesWithout(destination, except)',
    to: 'prefixesWithout(destination, [])',
  },
  {
    what: 'rules that select, a missing drop: pieces, whose port is not seen',
    file: 'features/nat/source-nat.ts',
    from: '...unseenMatches(rule, of).map(each => refuseUnseen(each, facts.get(tenants, rule.tenant))),',
    to: '',
  },
  {
    what: 'rules that select, a missing flow: what is known and from a source of some goes nowhere',
    file: 'features/nat/rule-sources.ts',
    from: "return match && tenant ? toZone(match, { kind: 'tenants', id: tenant.id }) : []",
    to: 'return []',
  },
  {
    what: 'rules that select, a missing end: whatever a rule of the source selects',
    file: 'nat/stands.ts',
    from: 'selection === undefined || covers(selection, to)',
    to: 'true',
    isOfChanges: true,
  },
  {
    what: 'a missing flow: pieces of what was translated do not leave',
    file: 'features/nat/chunk.ts',
    from: "[...known, [is('ip_frag', 1, 1)]]",
    to: '[...known]',
  },
  {
    what: 'a wrong state: errors about connections do not come in',
    file: 'features/nat/ct-state.ts',
    from: 'related | destinationNat)',
    to: 'related | sourceNat)',
  },
  {
    what: 'a wrong state: errors from inside about connections do not leave',
    file: 'features/nat/ct-state.ts',
    from: 'return isValidAnd(sourceNat)',
    to: "return is('ct_state', tracked | sourceNat, tracked | sourceNat | invalid | related)",
  },
  {
    what: 'a priority: errors from martians come in',
    file: 'features/anti-spoof/special-sources.ts',
    from: "drop('outer_state', 280, 'martian-source'",
    to: "drop('outer_state', 95, 'martian-source'",
  },
  {
    what: 'a missing drop: errors from outside in the name of the inside',
    file: 'features/anti-spoof/inside.ts',
    from: "drop('outer_state', trackedPriority(prefix, isConnected), 'martian-source',",
    to: "drop('outer_state', 95, 'martian-source',",
  },
  {
    what: 'a lost exception: what is outside within a network inside',
    file: 'features/anti-spoof/inside.ts',
    from: 'inside.length <= length)',
    to: 'inside.length > length)',
  },
  {
    what: 'a missing drop: redirects from outside',
    file: 'features/route/unroutable-icmp.ts',
    from: "drop('outer_state', 270, 'unroutable-icmp', match)",
    to: "drop('outer_state', 95, 'unroutable-icmp', match)",
  },
  {
    what: 'a wrong condition: redirects and discovery from inside are routed',
    file: 'features/route/unroutable-icmp.ts',
    from: '[registers.direction, fromInner]',
    to: '[registers.direction, 1 - fromInner]',
  },
  {
    what: 'a missing drop: segments that fit no connection, from inside',
    file: 'features/nat/connection-state.ts',
    from: "drop('inner_state', 110, 'invalid', [isInvalid()]),",
    to: "flow({ table: 'inner_state', priority: 110, match: [isInvalid()], next: 'translated' }),",
  },
  {
    what: 'a forgotten step: the IPv4 address of the tunnel stays on the way to an IPv6 VTEP',
    file: 'features/words/overlay.ts',
    from: 'ip.family === 6 ? [set(',
    to: 'false ? [set(',
  },
  {
    what: 'a fence with a gap: other nodes are sent to',
    file: 'features/fence/between-nodes.ts',
    from: "...unlessLeased(facts, 'egress', 200, [[registers.toPeer, 1]]),",
    to: '',
  },
  {
    what: 'a fence with a gap: translation goes on',
    file: 'features/nat/connection-state.ts',
    from: "...unlessLeased(facts, 'inner_nat', 190),",
    to: '',
  },
  {
    what: 'a fence too wide: what stays inside ends, too',
    file: 'features/nat/connection-state.ts',
    from: "unlessLeased(facts, 'inner_nat', 190)",
    to: "unlessLeased(facts, 'inner_nat', 210)",
  },
  {
    what: 'a fence too wide: interfaces that are for one node alone end, too',
    file: 'features/fence/moving-legs.ts',
    from: 'gateway.isPinned || ',
    to: '',
  },
  {
    what: 'a missing check: a service tag is as good as a VLAN’s',
    file: 'features/uplink/tag-type.ts',
    from: "match: [is('eth_type', etherTypes.vlan), isAnyTag]",
    to: 'match: [isAnyTag]',
  },
  {
    what: 'a missing check: hosts behind a VTEP of the other address family',
    file: 'kinds/interface/resolve.ts',
    from: 'if (host.vtep && local && local.family !== host.vtep.family) return;',
    to: '',
  },
  {
    what: 'a missing check: rules in a conntrack zone that another bridge has',
    file: 'kinds/zone.ts',
    from: 'zone === undefined ? undefined : facts.get(foreignZones, String(zone))',
    to: 'undefined',
    isOfChanges: true,
  },
  {
    what: 'static NAT, a wrong tenant: what comes from outside is routed by the next tenant’s table',
    file: 'features/static-nat/translate.ts',
    from: 'load(registers.tenant, tenant.id), set(',
    to: 'load(registers.tenant, tenant.id ^ 1), set(',
  },
  {
    what: 'static NAT, a missing condition: whosever address it is inside',
    file: 'features/static-nat/translate.ts',
    from: '[registers.tenant, tenant.id],',
    to: '',
  },
  {
    what: 'static NAT, a priority: a rule of source NAT goes before',
    file: 'features/static-nat/translate.ts',
    from: 'beforeRules = 150',
    to: 'beforeRules = 50',
  },
  {
    what: 'static NAT, a missing address: what is turned back shows where it comes from',
    file: 'features/static-nat/turn.ts',
    from: 'set(addressFields[inside.family].source, outside.value),',
    to: '',
  },
  {
    what: 'static NAT, a missing mark: what is turned back counts as a martian',
    file: 'features/static-nat/turn.ts',
    from: 'load(registers.turnedBack, 1),',
    to: '',
  },
  {
    what: 'static NAT, a missing drop: errors that quote what is inside',
    file: 'features/static-nat/untranslatable.ts',
    from: "drop(table, 100, 'untranslatable', match)",
    to: 'flow({ table, priority: 100, match, next })',
  },
  {
    what: 'static NAT, a missing drop: martians come in',
    file: 'features/anti-spoof/special-sources.ts',
    from: "drop('outer_source', sourcePriorities.martian, 'martian-source', source),",
    to: '',
  },
  {
    what: 'static NAT, a missing drop: from outside in the name of the inside',
    file: 'features/anti-spoof/inside.ts',
    from: "[drop('outer_source', statelessPriority(prefix, isConnected), 'martian-source', match)]",
    to: '[]',
  },
  {
    what: 'static NAT, answered by two: every node that has the interface',
    file: 'features/static-nat/facts.ts',
    from: 'if (!sender || !facts.get(interfaceSites, outer)?.answers) return;',
    to: 'if (!sender) return;',
  },
  {
    what: 'static NAT, a missing end: connections of source NAT stand beside it',
    file: 'features/static-nat/connections.ts',
    from: 'if (ip.family === 6) return;',
    to: 'if (ip.value !== 0) return;',
    isOfChanges: true,
  },
  {
    what: 'a delta that does not say what goes',
    file: 'engine/fact-store.ts',
    from: 'if (!this.#isSame(before, after)) changes.push({ key, before, after });',
    to: 'if (after !== undefined && !this.#isSame(before, after)) changes.push({ key, before, after });',
    isOfChanges: true,
  },
  {
    what: 'a reader that is not told',
    file: 'engine/fact-store.ts',
    from: 'this.#instances.reads.eachReader(fact, this.#invalidate);',
    to: '',
    isOfChanges: true,
  },
  {
    what: 'a lost mark: of several flows that changed the last is forgotten',
    file: '../controller/flows/marks.ts',
    from: 'for (const { key } of flows) this.#addFlow(key);',
    to: 'for (const { key } of [...flows].slice(0, -1)) this.#addFlow(key);',
    isOfChanges: true,
  },
  {
    what: 'a missing end: every connection stands',
    file: 'nat/stands.ts',
    from: 'return (towards ? [towards] : outer).some(',
    to: 'return true || (towards ? [towards] : outer).some(',
    isOfChanges: true,
  },
  {
    what: 'a wrong zone: a forwarded port is looked for in the next tenant’s',
    file: 'features/port-forward/forward.ts',
    from: 'load(registers.zone, zone)',
    to: 'load(registers.zone, zone + 1)',
  },
  {
    what: 'a wrong port: a forward leads to the port after',
    file: 'features/port-forward/forward.ts',
    from: 'min: insidePort + i, max: insidePort + i',
    to: 'min: insidePort + i + 1, max: insidePort + i + 1',
  },
  {
    what: 'a missing flow: a second packet before the first answer of a forwarded host',
    file: 'features/port-forward/forward.ts',
    from: "table: 'outer_state', priority: 80, match: isForwarded()",
    to: "table: 'outer_state', priority: 80, match: [...isForwarded(), is('ip_ttl', 1)]",
  },
  {
    what: 'a missing flow: what a forwarded host answers falls under the rules alone',
    file: 'features/port-forward/forward.ts',
    from: '...answers(ends), ',
    to: '',
  },
  {
    what: 'a missing flow: errors about forwarded connections are nobody’s',
    file: 'features/port-forward/forward.ts',
    from: 'match: [...to, isIcmp] }',
    to: "match: [...to, isIcmp, is('icmp_code', 200)] }",
  },
  {
    what: 'a wrong match: answers leave from any port of a forwarded address',
    file: 'features/port-forward/forward.ts',
    from: "leave(portsAre(of, block, 'src'), owner)",
    to: "leave([portsAre(of, block, 'src')[0] ?? isIcmp], owner)",
    isOfChanges: true,
  },
  {
    what: 'a node that has no part in it forwards',
    file: 'features/port-forward/forwards-here.ts',
    from: '!facts.get(interfaceSites, outer)?.answers || ',
    to: '',
  },
  {
    what: 'a forward to a machine whose answers come to another node',
    file: 'features/port-forward/forwards-here.ts',
    from: 'if (!facts.get(peersThere, only)) return true;',
    to: 'if (facts) return true;',
  },
  {
    what: 'connections of a forward stand whatever it leads to',
    file: 'nat/stands.ts',
    from: 'inside &&\n    reply.sourcePort',
    to: 'inside || reply.sourcePort',
    isOfChanges: true,
  },
  {
    what: 'an outside address of a forward is anybody’s to send from',
    file: 'features/port-forward/facts.ts',
    from: 'out.put(outerAddresses, { interface: outer, ip });',
    to: '',
  },
];

const root = join(import.meta.dirname, '../..');
const pairs = { sound: 2000, broken: 50_000 };
const changes = { sound: 100, broken: 1000 };

async function copyOfSources(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'pointsman-mutations-'));
  for (const part of ['src', 'test', 'configs', 'package.json', 'tsconfig.json'])
    await cp(join(root, part), join(copy, part), { recursive: true });
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** @returns what the judge says in its first line about it; undefined: it saw nothing */
async function seen(copy: string, seed: string, pairs: number, changes: number): Promise<string | undefined> {
  const args = [
    '--import=tsx',
    'test/judge/main.ts',
    '--pairs',
    String(pairs),
    '--changes',
    String(changes),
    '--seed',
    seed,
    '--stop-at-first',
    '--no-shrink',
  ];
  const { stdout, stderr, code } = await run(process.execPath, args, {
    cwd: copy,
    allowFailure: true,
    timeout: 900_000,
  });
  if (code === 0) return undefined;
  const expected = /expected: .*/.exec(stdout)?.[0];
  if (expected === undefined) throw new Error(`the judge failed: ${stdout}${stderr}`);
  return expected;
}

/** Texts that the compiler has no more, or twice: found before the first run, not after an hour. */
for (const { file, from } of mutations) {
  const text = await readFile(join(root, 'src/policy', file), 'utf8');
  if (text.split(from).length !== 2) throw new Error(`${file}: "${from}" does not stand there once`);
}

const seed = process.argv[2] ?? '1';
const chosen = mutations.filter(({ what }) => what.includes(process.argv[3] ?? ''));
const copy = await copyOfSources();
let missed = 0;
try {
  const sound = await seen(copy, seed, pairs.sound, changes.sound);
  // Else everything would count as seen.
  if (sound !== undefined) throw new Error(`the judge disagrees with the compiler as it is: ${sound}`);
  for (const { what, file, from, to, isOfChanges } of chosen) {
    const path = join(copy, 'src/policy', file);
    const text = await readFile(path, 'utf8');
    await writeFile(
      path,
      text.replace(from, () => to),
    );
    const verdict = await (isOfChanges ? seen(copy, seed, 1, changes.broken) : seen(copy, seed, pairs.broken, 0));
    await writeFile(path, text);
    if (verdict === undefined) missed++;
    console.log(
      `${verdict === undefined ? 'NOT SEEN' : 'seen    '} ${what}${verdict ? ` (${verdict.slice(0, 90)})` : ''}`,
    );
  }
} finally {
  await rm(copy, { recursive: true });
}
console.log(`mutations: ${chosen.length - missed} of ${chosen.length} seen`);
process.exitCode = missed > 0 ? 1 : 0;
