// A controller that runs nothing, for REST in front of a real store.

import type { Runtime } from '../../../src/controller/rest/runtime.ts';

export function fakeRuntime(more: Partial<Runtime> = {}): Runtime {
  return {
    waitInstalled: async () => {},
    status: async () => ({
      node: 'node1',
      version: '0.0.0',
      generation: { intent: 1, installed: 1 },
      state: { connected: true, embedded: true, retries: 0 },
      ovs: { connected: true, datapathType: 'netdev', offload: { active: false, reason: 'netdev has none' } },
      holder: { self: true },
      bridges: [],
      program: { instances: 0, flows: 0, faults: 0, collisions: 0, audit: { rounds: 0, mismatches: 0 } },
      interfaces: [],
      nodes: [],
      warnings: [],
    }),
    flowsOfCookie: async cookie => (cookie === 0x2an ? { cookie: '0x2a', flows: [] } : undefined),
    connections: async () => ({ items: [], next: undefined }),
    endConnections: async () => ({ ended: 0, left: 0 }),
    events: () => [],
    nodes: () => [],
    dropNode: async name => (name === 'node1' ? 'self' : 'absent'),
    adopt: async () => ({ kind: 'not-held' }),
    newConnections: async () => [],
    interfaceCounters: async () => [{ interface: 'red-vlan', direction: 'in', packets: 1, bytes: 64 }],
    ruleCounters: async () => [{ rule: 'red-out', tenant: 'red', pool: 'internet', packets: 1, bytes: 64 }],
    poolCounters: async () => [{ pool: 'internet', all: 15, taken: 2, here: 1, chunkSize: 4096 }],
    dropCounters: async () => [{ reason: 'spoofed', packets: 1, bytes: 64 }],
    ready: async () => ({ ready: false, reasons: ['the switch is not connected'] }),
    ...more,
  };
}
