// Who is alive. Nobody's clock is compared with another's: a node lives as long as its heartbeat, a number that grows,
// is seen to grow. Pure: the time comes with each question.

interface Sight {
  readonly heartbeat: number;
  /** When it was first seen at this number, ms. */
  readonly since: number;
}

export class Leases {
  readonly #lease: number;
  #seen = new Map<string, Sight>();

  /** @param lease how long a node may be silent, ms */
  constructor(lease: number) {
    this.#lease = lease;
  }

  /** Takes note of the heartbeats as they are; who is no longer among them is forgotten. */
  observe(heartbeats: ReadonlyMap<string, number>, now: number): void {
    this.#seen = new Map(
      [...heartbeats].map(([name, heartbeat]) => {
        const before = this.#seen.get(name);
        return [name, before?.heartbeat === heartbeat ? before : { heartbeat, since: now }];
      }),
    );
  }

  /** Gives everybody a whole lease: after a time in which nothing could be seen. */
  renew(now: number): void {
    for (const [name, { heartbeat }] of this.#seen) this.#seen.set(name, { heartbeat, since: now });
  }

  /** Nodes whose lease has ended, and the heartbeat they died with. */
  expired(now: number): ReadonlyMap<string, number> {
    return new Map(
      [...this.#seen]
        .filter(([, { since }]) => now - since >= this.#lease)
        .map(([name, { heartbeat }]) => [name, heartbeat]),
    );
  }

  /** Since when a node has been silent, ms ago; undefined: it is not known. */
  silence(name: string, now: number): number | undefined {
    const sight = this.#seen.get(name);
    return sight && now - sight.since;
  }
}
