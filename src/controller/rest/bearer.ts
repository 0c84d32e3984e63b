// Bearer tokens (RFC 6750), compared in constant time.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { RequestRefused } from './problem.ts';

// Hashes are of one length, which timingSafeEqual needs, and hide the lengths of the tokens.
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The tokens that let a caller in; others may be put in their place while requests come in. */
export class BearerTokens {
  #known: readonly Buffer[] = [];

  constructor(tokens: readonly string[] = []) {
    this.replace(tokens);
  }

  replace(tokens: readonly string[]): void {
    this.#known = tokens.map(digest);
  }

  /** @throws RequestRefused unless the headers carry one of the tokens, or there are none */
  check({ authorization }: IncomingHttpHeaders): void {
    if (this.#known.length === 0) return;
    const given = digest(/^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? '');
    // Every token is compared, so that the time does not tell which one was close.
    const matches = this.#known.filter(token => timingSafeEqual(token, given));
    if (matches.length > 0) return;
    throw new RequestRefused('unauthorized', 'the Authorization header carries no token that is known here', {
      headers: { 'www-authenticate': 'Bearer realm="pointsman"' },
    });
  }
}
