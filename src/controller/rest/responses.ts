// What every operation may answer beside what its route says, and the headers of answers: for the OpenAPI document.

import type { z } from 'zod';
import { kinds } from '../../policy/kinds/names.ts';
import { problemResponses, problemSchema } from './problem.ts';

/** The `response` entry of a route for an answer in JSON. */
export function jsonResponse<S extends z.ZodType>(description: string, schema: S) {
  return { description, content: { 'application/json': { schema } } };
}

/** What may befall any request, before or behind its route. */
const common = [400, 403, 408, 415, 417, 421, 431, 500, 503, 505];
const withBody = [413];
const withCredentials = [401];

interface Header {
  readonly description: string;
  readonly required: boolean;
  readonly schema: object;
  readonly example?: unknown;
}

const headers = {
  etag: {
    description: 'Of the version that is stored now.',
    schema: { type: 'string', pattern: '^"[^"]+"$' },
    example: '"7-1"',
  },
  location: {
    description: 'Where the object is.',
    schema: { type: 'string', format: 'uri-reference' },
    example: '/v1/tenants/red',
  },
  'pointsman-generation': {
    description: 'The generation of the intent that holds the write; status says which one is installed.',
    schema: { type: 'integer', minimum: 0 },
    example: 42,
  },
  'pointsman-outcome': {
    description: 'What became of the object.',
    schema: { type: 'string', enum: ['created', 'updated', 'unchanged'] },
    example: 'created',
  },
  'retry-after': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 0 }, example: 1 },
  'www-authenticate': { description: 'RFC 6750.', schema: { type: 'string' }, example: 'Bearer realm="pointsman"' },
} as const satisfies Record<string, Omit<Header, 'required'>>;

type HeaderName = keyof typeof headers;

const objectPath = new RegExp(`^/v1/(${kinds.join('|')})/\\{name\\}$`);
const batchPath = '/v1/batch';
const importPath = '/v1/import';
const failedWaits = ['502', '504'];

function headersOf(
  path: string,
  method: string,
  status: string,
): readonly (readonly [HeaderName, required: boolean])[] {
  if (status === '401') return [['www-authenticate', true]];
  if (status === '503') return [['retry-after', true]];
  const waited = failedWaits.includes(status);
  if (path === batchPath) return status === '200' || waited ? [['pointsman-generation', true]] : [];
  if (path === importPath) return status === '200' ? [['pointsman-generation', true]] : [];
  if (!objectPath.test(path)) return [];
  switch (method) {
    case 'get':
      return status === '200' || status === '304' ? [['etag', true]] : [];
    case 'put': {
      if (status !== '200' && status !== '201' && !waited) return [];
      const written = [
        ['etag', true],
        ['pointsman-generation', true],
        ['pointsman-outcome', true],
      ] as const;
      return status === '200' ? written : [...written, ['location', status === '201']];
    }
    case 'delete':
      return status === '204' || waited ? [['pointsman-generation', true]] : [];
    default:
      return [];
  }
}

/** As fastify-swagger makes them; what is not named here is passed on. */
interface Response {
  readonly description: string;
}
interface Operation {
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, Response>>;
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

/** Adds to each operation what it shares with the others. */
export function completeOperations(paths: Paths): Paths {
  return mapValues(paths, (item, path) => mapValues(item, (operation, method) => complete(operation, path, method)));
}

function complete(operation: Operation, path: string, method: string): Operation {
  const open = !path.startsWith('/v1/');
  const statuses = [
    ...common,
    ...(open ? [] : withCredentials),
    // A DELETE needs none, but what is sent with it is read.
    ...(operation.requestBody || method === 'delete' ? withBody : []),
  ];
  const shared = mapValues(problemResponses(...statuses), ({ description }) => ({
    description,
    content: { 'application/problem+json': { schema: { $ref: `#/components/schemas/${problemSchema.meta()?.id}` } } },
  }));
  const responses = mapValues({ ...shared, ...operation.responses }, (response: Response, status) => {
    const named = headersOf(path, method, status).map(([name, required]) => [name, { ...headers[name], required }]);
    return named.length === 0 ? response : { ...response, headers: Object.fromEntries(named) };
  });
  return { ...operation, ...(open ? { security: [] } : {}), responses };
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A, key: string) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}
