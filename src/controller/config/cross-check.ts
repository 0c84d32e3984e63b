// What one value alone cannot show: names that clash, references to nothing, VTEPs in each other's way.

import { formatPrefix, networkOf, prefixesOverlap, reservedAddresses, sameIp } from '../../lib/address.ts';
import { whyNoSocketPath } from '../../lib/endpoint.ts';
import { type NodeConfig, patchPorts, vxlanPort } from '../../policy/node.ts';
import { whyNotUnicast } from '../../policy/special-addresses.ts';
import type { DocumentPath } from '../yaml/problem.ts';
import { suggest } from '../yaml/suggest.ts';
import type { ConfigFile } from './file-schema.ts';
import { isLocal, type ListenAddress } from './listen.ts';
import type { Complain, PlacedPort, PlacedPorts } from './node-config.ts';

/** IFNAMSIZ of Linux is 16 with the final zero. */
const maxDeviceName = 15;

export function crossCheck(file: ConfigFile, node: NodeConfig, ports: PlacedPorts, complain: Complain): void {
  checkDatapath(file, ports, complain);
  checkNames(node, ports, complain);
  checkDeviceNames(node, ports, complain);
  checkVteps(node, complain);
  checkSocketPaths(file, node, complain);
}

/** The sockets that are in the directories; those that are named are checked where they are read. */
function checkSocketPaths({ ovs, state, rest }: ConfigFile, node: NodeConfig, complain: Complain): void {
  const check = (socket: string, path: DocumentPath): void => {
    const why = whyNoSocketPath(socket);
    if (why !== undefined) complain(path, `${why}, expected a shorter directory`);
  };
  const bridges = [node.physicalBridge, node.integrationBridge].toSorted((a, b) => b.length - a.length);
  check(`${ovs.runDir}/${bridges[0]}.mgmt`, ['ovs', 'runDir']);
  if (!state.remotes) check(`${state.runDir}/ovsdb/db.sock`, ['state', 'runDir']);
  else if (!rest.listen) check(`${state.runDir}/api.sock`, ['state', 'runDir']);
}

function checkDatapath(file: ConfigFile, ports: PlacedPorts, complain: Complain): void {
  const { type, fallback } = file.datapath;
  if (fallback === type) complain(['datapath', 'fallback'], `${fallback} is the datapath type already; leave it out`);
  const all = [...ports.physical, ...ports.representors];
  for (const { port, path } of all) {
    if (type === 'system' && (port.type === 'dpdk' || port.type === 'doca')) {
      complain([...path, 'type'], `a ${port.type} port cannot be on a system bridge, expected auto or system`);
    }
    if (port.rxQueues !== undefined && (port.type === 'system' || (port.type === 'auto' && type !== 'doca'))) {
      complain([...path, 'rxQueues'], `${port.name} is a system device here: only dpdk and doca ports have rxQueues`);
    }
  }
  // vswitchd opens an eSwitch through DOCA or through the mlx5 PMD, not both.
  const doca = all.find(({ port }) => port.type === 'doca');
  const dpdk = all.find(({ port }) => port.type === 'dpdk');
  if (doca && dpdk) {
    complain([...dpdk.path, 'type'], `dpdk, but ${doca.port.name} is doca: the two do not mix, expected one of them`);
  }
}

/** Interface names are one name space over all bridges of a switch. */
function checkNames(node: NodeConfig, ports: PlacedPorts, complain: Complain): void {
  const taken = new Map<string, string>();
  const take = (name: string, what: string, path: DocumentPath): boolean => {
    const other = taken.get(name);
    if (other) complain(path, `"${name}" is taken by ${other}, expected another name for ${what}`);
    else taken.set(name, what);
    return other === undefined;
  };
  take(node.physicalBridge, 'the physical bridge', ['bridges', 'physical', 'name']);
  take(node.integrationBridge, 'the integration bridge', ['bridges', 'integration', 'name']);
  take(vxlanPort, 'the VXLAN port', []);
  for (const { port, path } of ports.physical) {
    if (!take(port.name, 'a physical port', [...path, 'name'])) continue;
    const patch = patchPorts(port.name);
    take(patch.physical, `a patch port of ${port.name}`, [...path, 'name']);
    take(patch.integration, `a patch port of ${port.name}`, [...path, 'name']);
  }
  for (const { port, path } of ports.representors) take(port.name, 'a representor', [...path, 'name']);
  const devices = new Set([node.physicalBridge]);
  node.vteps.forEach((vtep, index) => {
    if (devices.has(vtep.device)) return; // Two VTEPs on one device are checkVteps' matter.
    devices.add(vtep.device);
    take(vtep.device, `the device of VTEP ${vtep.name}`, ['vteps', index, 'device']);
  });
}

function checkDeviceNames(node: NodeConfig, ports: PlacedPorts, complain: Complain): void {
  const check = (name: string, path: DocumentPath): void => {
    const bytes = Buffer.byteLength(name);
    if (bytes > maxDeviceName) {
      complain(path, `"${name}" names a device of the kernel, expected at most ${maxDeviceName} bytes, found ${bytes}`);
    }
  };
  check(node.physicalBridge, ['bridges', 'physical', 'name']);
  check(node.integrationBridge, ['bridges', 'integration', 'name']);
  node.vteps.forEach((vtep, index) => {
    if (vtep.device !== node.physicalBridge) check(vtep.device, ['vteps', index, 'device']);
  });
  for (const { port, path } of [...ports.physical, ...ports.representors]) {
    if (mayBeDevice(port, node)) check(port.name, [...path, 'name']);
  }
}

function mayBeDevice(port: PlacedPort['port'], node: NodeConfig): boolean {
  if (port.type === 'system' || node.datapathFallback !== undefined) return true;
  return port.type === 'auto' && node.datapathType !== 'doca';
}

function checkVteps(node: NodeConfig, complain: Complain): void {
  const portNames = node.physicalPorts.map(port => port.name);
  node.vteps.forEach((vtep, index) => {
    const path: DocumentPath = ['vteps', index];
    const earlier = node.vteps.slice(0, index);
    if (!portNames.includes(vtep.port)) {
      const near = suggest(vtep.port, portNames);
      const hint = near ? ` (did you mean ${near}?)` : '';
      complain([...path, 'port'], `no physical port "${vtep.port}", expected one of ${portNames.join(', ')}${hint}`);
    }
    if (vtep.infraVlan !== undefined && vtep.device === node.physicalBridge) {
      complain(
        [...path, 'device'],
        `${vtep.device} carries no tag: a VTEP with infraVlan needs an internal port, expected another name`,
      );
    }
    const sameName = earlier.some(other => other.name === vtep.name);
    if (sameName) complain([...path, 'name'], `another VTEP is called "${vtep.name}"`);
    const sameDevice = earlier.find(other => other.device === vtep.device);
    if (sameDevice) {
      complain(
        [...path, 'device'],
        `VTEP ${sameDevice.name} is on ${vtep.device} already; name another device, which becomes an internal port`,
      );
    }
    const sameLan = earlier.find(other => other.port === vtep.port && other.infraVlan === vtep.infraVlan);
    if (sameLan) {
      const lan = vtep.infraVlan === undefined ? 'without infraVlan' : `with infraVlan ${vtep.infraVlan}`;
      complain([...path, 'infraVlan'], `VTEP ${sameLan.name} is ${lan} on ${vtep.port} already, expected another one`);
    }
    // The kernel would pick the device for a packet by chance.
    const overlap = earlier.find(other => prefixesOverlap(other.address, vtep.address));
    if (overlap) {
      const subnet = formatPrefix(networkOf(overlap.address));
      complain(
        [...path, 'address'],
        `shares addresses with ${subnet} of VTEP ${overlap.name}, expected another subnet`,
      );
    }
    checkHostAddress(vtep.address, complain, [...path, 'address']);
  });
}

function checkHostAddress(
  address: NodeConfig['vteps'][number]['address'],
  complain: Complain,
  path: DocumentPath,
): void {
  const { ip } = address;
  const reserved = Object.values(reservedAddresses(address));
  if (whyNotUnicast(ip) !== undefined || reserved.some(other => sameIp(other, ip))) {
    complain(path, `${formatPrefix(address)} is no address of a host, expected one, like 192.0.2.1/24`);
  }
}

/** Whoever reaches the API can rewire the switch: over TCP it takes a token or a certificate. */
export function checkRest(listen: ListenAddress, rest: ConfigFile['rest'], complain: Complain): void {
  if (rest.tls && listen.kind === 'unix') {
    complain(['rest', 'tls'], 'a unix socket speaks no TLS; leave it out, or listen on an address');
  }
  if (rest.tokens && rest.tokenFile !== undefined) {
    complain(['rest', 'tokenFile'], 'rest.tokens is given too, expected one of the two');
  }
  if (rest.hostNames && listen.kind === 'unix') {
    complain(['rest', 'hostNames'], 'a unix socket has no name; leave it out, or listen on an address');
  }
  const guarded = rest.tokens?.length || rest.tokenFile !== undefined || rest.tls?.clientCa !== undefined;
  if (rest.allowUnauthenticated && (listen.kind === 'unix' || guarded)) {
    const why = guarded ? 'credentials are configured, and asked for' : 'a unix socket asks for none';
    complain(['rest', 'allowUnauthenticated'], `${why}; leave it out`);
  }
  if (!isLocal(listen) && !guarded) {
    complain(
      ['rest', 'listen'],
      'reachable from other machines, expected rest.tokens, rest.tokenFile or rest.tls.clientCa with it',
    );
  } else if (listen.kind === 'tcp' && !guarded && !rest.allowUnauthenticated) {
    complain(
      ['rest', 'listen'],
      'every user of this machine could write, expected rest.tokens, rest.tokenFile or rest.tls.clientCa with it, ' +
        'or a unix socket; rest.allowUnauthenticated: true lets everybody',
    );
  }
  if (!isLocal(listen) && guarded && !rest.tls) {
    complain(['rest', 'listen'], 'tokens would travel in the clear, expected rest.tls with it');
  }
}

/** TLS where it is of use, and nowhere else. */
export function checkState({ remotes, tls, fencing }: ConfigFile['state'], complain: Complain): void {
  if (fencing && !remotes) complain(['state', 'fencing'], 'there are no other nodes without state.remotes');
  const overTls = remotes?.some(({ kind }) => kind === 'ssl') ?? false;
  if (overTls && !tls) {
    complain(['state', 'remotes'], 'members are reached over TLS, expected state.tls with key, cert and ca');
  }
  if (tls && !overTls) complain(['state', 'tls'], 'no member in state.remotes is reached over TLS (ssl:)');
}
