// HTTP as bytes on a socket, for requests that no HTTP client would send.

import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export class RawConnection {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  #text = '';

  constructor(to: { readonly path: string } | { readonly host: string; readonly port: number }) {
    this.socket = connect(to);
    this.socket.setEncoding('latin1');
    this.socket.on('data', (chunk: string) => {
      this.#text += chunk;
    });
    // A reset is one way for a connection to end.
    this.socket.on('error', () => undefined);
    this.closed = new Promise(resolve => this.socket.once('close', resolve));
  }

  send(...lines: readonly string[]): void {
    this.socket.write(lines.join('\r\n'));
  }

  /** Everything that came, once the server has closed. */
  async answers(): Promise<readonly RawAnswer[]> {
    await this.closed;
    const answers: RawAnswer[] = [];
    for (let rest = this.#text; rest !== ''; ) {
      const end = rest.indexOf('\r\n\r\n');
      if (end < 0) throw new Error(`no end of the headers: ${rest}`);
      const [first = '', ...lines] = rest.slice(0, end).split('\r\n');
      const status = Number(/^HTTP\/1\.1 (\d{3}) \S/.exec(first)?.[1]);
      const headers = Object.fromEntries(lines.map(line => line.toLowerCase().split(/: /, 2) as [string, string]));
      const length = Number(headers['content-length'] ?? 0);
      answers.push({ status, headers, body: rest.slice(end + 4, end + 4 + length) });
      rest = rest.slice(end + 4 + length);
    }
    return answers;
  }
}
