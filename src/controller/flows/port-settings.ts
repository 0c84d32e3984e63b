// What somebody sets on ports of a bridge, so that they pass packets on no more (OFPT_PORT_MOD; `ovs-ofctl mod-port`): the switch
// tells of it as it happens (OFPT_PORT_STATUS, OpenFlow 1.5.1 section 7.4.3), and ports of ours are set back.

import { EventEmitter } from 'node:events';
import type { Logger } from '../../lib/logger.ts';
import { type PortDesc, type SwitchConnection, SwitchError } from '../../openflow/index.ts';

/** OFPPC_NO_RECV, OFPPC_NO_FWD and OFPPC_NO_PACKET_IN. A port that is down has no carrier, which the switch's database tells. */
const deafening = [
  [0x04, 'no-receive'],
  [0x20, 'no-forward'],
  [0x40, 'no-packet-in'],
] as const;
const allDeafening = deafening.reduce((bits, [bit]) => bits | bit, 0);

/** A port, and what was set on it. */
export interface PortSetting {
  readonly name: string;
  readonly setting: (typeof deafening)[number][1];
}

export function settingsOf({ name, config }: Pick<PortDesc, 'name' | 'config'>): readonly PortSetting[] {
  return deafening.flatMap(([bit, setting]) => (config & bit ? [{ name, setting }] : []));
}

export type PortConnection = Pick<SwitchConnection, 'on' | 'portDesc' | 'request'>;

export interface PortSettingsEvents {
  /** There may be something to set back. */
  set: [];
  /** It is set back. */
  restored: [setting: PortSetting];
}

export class PortSettings extends EventEmitter<PortSettingsEvents> {
  readonly #connection: PortConnection;
  readonly #logger: Logger;
  /** Ports with such a setting, by name. */
  readonly #deaf = new Map<string, PortDesc>();
  #mustRead = true;
  #restored = 0;

  constructor(connection: PortConnection, logger: Logger) {
    super();
    this.#connection = connection;
    this.#logger = logger;
    connection.on('connected', () => this.look());
    connection.on('portStatus', ({ reason, port }) => {
      if (reason === 'delete') this.#deaf.delete(port.name);
      else if (this.#note(port)) this.emit('set');
    });
  }

  /** How many settings were taken back, since the start. */
  get restoredCount(): number {
    return this.#restored;
  }

  /** The next `restore` asks for all of them. */
  look(): void {
    this.#mustRead = true;
  }

  /**
   * Takes the settings of `ours` back. What the switch refuses stays.
   * @throws OpenFlowError when it does not answer
   */
  async restore(ours: ReadonlySet<string>): Promise<void> {
    if (this.#mustRead) await this.#read();
    for (const port of [...this.#deaf.values()]) if (ours.has(port.name)) await this.#restore(port);
  }

  async #read(): Promise<void> {
    // A management socket tells nothing of ports to whom does not ask for packets: from here on it does.
    await this.#connection.request({ kind: 'set_config', flags: 0, missSendLength: 0xffff });
    this.#deaf.clear();
    this.#mustRead = false;
    try {
      for (const port of await this.#connection.portDesc()) this.#note(port);
    } catch (error) {
      this.#mustRead = true;
      throw error;
    }
  }

  /** @returns whether it has such a setting */
  #note(port: PortDesc): boolean {
    const isDeaf = settingsOf(port).length > 0;
    if (isDeaf) this.#deaf.set(port.name, port);
    else this.#deaf.delete(port.name);
    return isDeaf;
  }

  async #restore(port: PortDesc): Promise<void> {
    const { portNo, hwAddr, name } = port;
    this.#deaf.delete(name);
    try {
      await this.#connection.request({ kind: 'port_mod', portNo, hwAddr, config: 0, mask: allDeafening });
    } catch (error) {
      if (!(error instanceof SwitchError)) {
        this.#deaf.set(name, port);
        throw error;
      }
      // It may be gone, or another by now; in a minute all are read.
      this.#logger.warn({ port: name, err: error }, 'the port could not be set back');
      return;
    }
    for (const setting of settingsOf(port)) {
      this.#restored++;
      this.#logger.warn({ port: name, setting: setting.setting }, 'changed by somebody else');
      this.emit('restored', setting);
    }
  }
}
