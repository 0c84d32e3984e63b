// The OpenAPI document against the server: every example is taken, every status that an operation documents is provoked,
// and every answer is one that it documents, in status, headers, content type and body.

import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import t, { type Test } from 'tap';
import type { Runtime } from '../../../src/controller/rest/runtime.ts';
import { type RestOptions, startRest } from '../../../src/controller/rest/server.ts';
import {
  BatchRejected,
  IntentRejected,
  ObjectReferenced,
  PreconditionFailed,
  StateError,
} from '../../../src/controller/state/errors.ts';
import type { Store } from '../../../src/controller/state/store.ts';
import { kinds } from '../../../src/policy/kinds/names.ts';
import { type Lab, startLab } from '../state/fixture.ts';
import { fakeRuntime } from './fake-runtime.ts';
import { type Answer, send } from './http.ts';
import { type RawAnswer, RawConnection } from './raw-http.ts';

const token = '0123456789abcdef';
const authorization = `Bearer ${token}`;

interface Header {
  readonly required?: boolean;
  readonly schema: object;
  readonly example?: unknown;
}
interface Media {
  readonly schema: object;
  /** Where there is one alone. */
  readonly example?: { readonly name: string };
  readonly examples?: Readonly<Record<string, { readonly value: { readonly name: string } }>>;
}
interface Operation {
  readonly operationId: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly schema: object; readonly example?: unknown }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly description: string;
        readonly headers?: Readonly<Record<string, Header>>;
        readonly content?: Readonly<Record<string, Media>>;
      }
    >
  >;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** An operation, and a request of it that succeeds once the examples are there. */
interface Call {
  readonly operation: Operation;
  readonly template: string;
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
}

async function serve(t: Test, lab: Lab, more: Partial<RestOptions> = {}): Promise<number> {
  const rest = await startRest({
    store: lab.store,
    runtime: fakeRuntime(),
    version: '0.0.0',
    listen: { host: '127.0.0.1', port: 0 },
    tokens: [token],
    ...more,
  });
  t.teardown(() => rest.close());
  return Number(/:(\d+)$/.exec(rest.address)?.[1]);
}

/** A store that does some things in another way. */
function storeWith(
  store: Store,
  other: Partial<Pick<Store, 'get' | 'list' | 'put' | 'remove' | 'batch' | 'export' | 'import'>>,
): Store {
  return new Proxy(store, {
    get(target, key) {
      const value: unknown = Reflect.get(other, key) ?? Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function fails(error: Error) {
  const fail = (): never => {
    throw error;
  };
  const store = { get: fail, list: fail, put: fail, remove: fail, batch: fail, export: fail, import: fail };
  const runtime: Runtime = {
    ...{
      waitInstalled: fail,
      status: fail,
      flowsOfCookie: fail,
      dropCounters: fail,
      newConnections: fail,
      interfaceCounters: fail,
      ruleCounters: fail,
      poolCounters: fail,
      nodes: fail,
      dropNode: fail,
    },
    ...{ adopt: fail, ready: fail, events: fail, connections: fail, endConnections: fail },
  };
  return { store, runtime };
}

const batchOf = (more: object) => ({
  items: [{ op: 'put', kind: 'tenants', document: { name: 'red', description: 'The web shop' }, ...more }],
});

const requests: Readonly<Record<string, { readonly path?: string; readonly body?: object }>> = {
  getFlows: { path: '/v1/flows/0x2a' },
  deleteNode: { path: '/v1/nodes/gone' },
  endConnections: { path: '/v1/connections?tenant=red' },
  adoptState: { body: { generation: 7 } },
  batch: { body: batchOf({}) },
  importState: {
    body: {
      numbers: { nextId: 2, lastIndex: 0, resting: [] },
      objects: { tenants: [{ name: 'red', allocation: { id: 1, revision: 1, zone: 32768 } }] },
    },
  },
};

function callOf(operation: Operation, template: string, method: string, document: Document): Call {
  const request = requests[operation.operationId];
  const [example] = examplesOf(document, template);
  const body = request?.body ?? (method === 'put' ? example : undefined);
  return {
    operation,
    template,
    method,
    path: request?.path ?? template.replace('{name}', example?.name ?? ''),
    body: body && JSON.stringify(body),
  };
}

function examplesOf({ paths }: Document, template: string): readonly { readonly name: string }[] {
  const { example, examples = {} } = paths[template]?.put?.requestBody?.content['application/json'] ?? {};
  return example ? [example] : Object.values(examples).map(({ value }) => value);
}

function ask(
  port: number,
  { method, path, body }: Call,
  headers: Record<string, string> = {},
  query = '',
): Promise<Answer> {
  return send({
    ...{ port, method: method.toUpperCase(), path: `${path}${query}` },
    headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body }),
  });
}

/** A request whose lines no client would write. */
async function askRaw(port: number, lines: readonly string[]): Promise<Answer> {
  const connection = new RawConnection({ host: '127.0.0.1', port });
  connection.send(...lines);
  const [answer] = await connection.answers();
  return parsed(answer);
}

/** Without an end. Who is too slow even for the first byte gets no answer: a busy machine may look like that. */
async function askSlowly(port: number, lines: readonly string[]): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const answer = await askRaw(port, lines);
    if (answer.status !== 0 || attempt === 10) return answer;
  }
}

function parsed(answer: RawAnswer | undefined): Answer {
  return {
    status: answer?.status ?? 0,
    headers: answer?.headers ?? {},
    body: answer?.body ? JSON.parse(answer.body) : '',
  };
}

/** Of HTTP itself, or of node. */
const plainHeaders = new Set([
  'content-type',
  'content-length',
  'date',
  'connection',
  'keep-alive',
  'accept-encoding',
  'transfer-encoding',
]);

t.test('every operation, every status', async t => {
  const lab = await startLab(t);
  const installs = { outcome: 'installed' };
  const runtime = fakeRuntime({
    waitInstalled: async (_, signal) => {
      if (installs.outcome === 'refused') throw new Error('the switch refused a flow');
      if (installs.outcome === 'late') await new Promise((_, reject) => signal.addEventListener('abort', reject));
    },
    dropNode: async name => (name === 'gone' ? 'dropped' : name === 'node1' ? 'self' : 'absent'),
    adopt: async generation => (generation === 7 ? { kind: 'adopted', generation: 9 } : { kind: 'not-held' }),
    ready: async () => ({ ready: true, reasons: [] }),
  });
  const port = await serve(t, lab, { runtime });
  const document = (await send({ port, path: '/openapi.json' })).body as Document;
  const { valid, errors } = await new Validator().validate({ ...document });
  t.ok(valid, JSON.stringify(errors));
  t.notMatch(JSON.stringify(document), /Default Response/);

  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema({ ...document }, 'document');
  /** @returns what a value has against the schema at a place of the document */
  const complaints = (place: readonly string[], value: unknown): string | undefined => {
    const pointer = place.map(step => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
    const validate = ajv.getSchema(`document#/${pointer}`);
    if (!validate) throw new Error(`there is no schema at ${pointer}`);
    return validate(value) ? undefined : ajv.errorsText(validate.errors);
  };

  await t.test('examples are what their schemas say', async t => {
    let seen = 0;
    const check = (place: readonly string[], value: unknown): void => {
      seen++;
      t.equal(complaints(place, value), undefined, `${place.join(' ')}: ${JSON.stringify(value)}`);
    };
    const walk = (part: unknown, place: readonly string[]): void => {
      if (typeof part !== 'object' || part === null) return;
      const { examples, example, schema } = part as { examples?: unknown; example?: unknown; schema?: unknown };
      if (Array.isArray(examples)) for (const value of examples) check(place, value);
      else if (examples)
        for (const { value } of Object.values(examples as Record<string, { value: unknown }>))
          check([...place, 'schema'], value);
      if (example !== undefined) check(schema ? [...place, 'schema'] : place, example);
      // What an example holds is no schema.
      for (const [key, inner] of Object.entries(part))
        if (key !== 'examples' && key !== 'example') walk(inner, [...place, key]);
    };
    walk(document, []);
    t.ok(seen > 30, `${seen} examples`);
  });

  const calls = Object.entries(document.paths).flatMap(([template, item]) =>
    Object.entries(item).map(([method, operation]) => callOf(operation, template, method, document)),
  );
  t.equal(new Set(calls.map(({ operation }) => operation.operationId)).size, calls.length);
  const provoked = new Set<string>();

  /** The answer must be the one that was meant, and be documented. */
  const expect = (t: Test, { operation, template, method }: Call, status: number, answer: Answer): void => {
    const what = `${operation.operationId} ${status}`;
    t.equal(answer.status, status, `${what}: ${JSON.stringify(answer.body)}`);
    const response = operation.responses[answer.status];
    if (!response) {
      t.fail(`${what}: ${answer.status} is not documented`);
      return;
    }
    provoked.add(`${operation.operationId} ${answer.status}`);
    const place = ['paths', template, method, 'responses', String(answer.status)];
    const [media] = Object.keys(response.content ?? {});
    t.equal(String(answer.headers['content-type'] ?? '').split(';')[0], media ?? '', `${what}: content type`);
    if (media) t.equal(complaints([...place, 'content', media, 'schema'], answer.body), undefined, `${what}: body`);
    else t.equal(answer.body, '', `${what}: no body`);
    for (const [name, { required, schema }] of Object.entries(response.headers ?? {})) {
      const value = answer.headers[name];
      if (required || value !== undefined) {
        const typed = 'type' in schema && schema.type === 'integer' ? Number(value) : value;
        t.equal(complaints([...place, 'headers', name, 'schema'], typed), undefined, `${what}: ${name}: ${value}`);
      }
    }
    const strange = Object.keys(answer.headers).filter(
      name => !plainHeaders.has(name) && !(name in (response.headers ?? {})),
    );
    t.strictSame(strange, [], `${what}: headers`);
  };
  const ofKind = (call: Call) => /\{name\}$/.test(call.template) && call.operation.operationId !== 'deleteNode';
  const puts = calls.filter(({ method }) => method === 'put');

  await t.test('the examples, in order, make an intent', async t => {
    t.strictSame(
      puts.map(({ template }) => template),
      kinds.map(kind => `/v1/${kind}/{name}`),
    );
    for (const call of puts) {
      for (const value of examplesOf(document, call.template)) {
        const put = { ...call, path: call.template.replace('{name}', value.name), body: JSON.stringify(value) };
        expect(t, put, 201, await ask(port, put));
        expect(t, put, 200, await ask(port, put));
      }
    }
  });

  await t.test('what succeeds', async t => {
    const isNew = await serve(t, lab, { store: storeWith(lab.store, { import: async () => ({ generation: 1 }) }) });
    for (const call of calls) {
      if (call.method === 'delete' || call.method === 'put') continue;
      const answer = await ask(call.operation.operationId === 'importState' ? isNew : port, call);
      expect(t, call, 200, answer);
      const { etag } = answer.headers;
      if (ofKind(call)) expect(t, call, 304, await ask(port, call, { 'if-none-match': String(etag) }));
    }
  });

  await t.test('what REST says whatever the operation', async t => {
    const slow = await serve(t, lab, {
      runtime,
      timeouts: { headers: 500, request: 5_000, interval: 50, grace: 5_000 },
    });
    const head = ({ method, path }: Call, ...lines: string[]) => [
      `${method.toUpperCase()} ${path} HTTP/1.1`,
      'host: localhost',
      ...lines,
    ];
    const close = 'connection: close';
    const credentials = `authorization: ${authorization}`;
    await Promise.all(
      calls.map(async call => {
        expect(t, call, 400, await ask(port, call, {}, '?access_token=x'));
        if (call.operation.responses[401]) expect(t, call, 401, await ask(port, call, { authorization: 'Bearer x' }));
        else t.strictSame(call.operation.security, [], `${call.operation.operationId} needs no token`);
        expect(t, call, 403, await ask(port, call, { origin: 'http://attacker.example' }));
        expect(t, call, 408, await askSlowly(slow, head(call)));
        if (call.operation.responses[413]) {
          const lines = head(
            call,
            credentials,
            close,
            'content-type: application/json',
            'content-length: 99999999',
            '',
            '{',
          );
          expect(t, call, 413, await askRaw(port, lines));
        }
        expect(t, call, 415, await ask(port, call, { 'content-encoding': 'gzip' }));
        expect(t, call, 417, await ask(port, call, { expect: 'wonders' }));
        expect(t, call, 421, await ask(port, call, { host: 'attacker.example' }));
        expect(t, call, 431, await askRaw(port, head(call, `x: ${'x'.repeat(20_000)}`, '', '')));
        expect(
          t,
          call,
          505,
          await askRaw(
            port,
            [...head(call), '', ''].map(line => line.replace('HTTP/1.1', 'HTTP/3.0')),
          ),
        );
      }),
    );
  });

  await t.test('what fails inside', async t => {
    const problem = { kind: 'tenants', name: 'red', pointer: '/name', detail: 'taken', why: 'conflict' } as const;
    const errors: readonly (readonly [status: number, applies: (call: Call) => boolean, error: Error])[] = [
      [500, () => true, new Error('boom')],
      [503, () => true, new StateError('STATE_UNAVAILABLE', 'gone')],
      [507, () => true, new StateError('STATE_EXHAUSTED', 'none left')],
      [409, ({ method }) => method === 'put', new IntentRejected('tenants', 'red', [problem])],
      [
        409,
        ({ operation }) => operation.operationId === 'batch',
        new BatchRejected([{ item: 0, error: new IntentRejected('tenants', 'red', [problem]) }]),
      ],
      [
        409,
        ({ method }) => method === 'delete',
        new ObjectReferenced('tenants', 'red', [{ kind: 'vnis', name: 'v', pointer: '/tenant' }]),
      ],
      [412, () => true, new PreconditionFailed('tenants', 'red', undefined)],
    ];
    for (const [status, applies, error] of errors) {
      const { store, runtime } = fails(error);
      const broken = await serve(t, lab, { store: storeWith(lab.store, store), runtime });
      for (const call of calls)
        if (call.operation.responses[status] && applies(call) && call.template !== '/healthz')
          expect(t, call, status, await ask(broken, call));
    }
  });

  await t.test('what the switch says', async t => {
    const store = storeWith(lab.store, { remove: async () => ({ generation: 1 }) });
    const waits = await serve(t, lab, { runtime, store });
    for (const [status, outcome] of [
      [502, 'refused'],
      [504, 'late'],
    ] as const) {
      installs.outcome = outcome;
      for (const call of calls)
        if (call.operation.responses[status])
          expect(t, call, status, await ask(waits, call, {}, '?wait=installed&timeout=0.01'));
    }
    installs.outcome = 'installed';
  });

  await t.test('what the request asks for', async t => {
    for (const call of calls) {
      const { responses, operationId } = call.operation;
      if (responses[404])
        expect(
          t,
          call,
          404,
          await ask(port, {
            ...call,
            path: call.path.replace(/[^/]+$/, operationId === 'getFlows' ? '0x99' : 'nobody'),
          }),
        );
      if (operationId === 'batch')
        expect(t, call, 412, await ask(port, { ...call, body: JSON.stringify(batchOf({ ifMatch: '"0-0"' })) }));
      else if (responses[412]) expect(t, call, 412, await ask(port, call, { 'if-match': '"0-0"' }));
      if (responses[422]) expect(t, call, 422, await ask(port, { ...call, body: '{"colour": "red"}' }));
      if (operationId === 'deleteNode') expect(t, call, 409, await ask(port, { ...call, path: '/v1/nodes/node1' }));
      if (operationId === 'importState') expect(t, call, 409, await ask(port, call));
      if (operationId === 'adoptState') expect(t, call, 409, await ask(port, { ...call, body: '{"generation": 6}' }));
    }
  });

  await t.test('and all of it is deleted', async t => {
    // What ends connections deletes no object.
    for (const call of calls.filter(of => of.method === 'delete' && of.template !== '/v1/connections').reverse()) {
      const names = examplesOf(document, call.template).map(({ name }) => name);
      for (const name of names.length > 0 ? names : ['gone'])
        expect(t, call, 204, await ask(port, { ...call, path: call.template.replace('{name}', name) }));
    }
    for (const call of calls.filter(({ operation }) => operation.operationId === 'endConnections'))
      expect(t, call, 200, await ask(port, call));
    t.equal(lab.store.snapshot().documents.tenants.size, 0);
  });

  const documented = calls.flatMap(({ operation }) =>
    Object.keys(operation.responses).map(status => `${operation.operationId} ${status}`),
  );
  t.strictSame(
    documented.filter(one => !provoked.has(one)),
    [
      // It calls nothing that could fail, and stopping is tried in connection.test.ts.
      'getHealth 500',
      'getHealth 503',
    ],
    'nothing is documented that was not seen',
  );
});

t.test('the largest interface', async t => {
  // Some seconds of work, and more than the ten that a write has where others want the processor too.
  const lab = await startLab(t, { writeTimeout: 40_000 });
  const port = await serve(t, lab);
  const headers = { authorization, 'content-type': 'application/json' };
  const put = (path: string, body: string) => send({ port, method: 'PUT', path, headers, body });
  t.match(await put('/v1/tenants/red', '{}'), { status: 201 });
  const hosts = Array.from({ length: 4096 }, (_, host) => ({
    mac: `02:00:00:01:${(host >> 8).toString(16).padStart(2, '0')}:${(host & 255).toString(16).padStart(2, '0')}`,
    addresses: Array.from({ length: 16 }, (_, index) => `10.${200 + index}.${100 + (host >> 8)}.${host & 255}`),
  }));
  const body = JSON.stringify({
    ...{ role: 'inner', tenant: 'red', attachment: { type: 'vlan', port: 'p0', vlan: 11 }, mac: '02:70:6d:00:11:01' },
    ...{ addresses: Array.from({ length: 16 }, (_, index) => `10.${200 + index}.0.1/16`), hosts },
  });
  t.ok(body.length > 1_200_000, `${body.length} bytes`);
  t.match(await put('/v1/interfaces/wide', body), { status: 201 });
  t.match(
    await put('/v1/interfaces/wide', JSON.stringify(JSON.parse(body), null, 2)),
    { status: 200 },
    'indented, too',
  );
  t.match(await put('/v1/interfaces/wide', body.padEnd(8_000_000)), { status: 413 });
});
