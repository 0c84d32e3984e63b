// One request over HTTP, with every header as the test wants it.

import { Agent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** On a connection of its own: a request that was refused leaves nothing behind for the next. */
export function send(options: RequestOptions & { readonly body?: string; readonly tls?: boolean }): Promise<Answer> {
  const { body, tls, ...rest } = options;
  // Were the connection to close behind the answer, a body that is still on its way would reset it.
  const agent = new (tls ? HttpsAgent : Agent)({ keepAlive: true });
  const answer = new Promise<Answer>((resolve, reject) => {
    const request = (tls ? httpsRequest : httpRequest)({ agent, host: '127.0.0.1', ...rest }, response => {
      let text = '';
      response.on('data', chunk => {
        text += chunk;
      });
      response.on('end', () => {
        const { statusCode = 0, headers } = response;
        const json = /json/.test(headers['content-type'] ?? '');
        resolve({ status: statusCode, headers, body: json ? JSON.parse(text) : text });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
  return answer.finally(() => agent.destroy());
}
