// The configuration: what it becomes, and how it says what is wrong with it.

import { chmodSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { loadConfig, parseConfig } from '../../../src/controller/config/config.ts';
import { ConfigError } from '../../../src/controller/config/config-error.ts';
import { formatMac, formatPrefix } from '../../../src/lib/address.ts';

const parse = (text: string) => parseConfig(text, 'node.yaml', { hostname: 'host1' });
const minimal = 'datapath: {type: netdev}\nphysicalPorts: [{name: p0}]\n';

/** The lines an operator would read. */
function complaints(text: string): readonly string[] {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

t.test('the examples load', async t => {
  const folder = new URL('../../../configs/', import.meta.url).pathname;
  const files = ['bluefield.yaml', 'connectx.yaml', 'lab.yaml'];
  const [bluefield, connectx, lab] = await Promise.all(files.map(file => loadConfig(join(folder, file))));
  t.match(bluefield?.node, { name: 'dpu1', datapathType: 'doca', datapathFallback: undefined });
  t.equal(bluefield?.node.representors.length, 1 + 8 + 4);
  t.equal(bluefield?.node.otherConfig.get('doca-init'), 'true');
  t.same(
    bluefield?.node.vteps.map(vtep => [vtep.name, formatPrefix(vtep.address), vtep.device, vtep.infraVlan]),
    [
      ['evpn', '192.0.2.1/24', 'br-phy', undefined],
      ['aci', '192.0.3.1/24', 'vtep-aci', 2],
    ],
  );
  t.equal(connectx?.node.datapathFallback, 'netdev');
  t.match(connectx?.node.representors[3]?.options.get('dpdk-devargs'), /representor=\[3\]$/);
  for (const config of [bluefield, connectx, lab])
    t.match(config?.rest, {
      listen: { kind: 'unix', path: '/run/pointsman/api.sock' },
      tokens: [],
      allowUnauthenticated: false,
      tls: undefined,
    });
  t.equal(lab?.node.datapathType, 'netdev');
});

t.test('what is left out has a default', async t => {
  const config = parse(minimal);
  t.match(config, {
    node: { name: 'host1', physicalBridge: 'br-phy', integrationBridge: 'br-int', vteps: [], representors: [] },
    ovs: {
      database: { kind: 'unix', path: '/run/openvswitch/db.sock' },
      runDirectory: '/run/openvswitch',
      networkNamespace: undefined,
    },
    assignAddresses: true,
    state: {
      directory: '/var/lib/pointsman',
      runDirectory: '/run/pointsman',
      portRest: 120,
      adopt: 'wait',
      cluster: undefined,
    },
    rest: { listen: { kind: 'unix', path: '/run/pointsman/api.sock' } },
    log: { level: 'info' },
  });
  t.equal(parse(minimal).node.physicalMac, config.node.physicalMac, 'MACs are stable');
  t.not(config.node.physicalMac, config.node.integrationMac);
  t.not(parse(`node: {name: other}\n${minimal}`).node.physicalMac, config.node.physicalMac);
  t.match(formatMac(config.node.physicalMac), /^.[26ae]:/, 'unicast, locally administered');
});

t.test('settings are written as they stand', async t => {
  const { node } = parse(
    `ovs: {settings: {pmd-cpu-mask: 0x10, doca-init: True, max-idle: 30000, ratio: 1.50, text: "a b"}}\n${minimal}`,
  );
  t.same(
    [...node.otherConfig],
    [
      ['pmd-cpu-mask', '0x10'],
      ['doca-init', 'true'],
      ['max-idle', '30000'],
      ['ratio', '1.50'],
      ['text', 'a b'],
    ],
  );
});

t.test('names with ranges', async t => {
  const names = (pattern: string) =>
    parse(`${minimal}representors: [{name: "${pattern}"}]`).node.representors.map(port => port.name);
  t.same(names('vf[0-2]'), ['vf0', 'vf1', 'vf2']);
  t.same(names('pf[0-1]vf[0,4-5]r'), ['pf0vf0r', 'pf0vf4r', 'pf0vf5r', 'pf1vf0r', 'pf1vf4r', 'pf1vf5r']);
  const wrong = (pattern: string) => complaints(`${minimal}representors: [{name: "${pattern}"}]`)[0];
  t.match(wrong('vf[3-1]'), /"\[3-1\]" is not a range such as \[0-7\]/);
  t.match(wrong('vf[0-99999]'), /more than 4096 ports/);
  t.match(wrong('a[0-99]b[0-99]'), /more than 4096 ports/);
  t.match(wrong('vf[a]'), /representors\[0\]\.name: expected a port name, in which ranges/);
});

t.test('every problem has its place, and all are told', async t => {
  t.same(
    complaints(`node: {nam: x}
datapath: {type: dcoa}
physicalPorts:
  - name: p0
    mtuu: 9000
    rxQueues: 0
vteps:
  - {name: evpn, address: 192.0.2.300/24, port: p0}
  - {name: aci, port: p0}
rest: {tokens: [geheim]}
assignAddress: true
`),
    [
      'node.yaml:1:8: node.nam: unknown key "nam", expected name (did you mean name?)',
      'node.yaml:2:18: datapath.type: expected doca, netdev or system (did you mean doca?), found "dcoa"',
      'node.yaml:5:5: physicalPorts[0].mtuu: unknown key "mtuu", expected name, type, options, mtu, rxQueues or checkTagType (did you mean mtu?)',
      'node.yaml:6:15: physicalPorts[0].rxQueues: expected at least 1, found 0',
      'node.yaml:8:27: vteps[0].address: "192.0.2.300" is not an IPv4 or IPv6 address, found "192.0.2.300/24"',
      'node.yaml:9:5: vteps[1].address: missing, expected a text',
      'node.yaml:10:17: rest.tokens[0]: expected at least 16 characters',
      'node.yaml:11:1: assignAddress: unknown key "assignAddress", expected node, ovs, datapath, bridges, physicalPorts, representors, vteps, assignAddresses, state, rest or log (did you mean assignAddresses?)',
    ],
  );
});

t.test('a text that is no configuration', async t => {
  t.match(complaints('a: [b'), [/^node\.yaml:1:\d+: not YAML: /]);
  t.match(complaints('log: {}\nlog: {}'), [/^node\.yaml:2:1: not YAML: Map keys must be unique/]);
  t.match(complaints('- 1'), ['node.yaml:1:1: expected a mapping, found [1]']);
  t.match(complaints(''), [/datapath: missing, expected a mapping/, /physicalPorts: missing, expected a list/]);
  t.match(complaints('datapath:\nphysicalPorts: []'), [
    /^node\.yaml:1:\d+: datapath: expected a mapping, found null/,
    /physicalPorts: expected at least one physical port, found \[\]/,
  ]);
});

t.test('parts that do not fit together', async t => {
  const rows: readonly (readonly [string, RegExp | undefined])[] = [
    [
      'vteps: [{name: a, address: 192.0.2.1/24, port: p1}]',
      /vteps\[0\]\.port: no physical port "p1", expected one of p0 \(did/,
    ],
    ['representors: [{name: p0}]', /representors\[0\]\.name: "p0" is taken by a physical port/],
    ['representors: [{name: "vf[0-1]"}, {name: vf1}]', /representors\[1\]\.name: "vf1" is taken by a representor/],
    ['representors: [{name: vxlan-int}]', /"vxlan-int" is taken by the VXLAN port/],
    ['representors: [{name: int-p0}]', /"int-p0" is taken by a patch port of p0/],
    ['bridges: {physical: {name: br-int}}', /bridges\.integration\.name: "br-int" is taken by the physical bridge/],
    ['bridges: {physical: {name: a-name-of-16-byt}}', /bridges\.physical\.name: .* at most 15 bytes, found 16/],
    ['bridges: {physical: {mac: 01:00:00:00:00:01}}', /is not a unicast MAC address/],
    ['representors: [{name: a-name-of-16-byt}]', /representors\[0\]\.name: .*at most 15 bytes/],
    ['representors: [{name: a-name-of-16-byt, type: dpdk}]', undefined],
    ['representors: [{name: vf0, rxQueues: 2}]', /vf0 is a system device here: only dpdk and doca ports have rxQueues/],
    ['representors: [{name: a, type: dpdk}, {name: b, type: doca}]', /dpdk, but b is doca: the two do not mix/],
    [
      'vteps: [{name: a, address: 192.0.2.1/24, port: p0, infraVlan: 2, device: br-phy}]',
      /br-phy carries no tag: a VTEP with infraVlan needs an internal port/,
    ],
    [
      'vteps: [{name: a, address: 192.0.2.1/24, port: p0}, {name: b, address: 192.0.3.1/24, port: p0}]',
      /vteps\[1\]\.device: VTEP a is on br-phy already/,
    ],
    [
      'vteps: [{name: a, address: 192.0.2.1/24, port: p0}, {name: b, address: 192.0.3.1/24, port: p0, device: b}]',
      /vteps\[1\]\.infraVlan: VTEP a is without infraVlan on p0 already/,
    ],
    [
      'vteps: [{name: a, address: 192.0.2.1/24, port: p0}, {name: b, address: 192.0.2.2/25, port: p0, infraVlan: 2}]',
      /vteps\[1\]\.address: shares addresses with 192\.0\.2\.0\/24 of VTEP a/,
    ],
    ['vteps: [{name: a, address: 192.0.2.0/24, port: p0}]', /192\.0\.2\.0\/24 is no address of a host/],
    ['vteps: [{name: a, address: 192.0.2.255/24, port: p0}]', /is no address of a host/],
    ['vteps: [{name: a, address: 127.0.0.1/8, port: p0}]', /is no address of a host/],
    ['vteps: [{name: a, address: 255.255.255.255/32, port: p0}]', /is no address of a host/],
    ['vteps: [{name: a, address: 192.0.2.0/31, port: p0}]', undefined],
    ['vteps: [{name: a, address: "ff02::1/64", port: p0}]', /is no address of a host/],
    [
      'vteps: [{name: a-very-long-name, address: 192.0.2.1/24, port: p0, infraVlan: 2}]',
      /vteps\[0\]\.device|at most 15/,
    ],
    ['rest: {listen: 0.0.0.0:80}', /reachable from other machines, expected rest\.tokens/],
    ['rest: {listen: 0.0.0.0:80, tokens: [0123456789abcdef]}', /tokens would travel in the clear/],
    ['rest: {listen: "[::1]:8080"}', /every user of this machine could write, expected rest\.tokens/],
    ['rest: {listen: "127.0.0.1:8080", tokens: []}', /every user of this machine could write/],
    ['rest: {listen: "[::1]:8080", allowUnauthenticated: true}', undefined],
    ['rest: {listen: "[::1]:8080", tokens: [0123456789abcdef], hostNames: [a.example, "[2001:db8::1]"]}', undefined],
    ['rest: {listen: 0.0.0.0:80, allowUnauthenticated: true}', /reachable from other machines/],
    ['rest: {listen: "unix:/a", allowUnauthenticated: true}', /allowUnauthenticated: a unix socket asks for none/],
    [
      'rest: {listen: "[::1]:80", tokens: [0123456789abcdef], allowUnauthenticated: true}',
      /allowUnauthenticated: credentials are configured/,
    ],
    ['rest: {hostNames: [a.example]}', /hostNames: a unix socket has no name/],
    ['rest: {listen: "[::1]:80", tokens: [0123456789abcdef], hostNames: ["a:80"]}', /as it stands in a URL/],
    ['rest: {listen: localhost:80}', /"localhost" is no address/],
    ['rest: {listen: "127.0.0.1:99999"}', /expected unix:\/PATH/],
    ['ovs: {settings: {a: "\\0"}}', /ovs\.settings\.a: holds U\+0000/],
    [`rest: {listen: "unix:/${'x'.repeat(107)}"}`, /rest\.listen: .*has 108 bytes, and 107 is the most/],
    [`ovs: {database: "unix:/${'ü'.repeat(60)}"}`, /ovs\.database: .*has 121 bytes/],
    [`ovs: {runDir: /${'x'.repeat(94)}}`, undefined],
    [`ovs: {runDir: /${'x'.repeat(95)}}`, /ovs\.runDir: .*br-(phy|int)\.mgmt has 108 bytes/],
    [`state: {runDir: /${'x'.repeat(93)}}`, /state\.runDir: .*ovsdb\/db\.sock has 108 bytes/],
    ['rest: {tls: {key: k, cert: c}}', /a unix socket speaks no TLS/],
  ];
  for (const [text, expected] of rows) {
    const found = complaints(minimal + text);
    if (expected) t.match(found, [expected], text);
    else t.same(found, [], text);
  }
  t.match(complaints('datapath: {type: netdev, fallback: netdev}\nphysicalPorts: [{name: p0}]'), [
    /datapath\.fallback: netdev is the datapath type already/,
  ]);
  t.match(complaints('datapath: {type: system}\nphysicalPorts: [{name: p0, type: dpdk}]'), [
    /a dpdk port cannot be on a system bridge/,
  ]);
});

t.test('a cluster in place of the embedded server', async t => {
  const tls = 'tls: {key: pki/a.key, cert: /etc/a.pem, ca: pki/ca.pem}';
  const remotes = 'remotes: ["ssl:192.0.2.1", "ssl:[2001:db8::1]:6641"]';
  t.strictSame(parse(`${minimal}state: {${remotes}, ${tls}}`).state.cluster, {
    remotes: [
      { kind: 'ssl', host: '192.0.2.1', port: 6640 },
      { kind: 'ssl', host: '2001:db8::1', port: 6641 },
    ],
    tls: { key: resolve('pki/a.key'), cert: '/etc/a.pem', ca: resolve('pki/ca.pem'), verifyName: false },
    lease: 60_000,
  });
  t.same(parse(`${minimal}state: {remotes: ["tcp:192.0.2.1"]}`).state.cluster?.tls, undefined);
  const fenceOf = (more: string) => parse(`${minimal}state: {remotes: ["tcp:192.0.2.1"]${more}}`).node.fence;
  t.equal(fenceOf(''), undefined);
  t.equal(fenceOf(', lease: 20, fencing: true'), 15);
  const rows: readonly (readonly [string, RegExp])[] = [
    [`{${remotes}}`, /state\.remotes: members are reached over TLS, expected state\.tls/],
    [`{${tls}}`, /state\.tls: no member in state\.remotes is reached over TLS/],
    ['{remotes: []}', /state\.remotes: expected at least one member/],
    ['{remotes: ["http://x"]}', /state\.remotes\[0\]: bad endpoint "http:\/\/x"/],
    [`{${remotes}, tls: {key: a, cert: b}}`, /state\.tls\.ca: missing/],
    ['{fencing: true}', /state\.fencing: there are no other nodes without state\.remotes/],
  ];
  for (const [text, expected] of rows) t.match(complaints(`${minimal}state: ${text}\n`), [expected], text);
});

t.test('files beside the file', async t => {
  const folder = t.testdir({
    'key.pem': 'a key',
    tokens: '# for the dashboard\nfirst-token-of-two\n\nsecond-token-of-two\n',
    empty: '#\n',
  });
  for (const name of ['tokens', 'empty', 'key.pem']) chmodSync(join(folder, name), 0o600);
  const file = join(folder, 'node.yaml');
  const load = async (rest: string) => {
    writeFileSync(file, `${minimal}rest: ${rest}\n`);
    return await loadConfig(file);
  };
  const config = await load('{listen: 0.0.0.0:8443, tokenFile: tokens, tls: {key: key.pem, cert: /etc/cert.pem}}');
  t.same(config.rest.tokens, ['first-token-of-two', 'second-token-of-two']);
  t.same(config.rest.tls, { key: join(folder, 'key.pem'), cert: '/etc/cert.pem', clientCa: undefined });
  const refused = (message: RegExp) => ({ code: 'BAD_CONFIG', message });
  for (const mode of [0o644, 0o640, 0o602, 0o610]) {
    chmodSync(join(folder, 'tokens'), mode);
    await t.rejects(
      load('{tokenFile: tokens}'),
      refused(/:3:\d+: rest\.tokenFile: others can read or change it: its mode is 06\d\d, expected 0600$/),
    );
  }
  chmodSync(join(folder, 'key.pem'), 0o640);
  await load('{listen: "[::1]:1", allowUnauthenticated: true, tls: {key: key.pem, cert: c}}');
  chmodSync(join(folder, 'key.pem'), 0o644);
  await t.rejects(
    load('{listen: "[::1]:1", allowUnauthenticated: true, tls: {key: key.pem, cert: c}}'),
    refused(/rest\.tls\.key: others can read or change it: its mode is 0644, expected 0640/),
  );
  await t.rejects(load('{tls: {key: none.pem, cert: c}}'), refused(/rest\.tls\.key: cannot be read/));
  chmodSync(file, 0o644);
  await t.rejects(load('{tokens: [0123456789abcdef]}'), refused(/rest\.tokens: others can read or change it/));
  chmodSync(file, 0o600);
  await load('{tokens: [0123456789abcdef]}');
  await t.rejects(load('{tokenFile: empty}'), { code: 'BAD_CONFIG', message: /the file holds no token/ });
  await t.rejects(load('{tokenFile: none}'), {
    code: 'BAD_CONFIG',
    message: /:3:\d+: rest\.tokenFile: cannot be read/,
  });
  await t.rejects(loadConfig(join(folder, 'none.yaml')), { code: 'BAD_CONFIG', message: /cannot be read/ });
});
