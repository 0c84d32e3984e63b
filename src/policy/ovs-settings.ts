// What changes of `Open_vSwitch.other_config` take to come into force, as data with its source.

/** `restart`: vswitchd reads the key when it starts. `once`: when it first sees it, and then until it restarts. */
export type SettingEffect = 'runtime' | 'restart' | 'once';

export interface SettingFact {
  readonly effect: SettingEffect;
  readonly source: string;
}

const nvidia = 'NVIDIA OVS-DOCA documentation, 2.7 to 3.2';
const docaSources = 'OVS-DOCA datapath sources, snapshots of 2022 to 2024';
const upstream = 'ovs-vswitchd.conf.db(5), Open vSwitch 3.1';

/** Keys not named here are taken to work at runtime. */
export const settingFacts: ReadonlyMap<string, SettingFact> = new Map<string, SettingFact>([
  ['doca-init', { effect: 'restart', source: nvidia }],
  ['doca-congestion-threshold', { effect: 'restart', source: nvidia }],
  ['doca-eswitch-max', { effect: 'restart', source: nvidia }],
  ['ctl-pipe-infra-size', { effect: 'restart', source: nvidia }],
  ['hw-offload', { effect: 'restart', source: upstream }],
  ['hw-offload-ct-size', { effect: 'once', source: docaSources }],
  ['hw-offload-ct-ipv6-enabled', { effect: 'once', source: docaSources }],
  // Upstream takes it at runtime; with DOCA the tables are sized when it starts.
  ['flow-limit', { effect: 'once', source: docaSources }],
  ['dpdk-init', { effect: 'restart', source: upstream }],
  ['dpdk-lcore-mask', { effect: 'restart', source: upstream }],
  ['dpdk-socket-mem', { effect: 'restart', source: upstream }],
  ['dpdk-socket-limit', { effect: 'restart', source: upstream }],
  ['dpdk-hugepage-dir', { effect: 'restart', source: upstream }],
  ['dpdk-extra', { effect: 'restart', source: upstream }],
  ['vhost-sock-dir', { effect: 'restart', source: upstream }],
  ['vhost-iommu-support', { effect: 'restart', source: upstream }],
  ['vhost-postcopy-support', { effect: 'restart', source: upstream }],
  ['per-port-memory', { effect: 'restart', source: upstream }],
  ['dpdk-max-memzones', { effect: 'restart', source: nvidia }],
]);

/** Those of `keys` whose change waits for a restart of ovs-vswitchd, in their order. */
export function keysThatNeedRestart(keys: Iterable<string>): readonly string[] {
  return [...keys].filter(key => (settingFacts.get(key)?.effect ?? 'runtime') !== 'runtime');
}

/** What the pipeline counts on, being the default, and what happens otherwise. Others may need another value: it is not held. */
export const pipelineNeeds: ReadonlyMap<string, { readonly value: string; readonly otherwise: string }> = new Map([
  ['vlan-limit', { value: '1', otherwise: 'frames with two VLAN tags pass as the outer one alone' }],
]);
