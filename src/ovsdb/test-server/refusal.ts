// Why an operation, or a transaction, cannot be done (RFC 7047 section 5.2).

import { OvsdbMessageError } from '../errors.ts';
import type { JsonObject } from '../json/json.ts';

export class Refusal extends Error {
  /** Such as `constraint violation`. */
  readonly error: string;

  constructor(error: string, details: string) {
    super(details);
    this.error = error;
  }
}

/** As it stands among the results. Other errors are thrown on. */
export function refusalJson(error: unknown): JsonObject {
  if (error instanceof Refusal) return { error: error.error, details: error.message };
  if (error instanceof OvsdbMessageError) return { error: 'syntax error', details: error.message };
  throw error;
}
