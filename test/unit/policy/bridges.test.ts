// Which datapath is chosen, and the rows that follow from it.

import t from 'tap';
import { desiredSwitch } from '../../../src/policy/bridges.ts';
import { chooseDatapath, interfaceType, type SwitchOffer } from '../../../src/policy/datapath.ts';
import type { NodeConfig, PortConfig } from '../../../src/policy/node.ts';
import { keysThatNeedRestart } from '../../../src/policy/ovs-settings.ts';

const port = (name: string, more: Partial<PortConfig> = {}): PortConfig => ({
  name,
  type: 'auto',
  options: new Map(),
  mtuRequest: undefined,
  rxQueues: undefined,
  ...more,
});

const nodeWith = (more: Partial<NodeConfig> = {}): NodeConfig => ({
  name: 'node1',
  datapathType: 'doca',
  datapathFallback: undefined,
  physicalBridge: 'br-phy',
  integrationBridge: 'br-int',
  physicalMac: 0x020000000001n,
  integrationMac: 0x020000000002n,
  physicalPorts: [port('p0')],
  representors: [],
  vteps: [],
  fence: undefined,
  otherConfig: new Map([['doca-init', 'true']]),
  ...more,
});

const offerOf = (more: Partial<SwitchOffer> = {}): SwitchOffer => ({
  datapathTypes: ['netdev', 'system'],
  ifaceTypes: ['internal', 'patch', 'system', 'vxlan'],
  docaInitialized: undefined,
  dpdkInitialized: false,
  ...more,
});

t.test('doca', async t => {
  const doca = offerOf({ datapathTypes: ['doca', 'netdev'], ifaceTypes: ['doca', 'dpdk'] });
  t.match(chooseDatapath(nodeWith(), doca), {
    kind: 'use',
    datapathType: 'doca',
    portType: 'doca',
    offload: { active: true },
    warnings: [],
  });
  t.match(chooseDatapath(nodeWith(), { ...doca, docaInitialized: false }), {
    kind: 'use',
    offload: { active: false },
    warnings: [{ code: 'DOCA_NOT_INITIALIZED', message: /restart ovs-vswitchd/ }],
  });
  t.match(chooseDatapath(nodeWith(), offerOf({ docaInitialized: true, ifaceTypes: ['dpdk'] })), {
    kind: 'use',
    datapathType: 'netdev',
    portType: 'dpdk',
    offload: { active: true },
    warnings: [{ code: 'DATAPATH_RENAMED' }],
  });
});

t.test('what is not offered', async t => {
  t.match(chooseDatapath(nodeWith({ otherConfig: new Map() }), offerOf()), {
    kind: 'refuse',
    error: {
      code: 'DATAPATH_UNSUPPORTED',
      message: /offers netdev, system, not doca; if this is OVS-DOCA, set doca-init/,
    },
  });
  t.match(chooseDatapath(nodeWith({ datapathFallback: 'netdev' }), offerOf()), {
    kind: 'use',
    datapathType: 'netdev',
    portType: undefined,
    offload: { active: false, reason: /fell back to netdev/ },
    warnings: [{ code: 'DATAPATH_FALLBACK' }],
  });
  t.match(chooseDatapath(nodeWith({ datapathFallback: 'system' }), offerOf({ datapathTypes: ['netdev'] })), {
    kind: 'refuse',
    error: { message: /nor the fallback system/ },
  });
  t.match(chooseDatapath(nodeWith({ datapathType: 'system' }), offerOf({ datapathTypes: ['netdev'] })), {
    kind: 'refuse',
  });
  t.match(chooseDatapath(nodeWith(), offerOf({ datapathTypes: [] })), { kind: 'wait' });
});

t.test('a switch too old to list its types', async t => {
  const old = offerOf({ datapathTypes: undefined, ifaceTypes: undefined });
  t.match(chooseDatapath(nodeWith({ datapathType: 'netdev' }), old), { kind: 'use', missingPortTypes: [] });
  t.match(chooseDatapath(nodeWith(), old), { kind: 'refuse' });
  t.match(chooseDatapath(nodeWith(), { ...old, docaInitialized: true }), { kind: 'use', datapathType: 'netdev' });
});

t.test('a port type asked for by name', async t => {
  const node = nodeWith({ datapathType: 'netdev', physicalPorts: [port('p0', { type: 'dpdk' })] });
  t.match(chooseDatapath(node, offerOf()), {
    kind: 'refuse',
    error: {
      code: 'PORT_TYPE_UNSUPPORTED',
      message: 'ovs-vswitchd has no interface type dpdk, which port p0 asks for',
    },
  });
  const lenient = chooseDatapath({ ...node, datapathFallback: 'system' }, offerOf());
  t.match(lenient, { kind: 'use', warnings: [{ code: 'PORT_TYPE_REPLACED', message: /p0 will be system/ }] });
  if (lenient.kind === 'use') t.equal(interfaceType(port('p0', { type: 'dpdk' }), lenient), '');

  const asked = nodeWith({ physicalPorts: [port('p0', { type: 'doca' }), port('p1', { type: 'system' })] });
  const choice = chooseDatapath(asked, offerOf({ docaInitialized: true, ifaceTypes: ['dpdk'] }));
  t.match(choice, { kind: 'use', warnings: [{ code: 'DATAPATH_RENAMED' }, { code: 'PORT_TYPE_REPLACED' }] });
  if (choice.kind !== 'use') return;
  t.same(
    asked.physicalPorts.map(each => interfaceType(each, choice)),
    ['dpdk', ''],
  );
});

t.test('the same configuration gives the same rows, and numbers in its order', async t => {
  const node = nodeWith({
    datapathType: 'netdev',
    physicalPorts: [port('p0', { rxQueues: 4, options: new Map([['dpdk-devargs', 'x']]) }), port('p1')],
    representors: [port('vf0'), port('vf1')],
  });
  const datapath = chooseDatapath(node, offerOf());
  if (datapath.kind !== 'use') throw new Error('no datapath');
  const tables = { physical: new Map([[0, 'uplink']]), integration: new Map([[0, 'ingress']]) };
  const desired = desiredSwitch(node, datapath, tables);
  t.same(desiredSwitch(node, datapath, tables), desired);
  t.same(
    desired.bridges.map(bridge => bridge.ports.map(each => [each.name, each.interface.ofportRequest])),
    [
      [
        ['br-phy', undefined],
        ['p0', 1],
        ['p1', 2],
        ['phy-p0', 101],
        ['phy-p1', 102],
      ],
      [
        ['br-int', undefined],
        ['vxlan-int', 1],
        ['int-p0', 101],
        ['int-p1', 102],
        ['vf0', 1001],
        ['vf1', 1002],
      ],
    ],
  );
  t.same(desired.bridges[0]?.ports[1]?.interface.options, new Map(), 'a kernel device gets no arguments of DPDK');
});

t.test('which settings wait for a restart', async t => {
  t.same(keysThatNeedRestart(['max-idle', 'doca-init', 'hw-offload-ct-size', 'x']), [
    'doca-init',
    'hw-offload-ct-size',
  ]);
});
