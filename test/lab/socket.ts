// A socket file is there a moment before anybody listens on it.

import { createConnection } from 'node:net';

/** Whether somebody accepts connections on a unix socket. */
export function accepts(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createConnection({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
