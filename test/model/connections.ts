// The connections that a node has translated, as conntrack holds them: who is inside, who is the far end, and which outside
// address and port stands for the one inside. A tenant's are its own: two tenants may use the same inside addresses.

/** For ICMP the identifier of an echo stands for both ports. */
export interface Connection {
  readonly tenant: string;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly inside: number;
  readonly insidePort: number;
  readonly remote: number;
  readonly remotePort: number;
  readonly outside: number;
  readonly outsidePort: number;
}

export class Connections {
  readonly #all: Connection[] = [];

  get all(): readonly Connection[] {
    return this.#all;
  }

  /** Those that are left when some have ended. */
  filter(keep: (connection: Connection) => boolean): Connections {
    const left = new Connections();
    for (const connection of this.#all) if (keep(connection)) left.add(connection);
    return left;
  }

  add(connection: Connection): void {
    this.#all.push(connection);
  }

  /** Of a packet from inside. */
  fromInside(of: Pick<Connection, 'tenant' | 'protocol' | 'inside' | 'insidePort' | 'remote' | 'remotePort'>) {
    return this.#all.find(
      each =>
        each.tenant === of.tenant &&
        each.protocol === of.protocol &&
        each.inside === of.inside &&
        each.insidePort === of.insidePort &&
        each.remote === of.remote &&
        each.remotePort === of.remotePort,
    );
  }

  /** Of a packet from outside. */
  fromOutside(of: Pick<Connection, 'tenant' | 'protocol' | 'outside' | 'outsidePort' | 'remote' | 'remotePort'>) {
    return this.#all.find(
      each =>
        each.tenant === of.tenant &&
        each.protocol === of.protocol &&
        each.outside === of.outside &&
        each.outsidePort === of.outsidePort &&
        each.remote === of.remote &&
        each.remotePort === of.remotePort,
    );
  }

  /** Whether the outside port is in use towards that far end, so that a reply would have two meanings. */
  isTaken(of: Pick<Connection, 'tenant' | 'protocol' | 'outside' | 'outsidePort' | 'remote' | 'remotePort'>): boolean {
    return this.fromOutside(of) !== undefined;
  }
}
