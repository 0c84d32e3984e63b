// The connections that a node has translated, as conntrack holds them: who is inside, who is the far end, and which outside
// address and port stands for the one inside. A tenant's are its own: two tenants may use the same inside addresses.

import type { TcpState } from './tcp.ts';

/** For ICMP the identifier of an echo or its like stands for both ports. */
export interface Connection {
  readonly tenant: string;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly inside: number;
  readonly insidePort: number;
  readonly remote: number;
  readonly remotePort: number;
  readonly outside: number;
  readonly outsidePort: number;
  /** Of the request, 8 of an echo; 0 of TCP and UDP. */
  readonly icmpType: number;
  readonly tcp?: TcpState;
  /** From outside, by a port forward; absent: from inside. */
  readonly isFromOutside?: true;
}

type FromInside = Pick<
  Connection,
  'tenant' | 'protocol' | 'icmpType' | 'inside' | 'insidePort' | 'remote' | 'remotePort'
>;
type FromOutside = Pick<
  Connection,
  'tenant' | 'protocol' | 'icmpType' | 'outside' | 'outsidePort' | 'remote' | 'remotePort'
>;

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

  /** @param becomes undefined: it is forgotten */
  replace(was: Connection, becomes: Connection | undefined): void {
    const at = this.#all.indexOf(was);
    if (at >= 0) this.#all.splice(at, 1, ...(becomes ? [becomes] : []));
  }

  /** Of a packet from inside. */
  fromInside(of: FromInside): Connection | undefined {
    return this.#all.find(
      each =>
        each.tenant === of.tenant &&
        each.protocol === of.protocol &&
        each.icmpType === of.icmpType &&
        each.inside === of.inside &&
        each.insidePort === of.insidePort &&
        each.remote === of.remote &&
        each.remotePort === of.remotePort,
    );
  }

  /** Of a packet from outside. */
  fromOutside(of: FromOutside): Connection | undefined {
    return this.#all.find(
      each =>
        each.tenant === of.tenant &&
        each.protocol === of.protocol &&
        each.icmpType === of.icmpType &&
        each.outside === of.outside &&
        each.outsidePort === of.outsidePort &&
        each.remote === of.remote &&
        each.remotePort === of.remotePort,
    );
  }

  /** Whether the outside port is in use towards that far end, so that a reply would have two meanings. */
  isTaken(of: FromOutside): boolean {
    return this.fromOutside(of) !== undefined;
  }
}
