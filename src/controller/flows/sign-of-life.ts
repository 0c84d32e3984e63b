// Whether a switch answers: a connection stands for many seconds after the one at its other end has come to a halt. It is asked for its
// ports, so that what somebody has set on one of them is known to be set back.

import type { PortDesc, SwitchConnection } from '../../openflow/index.ts';
import { type PortSetting, settingsOf } from './port-settings.ts';

export class SignOfLife {
  readonly #connection: Pick<SwitchConnection, 'portDesc'>;
  /** When that was asked which was answered last. */
  #last = -Infinity;
  #asking: Promise<void> | undefined;
  #ports: readonly PortDesc[] = [];

  constructor(connection: Pick<SwitchConnection, 'portDesc'>) {
    this.#connection = connection;
  }

  /** What was set on ports when it answered last, so that they do not pass packets on. */
  get deafPorts(): readonly PortSetting[] {
    return this.#ports.flatMap(settingsOf);
  }

  /**
   * Resolves when the switch has answered something that was asked no longer than `maxAge` ms ago. Who asks at the same time
   * asks together.
   * @throws ConnectionError when it has not within `timeout` ms
   */
  confirm(maxAge: number, timeout: number): Promise<void> {
    if (performance.now() - this.#last <= maxAge) return Promise.resolve();
    this.#asking ??= this.#ask(timeout).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(timeout: number): Promise<void> {
    const at = performance.now();
    this.#ports = await this.#connection.portDesc({ timeout });
    this.#last = at;
  }
}
