// Which port of which switch is wired to which: every port of every switch that connects sends LLDP frames, and what comes
// back says where it came from.
//
//     node --import=tsx examples/lldp-topology.ts ptcp:6653
//     ovs-vsctl set-controller br0 tcp:127.0.0.1:6653 -- set-controller br1 tcp:127.0.0.1:6653

import {
  buildFrame,
  buildLldp,
  type ConnectedSwitch,
  Controller,
  etherTypes,
  formatPassiveEndpoint,
  lldpDestination,
  parseFlow,
  parseFrame,
  parseLldp,
  parsePassiveEndpoint,
  port as reserved,
} from 'pointsman/openflow-ts';

/** The subtype of an id that is ours to choose. */
const local = 7;
const interval = 1000;
const ttl = 3;
/** A port whose frames are not seen for this long has no link. */
const lifetime = ttl * interval;

const [endpoint = 'ptcp:6653:127.0.0.1'] = process.argv.slice(2);
const controller = new Controller({ endpoints: [parsePassiveEndpoint(endpoint, 6653)], versions: ['1.5'] });
/** Last seen, by `from -> to`. */
const links = new Map<string, number>();

controller.on('switch', connected => {
  const name = connected.datapathId.toString(16).padStart(16, '0');
  const failed = (error: Error) => console.error(`${name}: ${error.message}`);
  const timer = setInterval(() => void announce(connected, name).catch(failed), interval);
  listen(connected, name)
    .catch(failed)
    .finally(() => clearInterval(timer));
});

const sweep = setInterval(() => {
  for (const [link, seen] of links) {
    if (Date.now() - seen <= lifetime) continue;
    links.delete(link);
    console.log(`down: ${link}`);
  }
}, interval);

await controller.listen();
console.log(`listening on ${controller.endpoints.map(formatPassiveEndpoint).join(', ')}`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    clearInterval(sweep);
    void controller.close();
  });
}

async function announce(connected: ConnectedSwitch, name: string): Promise<void> {
  const chassis = { subtype: local, id: Buffer.from(name) };
  for await (const { portNo, hwAddr } of connected.entries({ type: 'port_desc' })) {
    if (portNo === reserved.local) continue;
    const lldp = buildLldp({ chassis, port: { subtype: local, id: Buffer.from(String(portNo)) }, ttl, tlvs: [] });
    const data = buildFrame({
      destination: lldpDestination,
      source: hwAddr,
      tags: [],
      payload: { kind: 'other', etherType: etherTypes.lldp, data: lldp },
      trailer: new Uint8Array(),
    });
    await connected.packetOut({ inPort: reserved.controller, data, actions: [{ kind: 'output', port: portNo }] });
  }
}

async function listen(connected: ConnectedSwitch, name: string): Promise<void> {
  const packetIns = connected.packetIns();
  await connected.enablePacketIn();
  await connected.bundle([parseFlow('priority=65535,dl_type=0x88cc,actions=CONTROLLER')]);
  for await (const { data, inPort } of packetIns) {
    const payload = parseFrame(data)?.payload;
    const heard = payload?.kind === 'other' && payload.etherType === etherTypes.lldp && parseLldp(payload.data);
    if (!heard || heard.chassis.subtype !== local || heard.port.subtype !== local) continue;
    const link = `${Buffer.from(heard.chassis.id)}:${Buffer.from(heard.port.id)} -> ${name}:${inPort}`;
    if (!links.has(link)) console.log(`up: ${link}`);
    links.set(link, Date.now());
  }
}
