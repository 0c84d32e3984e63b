// Where ovs-vswitchd listens for commands: as ovs-appctl finds it, by the pid in its pidfile (ovs-appctl(8), --target).

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PointsmanError } from '../../lib/errors.ts';

/** There is no pidfile, or none that says where the socket is. */
export class ControlSocketError extends PointsmanError<'CONTROL_SOCKET_UNKNOWN'> {
  constructor(message: string, options?: ErrorOptions) {
    super('CONTROL_SOCKET_UNKNOWN', message, options);
  }
}

/** @throws ControlSocketError */
export async function controlSocket(runDirectory: string): Promise<string> {
  const pidFile = join(runDirectory, 'ovs-vswitchd.pid');
  let text: string;
  try {
    text = await readFile(pidFile, 'utf8');
  } catch (cause) {
    throw new ControlSocketError(`the control socket of ovs-vswitchd is not known: ${pidFile} cannot be read`, {
      cause,
    });
  }
  const pid = text.trim();
  if (!/^\d+$/.test(pid)) throw new ControlSocketError(`${pidFile} holds no process id`);
  return join(runDirectory, `ovs-vswitchd.${pid}.ctl`);
}
