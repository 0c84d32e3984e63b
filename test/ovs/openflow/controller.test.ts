// A real switch that dials us, and one that listens for us; in the clear and over TLS.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import t, { type Test } from 'tap';
import {
  type BundleMod,
  type ConnectedSwitch,
  Controller,
  type ControllerOptions,
  type FlowEntry,
  parsePassiveEndpoint,
  port,
  SwitchConnection,
  type VersionName,
} from '../../../src/openflow/index.ts';
import { makeCertificates } from '../../lab/certificates.ts';
import { eventually } from '../../lab/wait.ts';
import { PrivateOvs } from './private-ovs.ts';

const flow: FlowEntry = {
  table: 3,
  priority: 9,
  cookie: 7n,
  match: [{ field: 'eth_type', value: 0x800 }],
  instructions: [],
};

const listening = async (t: Test, text: string, options: Partial<ControllerOptions> = {}) => {
  const controller = new Controller({ endpoints: [parsePassiveEndpoint(text, 6653)], ...options });
  t.teardown(() => controller.close());
  await controller.listen();
  const [endpoint] = controller.endpoints;
  return { controller, port: endpoint?.kind === 'punix' ? 0 : (endpoint?.port ?? 0) };
};

/** A port that was free a moment ago. */
const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
};

t.test('a switch and a controller', async t => {
  const ovs = await PrivateOvs.start('host');
  t.teardown(() => ovs.stop());
  const mgmt = await ovs.addBridge('br0', 'p1');
  const certificates = await makeCertificates(ovs.directory);
  const { ca, otherCa } = certificates;
  await ovs.vsctl('set-ssl', certificates.switch.key, certificates.switch.cert, ca);
  const dials = (target: string) =>
    ovs.vsctl(
      ...['set-controller', 'br0', target, '--', 'set', 'controller', 'br0', 'max_backoff=1000'],
      ...['inactivity_probe=1000'],
    );
  t.afterEach(() => ovs.vsctl('del-controller', 'br0'));

  for (const version of ['1.3', '1.4', '1.5'] as const satisfies readonly VersionName[]) {
    t.test(`dials over TCP and speaks ${version}`, async t => {
      const { controller, port } = await listening(t, 'ptcp:0:127.0.0.1', { versions: [version] });
      const came = once(controller, 'switch') as Promise<[ConnectedSwitch]>;
      await dials(`tcp:127.0.0.1:${port}`);
      const [connected] = await came;
      t.equal(connected.version, version);
      t.equal(connected.auxiliaryId, 0);
      t.match(connected.remote, /^127\.0\.0\.1:\d+$/);
      const id = JSON.parse(await ovs.vsctl('get', 'bridge', 'br0', 'datapath-id')) as string;
      t.equal(connected.datapathId, BigInt(`0x${id}`));
      t.equal(controller.switches.get(connected.datapathId), connected);
      await connected.barrier();
      t.match(await connected.switchDesc(), { hardware: 'Open vSwitch' });

      const gone = once(controller, 'switchGone');
      await ovs.vsctl('del-controller', 'br0');
      const [which] = await gone;
      t.equal(which, connected);
      t.equal(controller.switches.size, 0);
      await t.rejects(connected.barrier(), { code: 'OF_NOT_CONNECTED' });
    });
  }

  t.test('the highest common version is taken', async t => {
    const { controller, port } = await listening(t, 'ptcp:0:127.0.0.1');
    await ovs.vsctl('set', 'bridge', 'br0', 'protocols=OpenFlow10,OpenFlow13,OpenFlow14');
    t.teardown(() => ovs.vsctl('clear', 'bridge', 'br0', 'protocols'));
    const came = once(controller, 'switch');
    await dials(`tcp:127.0.0.1:${port}`);
    t.equal((await came)[0].version, '1.4');
    const connection = new SwitchConnection({ endpoint: { kind: 'unix', path: mgmt }, versions: ['1.3'] });
    t.teardown(() => connection.close());
    connection.start();
    await once(connection, 'connected');
    t.equal(connection.version, '1.3');
    await connection.barrier();
  });

  for (const version of ['1.3', '1.4', '1.5'] as const satisfies readonly VersionName[])
    t.test(`has the API of a connection in ${version}, streams and all`, async t => {
      const { controller, port: number } = await listening(t, 'ptcp:0:127.0.0.1', { versions: [version] });
      const came = once(controller, 'switch') as Promise<[ConnectedSwitch]>;
      await dials(`tcp:127.0.0.1:${number}`);
      const [connected] = await came;
      const removed = connected.flowRemoved();
      const statuses = connected.portStatuses();
      const packets = connected.packetIns({ limit: 2 });
      await connected.bundle([{ kind: 'flow_mod', command: 'add', flow: { ...flow, flags: 1 } }]);
      const found: FlowEntry[] = [];
      for await (const one of connected.dumpFlows({ table: 3 })) found.push(one);
      t.match(found, [{ cookie: 7n, priority: 9 }]);
      const impossible: FlowEntry = { ...flow, match: [{ field: 'tcp_dst', value: 80 }] };
      const good: BundleMod = { kind: 'flow_mod', command: 'add', flow: { ...flow, priority: 10 } };
      await t.rejects(connected.bundle([good, { ...good, flow: impossible }]), {
        name: 'BundleError',
        failures: [{ index: 1, error: { name: 'OFPBMC_BAD_PREREQ' } }],
      });
      await connected.bundle([{ kind: 'flow_mod', command: 'delete_strict', flow }]);
      t.match(await removed.next(), { value: { cookie: 7n, reason: 'delete' } });
      await ovs.vsctl('add-port', 'br0', 'p7', '--', 'set', 'interface', 'p7', 'type=dummy');
      t.teardown(() => ovs.vsctl('del-port', 'br0', 'p7'));
      t.match(await statuses.next(), { value: { reason: 'add', port: { name: 'p7' } } });
      await connected.enablePacketIn();
      const actions = [{ kind: 'controller', maxLength: 65535 }] as const;
      for (let i = 0; i < 5; i++) {
        await connected.packetOut({ inPort: port.controller, data: new Uint8Array(60).fill(i), actions });
      }
      await eventually(() => packets.dropped === 3, { what: 'packets beyond the limit' });
      t.match(await packets.next(), { value: { data: new Uint8Array(60).fill(0), reason: 'apply_action' } });
      await connected.close();
      t.match(await packets.next(), { value: { data: new Uint8Array(60).fill(1) } }, 'what waits is given');
      t.match(await packets.next(), { done: true });
      for await (const status of statuses) t.match(status, { kind: 'port_status' });
      t.match(await connected.packetIns().next(), { done: true }, 'there will be none');
    });

  t.test('elects a primary', async t => {
    const open = async () => {
      const connection = new SwitchConnection({ endpoint: { kind: 'unix', path: mgmt } });
      t.teardown(() => connection.close());
      connection.start();
      await once(connection, 'connected');
      return connection;
    };
    const one = await open();
    const other = await open();
    t.match(await one.role('primary', 5n), { role: 'primary', generationId: 5n });
    t.match(await other.role('primary', 6n), { role: 'primary', generationId: 6n });
    await t.rejects(one.role('primary', 5n), {
      name: 'StaleGenerationError',
      code: 'OF_SWITCH_ERROR',
      generationId: 5n,
    });
    t.match(await one.role('no_change'), { role: 'secondary' });
  });

  t.test('dials again, and the newer connection replaces the older', async t => {
    const { controller, port } = await listening(t, 'ptcp:0:127.0.0.1');
    const came = once(controller, 'switch') as Promise<[ConnectedSwitch]>;
    await dials(`tcp:127.0.0.1:${port}`);
    const [first] = await came;
    const back = once(controller, 'switch') as Promise<[ConnectedSwitch]>;
    await first.close();
    const [second] = await back;
    t.not(second, first);
    t.equal(second.datapathId, first.datapathId);
    t.equal(controller.switches.get(first.datapathId), second);
    // A target more is a connection more of the same bridge.
    const gone = once(controller, 'switchGone');
    await ovs.vsctl('--', 'set-controller', 'br0', `tcp:127.0.0.1:${port}`, `tcp:localhost:${port}`);
    const [older, reason] = await gone;
    t.equal(older, second);
    t.equal(reason, 'replaced by a newer connection');
  });

  t.test('dials over a unix socket', async t => {
    const path = join(ovs.directory, 'controller.sock');
    const { controller } = await listening(t, `punix:${path}`);
    const came = once(controller, 'switch') as Promise<[ConnectedSwitch]>;
    await dials(`unix:${path}`);
    const [connected] = await came;
    t.equal(connected.remote, '');
    await connected.barrier();
  });

  t.test('dials over TLS, and both show who they are', async t => {
    const { controller, port } = await listening(t, 'pssl:0:127.0.0.1', { tls: { ...certificates.controller, ca } });
    const came = once(controller, 'switch') as Promise<[ConnectedSwitch]>;
    await dials(`ssl:127.0.0.1:${port}`);
    const [connected] = await came;
    await connected.barrier();
    t.equal(connected.version, '1.5');
    const gone = once(controller, 'switchGone');
    await controller.close();
    await gone;
  });

  t.test('a switch that another authority vouches for is refused', async t => {
    const tls = { ...certificates.controller, ca: otherCa };
    const { controller, port } = await listening(t, 'pssl:0:127.0.0.1', { tls });
    const refused = once(controller, 'refused');
    await dials(`ssl:127.0.0.1:${port}`);
    t.match(await refused, [/bad certificate/]);
    t.equal(controller.switches.size, 0);
  });

  t.test('a peer without a certificate is refused', async t => {
    const { controller, port } = await listening(t, 'pssl:0:127.0.0.1', { tls: { ...certificates.controller, ca } });
    const refused = once(controller, 'refused');
    const peer = connectTls({ host: '127.0.0.1', port, ca: await readFile(ca), servername: 'localhost' });
    t.teardown(() => peer.destroy());
    peer.on('error', () => {});
    t.match(await refused, [/certificate/]);
  });

  t.test('a switch refuses a controller that another authority vouches for', async t => {
    const tls = { ...certificates.stranger, ca };
    const { controller, port } = await listening(t, 'pssl:0:127.0.0.1', { tls });
    const refused = once(controller, 'refused');
    await dials(`ssl:127.0.0.1:${port}`);
    await refused;
    t.equal(controller.switches.size, 0);
  });

  t.test('listens for us', async t => {
    const open = (options: Partial<ConstructorParameters<typeof SwitchConnection>[0]>, number: number) => {
      const endpoint = { kind: options.tls ? 'ssl' : 'tcp', host: '127.0.0.1', port: number } as const;
      const connection = new SwitchConnection({ endpoint, reconnect: { minBackoff: 20, maxBackoff: 100 }, ...options });
      t.teardown(() => connection.close());
      connection.start();
      return connection;
    };

    t.test('over TCP', async t => {
      const number = await freePort();
      await dials(`ptcp:${number}:127.0.0.1`);
      const connection = open({}, number);
      await once(connection, 'connected');
      await connection.barrier();
      t.equal(connection.version, '1.5');
      await connection.close();
    });

    t.test('over TLS', async t => {
      const number = await freePort();
      await dials(`pssl:${number}:127.0.0.1`);
      const { key, cert } = certificates.controller;
      const pem = {
        key: await readFile(key, 'utf8'),
        cert: await readFile(cert, 'utf8'),
        ca: await readFile(ca, 'utf8'),
      };
      for (const tls of [{ key, cert, ca }, pem, { key, cert, ca, serverName: 'nobody', verifyName: false }]) {
        const connection = open({ tls }, number);
        await once(connection, 'connected');
        await connection.barrier();
        await connection.close();
      }
      const wrong = {
        'the wrong authority': { key, cert, ca: otherCa },
        'no certificate of ours': { ca },
        'a certificate of another authority': { ...certificates.stranger, ca },
        'the wrong name': { key, cert, ca, serverName: 'nobody' },
        'a file that is not there': { key, cert, ca: '/nonexistent/ca.pem' },
      };
      for (const [what, tls] of Object.entries(wrong)) {
        const reasons: string[] = [];
        const log = (_: object, text: string) => reasons.push(text);
        const logger = { debug: log, info: log, warn: log, error: log };
        const connection = open({ tls, logger }, number);
        connection.once('connected', () => t.fail(`${what} is good enough`));
        await eventually(() => reasons.length > 1, { what: `a refusal of ${what}` });
        t.equal(connection.state, 'connecting', what);
        await connection.close();
      }
    });
  });
});
