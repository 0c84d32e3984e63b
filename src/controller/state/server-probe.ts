// Asks an OVSDB socket whether it serves a database: the sign that an embedded ovsdb-server is up.

import { createConnection } from 'node:net';

const request = JSON.stringify({ method: 'list_dbs', params: [], id: 0 });

/** Whether the server behind the unix socket answers `list_dbs` (RFC 7047 section 4.1.1) with the database in time (ms). */
export function servesDatabase(path: string, database: string, timeout: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createConnection({ path });
    let text = '';
    const settle = (answer: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => settle(false), timeout);
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(request));
    socket.on('data', chunk => {
      text += chunk;
      // The list may come in pieces; it is short, and its names are quoted.
      if (text.includes(`"${database}"`)) settle(true);
      else if (text.length > 65_536) settle(false);
    });
    socket.on('error', () => settle(false));
    socket.on('close', () => settle(false));
  });
}
