// JSON-RPC 1.0 messages, as RFC 7047 section 4 uses them.

import { OvsdbMessageError } from '../errors.ts';
import {
  excerpt,
  formatJson,
  isJsonArray,
  isJsonObject,
  type Json,
  type JsonArray,
  type JsonScalar,
} from '../json/json.ts';

export type RpcMessage =
  | { readonly kind: 'request'; readonly id: Json; readonly method: string; readonly params: JsonArray }
  | { readonly kind: 'notification'; readonly method: string; readonly params: JsonArray }
  | { readonly kind: 'result'; readonly id: Json; readonly result: Json }
  | { readonly kind: 'error'; readonly id: Json; readonly error: RpcFailure };

export interface RpcFailure {
  readonly error: string;
  readonly details: string | undefined;
}

/** Reads an <error> of RFC 7047 section 3.1: an object with an error string, or, in older servers, the bare string. */
export function parseFailure(json: Json): RpcFailure {
  if (!isJsonObject(json)) return { error: typeof json === 'string' ? json : excerpt(json), details: undefined };
  // Which error of the system it was, ovsdb-server says apart (ovsdb/ovsdb-error.c).
  const { error, details, 'io-error': reason } = json;
  const why = typeof reason === 'string' ? ` (${reason})` : '';
  return {
    error: typeof error === 'string' ? error : excerpt(json),
    details: typeof details === 'string' ? `${details}${why}` : undefined,
  };
}

/** @throws OvsdbMessageError */
export function parseMessage(json: Json): RpcMessage {
  if (!isJsonObject(json)) throw new OvsdbMessageError(`not a JSON-RPC message: ${excerpt(json)}`);
  const { id = null, method, params } = json;
  if (method !== undefined) {
    if (typeof method !== 'string' || !isJsonArray(params))
      throw new OvsdbMessageError(`not a JSON-RPC request: ${excerpt(json)}`);
    return id === null ? { kind: 'notification', method, params } : { kind: 'request', id, method, params };
  }
  const { result = null, error = null } = json;
  if (id === null || (json.result === undefined && error === null))
    throw new OvsdbMessageError(`not a JSON-RPC reply: ${excerpt(json)}`);
  return error === null ? { kind: 'result', id, result } : { kind: 'error', id, error: parseFailure(error) };
}

export function formatRequest(id: JsonScalar, method: string, params: JsonArray): string {
  return formatJson({ id, method, params });
}

export function formatNotification(method: string, params: JsonArray): string {
  return formatJson({ id: null, method, params });
}

export function formatResult(id: Json, result: Json): string {
  return formatJson({ id, result, error: null });
}

export function formatError(id: Json, error: string): string {
  return formatJson({ id, result: null, error });
}
