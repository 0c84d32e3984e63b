// An address has one owner, whoever came first and however they are called; REST says who it is.

import t, { type Test } from 'tap';
import { buildApp } from '../../../src/controller/rest/server.ts';
import { legs, natPools } from '../../../src/policy/facts/objects.ts';
import { eventually } from '../../lab/wait.ts';
import { type Lab, outerInterface, pool, startLab, vlanInterface } from '../state/fixture.ts';
import { fakeRuntime } from './fake-runtime.ts';

async function rest(t: Test, lab: Lab) {
  const app = await buildApp({
    store: lab.store,
    runtime: fakeRuntime(),
    listen: { unix: `${lab.directory}/api.sock` },
    version: '0.0.0',
  });
  t.teardown(() => app.close());
  return async (method: 'GET' | 'PUT' | 'DELETE', path: string, body?: object) => {
    const { statusCode, payload } = await app.inject({
      method,
      url: `/v1/${path}`,
      ...(body ? { payload: body, headers: { 'content-type': 'application/json' } } : {}),
    });
    return { status: statusCode, body: payload === '' ? undefined : (JSON.parse(payload) as Record<string, unknown>) };
  };
}

type Call = Awaited<ReturnType<typeof rest>>;

async function put(call: Call, path: string, body: object, status = 201): Promise<void> {
  const answer = await call('PUT', path, body);
  t.equal(answer.status, status, `PUT ${path}: ${JSON.stringify(answer.body)}`);
}

const machine = (address: string, mac = '02:00:00:00:0a:01') => [{ mac, addresses: [address] }];
const onVni = {
  ...vlanInterface('on-vni', 1, { tenant: 'red', addresses: ['10.2.0.1/24'] }),
  attachment: { type: 'vni', vni: 'v' },
};
const wan = outerInterface('wan', 30);
/** Beside the other one; its name comes first. */
const atWan = { ...outerInterface('a-wan', 31), addresses: ['192.0.2.65/26'] };
const port = { interface: 'on-vni', mac: '02:00:00:00:00:20', addresses: ['10.2.0.20'] };
const behind = (address: string, mac: string) => ({
  ...onVni,
  hosts: [{ mac, addresses: [address], vtep: '192.0.2.11' }],
});
const way = (interfaceName: string, nextHop: string) => ({
  tenant: 'red',
  destination: '0.0.0.0/0',
  interface: interfaceName,
  nextHop,
});

/** Two that want the same: what each would be with it, and where it stands without. */
const rivals: readonly {
  readonly what: string;
  /** What makes them rivals. */
  readonly given?: readonly [path: string, body: object];
  readonly first: readonly [path: string, wants: object, without: object | undefined, pointer: string];
  readonly second: readonly [path: string, wants: object, without: object | undefined, pointer: string];
}[] = [
  {
    what: 'a host and a pool address',
    first: ['interfaces/wan', { ...wan, hosts: machine('198.51.100.7') }, wan, '/hosts/0/addresses/0'],
    second: ['nat-pools/p', pool('p', 'wan', { addresses: ['198.51.100.7'] }), undefined, '/addresses/0'],
  },
  {
    what: 'a next hop and a pool address',
    first: ['routes/r', way('wan', '198.51.100.7'), undefined, '/nextHop'],
    second: ['nat-pools/p', pool('p', 'wan', { addresses: ['198.51.100.7'] }), undefined, '/addresses/0'],
  },
  {
    what: "another interface's gateway and a pool address",
    first: ['interfaces/a-wan', atWan, undefined, '/addresses/0'],
    second: ['nat-pools/p', pool('p', 'wan', { addresses: ['192.0.2.65'] }), undefined, '/addresses/0'],
  },
  {
    what: "another interface's subnet and a pool address",
    first: ['interfaces/a-wan', atWan, undefined, '/addresses/0'],
    second: ['nat-pools/p', pool('p', 'wan', { addresses: ['192.0.2.80'] }), undefined, '/addresses/0'],
  },
  {
    what: 'two pools',
    first: ['nat-pools/p', pool('p', 'wan'), undefined, '/addresses/0'],
    second: ['nat-pools/A', pool('A', 'wan'), undefined, '/addresses/0'],
  },
  {
    what: 'the broadcast address of a subnet and a pool address',
    first: ['interfaces/a-wan', atWan, undefined, '/addresses/0'],
    second: ['nat-pools/p', pool('p', 'wan', { addresses: ['192.0.2.127'] }), undefined, '/addresses/0'],
  },
  {
    what: 'a gateway and a next hop',
    first: ['interfaces/wan', { ...wan, addresses: ['198.51.100.7/24'] }, wan, '/addresses/0'],
    second: ['routes/r', way('wan', '198.51.100.7'), undefined, '/nextHop'],
  },
  {
    what: 'a host and a port with one address',
    first: ['interfaces/on-vni', behind('10.2.0.20', '02:00:00:00:0a:01'), onVni, '/hosts/0/addresses/0'],
    second: ['ports/vm', port, undefined, '/addresses/0'],
  },
  {
    what: 'a host and a port with one MAC address',
    first: ['interfaces/on-vni', behind('10.2.0.21', port.mac), onVni, '/hosts/0/mac'],
    second: ['ports/vm', port, undefined, '/mac'],
  },
  {
    what: 'a gateway and a port with one MAC address',
    first: ['interfaces/on-vni', { ...onVni, mac: port.mac }, onVni, '/mac'],
    second: ['ports/vm', port, undefined, '/mac'],
  },
  {
    what: 'two subnets of a tenant',
    first: [
      'interfaces/x',
      vlanInterface('x', 12, { tenant: 'red', addresses: ['10.9.0.1/16'] }),
      undefined,
      '/addresses/0',
    ],
    second: [
      'interfaces/B',
      vlanInterface('B', 13, { tenant: 'red', addresses: ['10.9.3.1/24'] }),
      undefined,
      '/addresses/0',
    ],
  },
  {
    what: "a tenant's subnet and that of a shared interface it uses",
    first: [
      'interfaces/x',
      vlanInterface('x', 12, { tenant: 'red', addresses: ['198.51.100.129/25'] }),
      undefined,
      '/addresses/0',
    ],
    second: ['routes/r', way('wan', '198.51.100.7'), undefined, '/interface'],
  },
  {
    what: 'a prefix that a tenant routes inside and an address of a pool that it reaches',
    given: ['routes/out', way('wan', '198.51.100.254')],
    first: ['routes/in', { ...way('on-vni', '10.2.0.9'), destination: '203.0.113.0/28' }, undefined, '/destination'],
    second: ['nat-pools/p', pool('p', 'wan'), undefined, '/addresses/0'],
  },
];

t.test('in either order the second is refused, and told who has it', async t => {
  const lab = await startLab(t);
  const call = await rest(t, lab);
  await put(call, 'tenants/red', {});
  await put(call, 'vnis/v', { tenant: 'red', vni: 1, vtep: 'evpn' });
  await put(call, 'interfaces/wan', wan);
  await put(call, 'interfaces/on-vni', onVni);
  for (const { what, given, first, second } of rivals)
    await t.test(what, async t => {
      if (given) await put(call, ...given);
      for (const [has, wants] of [
        [first, second],
        [second, first],
      ] as const) {
        const [path, with_, without] = has;
        t.equal((await call('PUT', path, with_)).status, without ? 200 : 201, `${path} has it`);
        const answer = await call('PUT', wants[0], wants[1]);
        const [kind, name] = path.split('/');
        t.match(
          answer,
          {
            status: 409,
            body: {
              type: 'urn:pointsman:problem:conflict',
              detail: new RegExp(`^${wants[0]}: .*"${name}"`),
              errors: [{ pointer: wants[3], object: undefined, holder: { kind, name, pointer: has[3] } }],
            },
          },
          `${wants[0]} cannot have it`,
        );
        t.equal((await (without ? call('PUT', path, without) : call('DELETE', path))).status, without ? 200 : 204);
      }
      if (given) await call('DELETE', given[0]);
    });
});

t.test('a next hop that nobody has is taken, with a warning until somebody has it', async t => {
  const lab = await startLab(t);
  const call = await rest(t, lab);
  await put(call, 'tenants/red', {});
  await put(call, 'interfaces/wan', wan);
  const warned = { status: { warnings: [/no host or port of interface "wan" has the next hop 198\.51\.100\.254/] } };
  t.match(await call('PUT', 'routes/r', way('wan', '198.51.100.254')), { status: 201, body: warned });
  t.match(await call('GET', 'routes/r'), { body: warned });
  t.match(await call('GET', 'routes'), { body: { items: [warned] } });
  await put(call, 'interfaces/wan', { ...wan, hosts: machine('198.51.100.254') }, 200);
  t.strictSame((await call('GET', 'routes/r')).body?.status, { warnings: [] });
});

t.test('what an older version let in is left out, blocks nobody, and can be mended', async t => {
  const lab = await startLab(t);
  const call = await rest(t, lab);
  for (const name of ['red', 'blue']) await put(call, `tenants/${name}`, {});
  await put(call, 'interfaces/wan', wan);
  await put(call, 'interfaces/bad', vlanInterface('bad', 12, { tenant: 'red', addresses: ['10.4.0.1/24'] }));
  await put(call, 'nat-pools/p', pool('p', 'wan'));
  await put(call, 'nat-rules/red', { tenant: 'red', source: '10.0.0.0/8', pool: 'p' });
  const draft = lab.client.transaction();
  for (const row of lab.client.replica.rows('Interface'))
    if (row.name === 'bad') draft.update('Interface', row, { addresses: ['10.4.0.0/24', '127.0.0.1/8'] });
  for (const row of lab.client.replica.rows('NAT_Pool'))
    draft.update('NAT_Pool', row, { addresses: ['198.51.100.255'] });
  t.equal((await lab.client.commit(draft)).kind, 'committed');
  await lab.client.synced();
  // What is being planned, such as chunks, has the program to itself: what comes meanwhile is taken in behind it.
  await eventually(() => lab.store.live.problems.length > 0, { what: 'the rows in the program' });

  const { program, problems } = lab.store.live;
  t.strictSame(problems.map(({ kind, name, pointer }) => `${kind}/${name} ${pointer}`).sort(), [
    'interfaces/bad /addresses/0',
    'interfaces/bad /addresses/1',
    'nat-pools/p /addresses/0',
  ]);
  t.strictSame(
    [...program.rows(legs)].map(({ name }) => name),
    ['wan'],
  );
  t.strictSame([...program.rows(natPools)], []);

  await put(call, 'tenants/green', {});
  await put(call, 'interfaces/other', vlanInterface('other', 13, { tenant: 'red', addresses: ['10.5.0.1/24'] }));
  await put(call, 'routes/r', way('wan', '198.51.100.254'));
  await put(call, 'nat-rules/blue', { tenant: 'blue', source: '10.0.0.0/8', pool: 'p' });
  await put(call, 'interfaces/bad', vlanInterface('bad', 12, { tenant: 'red', addresses: ['10.4.0.1/24'] }), 200);
  await put(call, 'nat-pools/p', pool('p', 'wan', { addresses: ['203.0.113.10'] }), 200);
  t.equal((await call('DELETE', 'nat-rules/blue')).status, 204);
});
