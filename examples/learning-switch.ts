// A learning switch in OpenFlow: hosts are found by the packets they send, and each pair of hosts that talk gets a flow.
//
//     node --import=tsx examples/learning-switch.ts ptcp:6653
//     ovs-vsctl set-fail-mode br0 secure -- set-controller br0 tcp:127.0.0.1:6653
//     ovs-ofctl -O OpenFlow15 dump-flows br0

import {
  type ConnectedSwitch,
  Controller,
  formatPassiveEndpoint,
  type PacketIn,
  parseFlow,
  parsePassiveEndpoint,
  port,
} from 'pointsman/openflow-ts';

/** Who sends from more addresses than this is no host of ours: all are forgotten, and learned again. */
const maxHosts = 4096;

const [endpoint = 'ptcp:6653:127.0.0.1'] = process.argv.slice(2);
const controller = new Controller({ endpoints: [parsePassiveEndpoint(endpoint, 6653)], versions: ['1.5'] });

controller.on('switch', connected => {
  const name = connected.datapathId.toString(16).padStart(16, '0');
  console.log(`${name} connected, OpenFlow ${connected.version}`);
  learn(connected).then(
    () => console.log(`${name} is gone`),
    error => console.error(`${name}: ${error.message}`),
  );
});

await controller.listen();
console.log(`listening on ${controller.endpoints.map(formatPassiveEndpoint).join(', ')}`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void controller.close());

async function learn(connected: ConnectedSwitch): Promise<void> {
  const ports = new Map<string, number>();
  const packetIns = connected.packetIns();
  await connected.enablePacketIn();
  // All or nothing: the flows of an earlier life go, and what no flow knows comes to us.
  await connected.bundle([flow('table=0', 'delete'), flow('priority=0,actions=CONTROLLER')]);
  for await (const packetIn of packetIns) forward(connected, ports, packetIn);
}

function forward(connected: ConnectedSwitch, ports: Map<string, number>, { data, inPort }: PacketIn): void {
  if (inPort === undefined || data.length < 14) return;
  const [destination, source] = [mac(data, 0), mac(data, 6)];
  const known = ports.get(source);
  if (known !== inPort) {
    // A host that moved: nobody shall send to where it was.
    if (known !== undefined) connected.send(flow(`dl_dst=${source}`, 'delete'));
    if (ports.size >= maxHosts) ports.clear();
    ports.set(source, inPort);
    console.log(`${source} is behind port ${inPort}`);
  }
  const out = ports.get(destination);
  if (out !== undefined && out !== inPort) {
    const match = `in_port=${inPort},dl_src=${source},dl_dst=${destination}`;
    connected.send(flow(`idle_timeout=60,priority=1,${match},actions=output:${out}`));
  }
  const actions = [{ kind: 'output', port: out ?? port.flood }] as const;
  connected.send({ kind: 'packet_out', match: [{ field: 'in_port', value: inPort }], actions, data });
}

function flow(text: string, command: 'add' | 'delete' = 'add') {
  return parseFlow(text, { version: '1.5', command });
}

function mac(data: Uint8Array, at: number): string {
  return Array.from(data.subarray(at, at + 6), byte => byte.toString(16).padStart(2, '0')).join(':');
}
