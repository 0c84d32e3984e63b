// Refusals as RFC 9457 problem documents: their shape, their types, and which error becomes which.

import { z } from 'zod';
import { PointsmanError } from '../../lib/errors.ts';
import { kinds } from '../../policy/kinds/names.ts';
import {
  BatchRejected,
  ImportRejected,
  IntentRejected,
  type ItemError,
  ObjectReferenced,
  StateError,
  type StateErrorCode,
} from '../state/errors.ts';

/** Every problem type: `urn:pointsman:problem:` and the key. Titles are for people; keys are stable. */
const types = {
  'bad-request': { status: 400, title: 'The request is malformed' },
  'bad-parameter': { status: 400, title: 'A parameter or header is not what it should be' },
  unauthorized: { status: 401, title: 'A bearer token is needed' },
  'foreign-origin': { status: 403, title: 'A web page of another origin sent the request' },
  'not-found': { status: 404, title: 'There is no such resource' },
  'method-not-allowed': { status: 405, title: 'The resource does not have this method' },
  'request-timeout': { status: 408, title: 'The request did not arrive in time' },
  conflict: { status: 409, title: 'Another object has what this one wants' },
  referenced: { status: 409, title: 'Other objects refer to this one' },
  'not-held': { status: 409, title: 'The state is not held, or not at this generation' },
  unaccounted: { status: 409, title: 'The switch holds what the state database does not account for' },
  'precondition-failed': { status: 412, title: 'The object is not in the state that was asked for' },
  'too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body is not application/json as it is' },
  'expectation-failed': { status: 417, title: 'The Expect header asks for something unknown' },
  misdirected: { status: 421, title: 'The request was sent to another name' },
  'invalid-document': { status: 422, title: 'The document is not what its kind asks for' },
  'invalid-batch': { status: 422, title: 'Items of the batch cannot be done; nothing was written' },
  'invalid-intent': { status: 422, title: 'The object does not fit the rest of the intent' },
  'headers-too-large': { status: 431, title: 'The request line and the headers are too large' },
  internal: { status: 500, title: 'Something went wrong inside pointsman' },
  'install-failed': { status: 502, title: 'The write is durable, but the switch did not take it' },
  'not-ready': { status: 503, title: 'The controller is not ready' },
  'state-unavailable': { status: 503, title: 'The state database cannot be reached; nothing was written' },
  'state-held': {
    status: 503,
    title: 'The state database has lost something, and waits for a word; nothing was written',
  },
  'switch-unavailable': { status: 503, title: 'A bridge of the switch cannot be asked' },
  'lookups-busy': { status: 503, title: 'Too many look-ups of connections at once' },
  'outcome-unknown': {
    status: 503,
    title: 'The connection to the state database was lost; the write may have happened',
  },
  'switch-behind': {
    status: 503,
    title: 'The switch has not confirmed what it was sent before; nothing was written',
  },
  busy: { status: 503, title: 'Too many writes at once; nothing was written' },
  'install-timeout': { status: 504, title: 'The write is durable, but the switch has not confirmed it in time' },
  'http-version': { status: 505, title: 'The version of HTTP is not spoken here' },
  'disk-full': { status: 507, title: 'The disk of the state database has no room; nothing was written' },
  exhausted: { status: 507, title: 'There are no numbers left to give out' },
} as const satisfies Record<string, { status: number; title: string }>;

const typePrefix = 'urn:pointsman:problem:';

export const problemMediaType = 'application/problem+json; charset=utf-8';

export type ProblemType = keyof typeof types;

const detailSchema = z.object({
  item: z.int().min(0).optional().describe('Of a batch: the place in `items` of the item at fault, from 0.'),
  type: z
    .string()
    .optional()
    .describe('Of an item: the problem type that a request for it alone would have been answered with.'),
  pointer: z
    .string()
    .describe(
      'JSON pointer (RFC 6901) into `object` where that is given; else into the document of `item`; else into the body.',
    ),
  detail: z.string(),
  object: z
    .object({ kind: z.enum(kinds), name: z.string() })
    .optional()
    .describe('Another object that the pointer leads into.'),
  holder: z
    .object({ kind: z.enum(kinds), name: z.string(), pointer: z.string() })
    .optional()
    .describe('Of a conflict: the object that has it, and where in it.'),
});

export const problemSchema = z
  .object({
    type: z.string().meta({ format: 'uri' }).describe('Stable: urn:pointsman:problem:NAME.'),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    instance: z
      .string()
      .meta({ format: 'uri-reference' })
      .describe('The URL of the request; empty where it could not be read.'),
    errors: z.array(detailSchema).optional(),
  })
  .meta({ id: 'Problem', description: 'A refusal (RFC 9457).' });

export type ProblemDetail = z.infer<typeof detailSchema>;
export type ProblemDocument = z.infer<typeof problemSchema>;

/** A request that REST itself refuses. */
export class RequestRefused extends PointsmanError<'REST_REFUSED'> {
  readonly type: ProblemType;
  readonly errors: readonly ProblemDetail[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    type: ProblemType,
    detail: string,
    more: { errors?: readonly ProblemDetail[]; headers?: Readonly<Record<string, string>>; cause?: unknown } = {},
  ) {
    super('REST_REFUSED', detail, { cause: more.cause });
    this.type = type;
    this.errors = more.errors ?? [];
    this.headers = more.headers ?? {};
  }
}

const stateTypes: { readonly [C in StateErrorCode]: ProblemType } = {
  STATE_INTENT_REJECTED: 'invalid-intent',
  STATE_BATCH_REJECTED: 'invalid-batch',
  STATE_BATCH_TOO_LARGE: 'invalid-batch',
  STATE_IMPORT_REJECTED: 'invalid-intent',
  STATE_NOT_FOUND: 'not-found',
  STATE_REFERENCED: 'referenced',
  STATE_PRECONDITION_FAILED: 'precondition-failed',
  STATE_EXHAUSTED: 'exhausted',
  STATE_CONTENDED: 'busy',
  STATE_BUSY: 'busy',
  STATE_SWITCH_BEHIND: 'switch-behind',
  STATE_UNAVAILABLE: 'state-unavailable',
  STATE_HELD: 'state-held',
  STATE_DISK_FULL: 'disk-full',
  STATE_DISK_FAILED: 'state-unavailable',
  STATE_OUTCOME_UNKNOWN: 'outcome-unknown',
  STATE_DATABASE_REFUSED: 'internal',
  STATE_SERVER_FAILED: 'internal',
  STATE_SCHEMA_MISMATCH: 'internal',
};

// fastify's own refusals, by status.
const statusTypes: Readonly<Record<number, ProblemType>> = {
  404: 'not-found',
  413: 'too-large',
  415: 'unsupported-media-type',
};

export interface ProblemAnswer {
  readonly document: ProblemDocument;
  readonly headers: Readonly<Record<string, string>>;
}

/** @param instance the URL of the request */
export function problemOf(error: unknown, instance: string): ProblemAnswer {
  if (error instanceof RequestRefused) return answer(error.type, error.message, instance, error.errors, error.headers);
  if (error instanceof IntentRejected) {
    const { problems } = error;
    const type = problems.every(problem => problem.why === 'conflict') ? 'conflict' : 'invalid-intent';
    return answer(type, error.message, instance, problems.map(detailOf(error)));
  }
  if (error instanceof ObjectReferenced) {
    const errors = error.referrers.map(({ kind, name, pointer }) => ({
      pointer,
      detail: `${kind}/${name} refers to ${error.subject.kind}/${error.subject.name}`,
      object: { kind, name },
    }));
    return answer('referenced', error.message, instance, errors);
  }
  if (error instanceof ImportRejected) {
    const type = error.problems.every(({ isConflict }) => isConflict) ? 'conflict' : 'invalid-intent';
    const errors = error.problems.map(({ kind, name, pointer, detail }) =>
      kind === undefined || name === undefined ? { pointer, detail } : { pointer, detail, object: { kind, name } },
    );
    return answer(type, error.message, instance, errors);
  }
  if (error instanceof BatchRejected) return batchAnswer(error, instance);
  if (error instanceof StateError) {
    const code: StateErrorCode = error.code;
    const type = stateTypes[code];
    return answer(type, type === 'internal' ? internalDetail : error.message, instance);
  }
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (error instanceof Error && status >= 400 && status < 500)
    return answer(statusTypes[status] ?? 'bad-request', error.message, instance);
  return answer('internal', internalDetail, instance);
}

/** Where all items are refused for one reason, that is the answer's. */
function batchAnswer({ message, errors }: BatchRejected, instance: string): ProblemAnswer {
  const types = new Set(errors.map(({ error }) => problemOf(error, instance).document.type));
  const [only] = types.size === 1 ? types : [];
  const type = (only?.slice(typePrefix.length) ?? 'invalid-batch') as ProblemType;
  return answer(type, message, instance, errors.flatMap(detailsOfItem));
}

function detailsOfItem({ item, error }: ItemError): readonly ProblemDetail[] {
  const { type, detail, errors } = problemOf(error, '').document;
  const all = errors ?? [{ pointer: '', detail }];
  if (item !== undefined) return all.map(each => ({ item, type, ...each }));
  const object = error instanceof IntentRejected ? { object: { ...error.subject } } : {};
  return all.map(each => ({ type, ...each, ...object }));
}

/** Details stay in the log: they may name files and addresses of the machine. */
const internalDetail = 'the log of pointsman says more';

function detailOf({ subject }: IntentRejected) {
  return ({ kind, name, pointer, detail, holder }: IntentRejected['problems'][number]): ProblemDetail => ({
    pointer,
    detail,
    ...(kind === subject.kind && name === subject.name ? {} : { object: { kind, name } }),
    ...(holder ? { holder: { kind: holder.kind, name: holder.name, pointer: holder.pointer } } : {}),
  });
}

function answer(
  type: ProblemType,
  detail: string,
  instance: string,
  errors: readonly ProblemDetail[] = [],
  headers: Readonly<Record<string, string>> = {},
): ProblemAnswer {
  const { status, title } = types[type];
  return {
    document: {
      type: `${typePrefix}${type}`,
      title,
      status,
      detail,
      instance,
      ...(errors.length === 0 ? {} : { errors: [...errors] }),
    },
    headers: status === 503 ? { 'retry-after': '1', ...headers } : headers,
  };
}

/** The `response` entries of a route for these statuses. */
export function problemResponses(...statuses: readonly number[]) {
  return Object.fromEntries(
    statuses.map(status => [
      status,
      {
        description: Object.values(types)
          .filter(type => type.status === status)
          .map(type => type.title)
          .join(', or: '),
        content: { 'application/problem+json': { schema: problemSchema } },
      },
    ]),
  );
}
