// Whether a switch answers: a connection stands for many seconds after the one at its other end has come to a halt. It is asked for its
// ports, for what somebody has set on one of them is told nowhere else.

import type { PortDesc, SwitchConnection } from '../../openflow/index.ts';

/** OFPPC_NO_RECV, OFPPC_NO_FWD and OFPPC_NO_PACKET_IN. A port that is down has no carrier, which the switch's database tells. */
const deafening = [
  [0x04, 'no-receive'],
  [0x20, 'no-forward'],
  [0x40, 'no-packet-in'],
] as const;

export class SignOfLife {
  readonly #connection: Pick<SwitchConnection, 'portDesc'>;
  /** When that was asked which was answered last. */
  #last = -Infinity;
  #asking: Promise<void> | undefined;
  #ports: readonly PortDesc[] = [];

  constructor(connection: Pick<SwitchConnection, 'portDesc'>) {
    this.#connection = connection;
  }

  /** What was set on ports when it answered last, so that they do not pass packets on: name and setting. */
  get deafPorts(): readonly { readonly name: string; readonly setting: string }[] {
    return this.#ports.flatMap(({ name, config }) =>
      deafening.flatMap(([bit, setting]) => (config & bit ? [{ name, setting }] : [])),
    );
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
