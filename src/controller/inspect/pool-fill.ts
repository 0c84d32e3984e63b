// Notices that pools fill up: how many of their chunks are somebody's, or rest. Status says so from 80 % on; events tell when
// a pool comes to 80 %, to 90 %, has none left, and has enough again.

import type { NatPoolDocument } from '../../policy/kinds/nat-pools.ts';
import type { NoteEvent } from '../events/event.ts';
import type { StateView } from '../state/view.ts';

/** In chunks. */
export interface PoolFill {
  readonly all: number;
  readonly taken: number;
}

/** Per cent. */
const levels = [100, 90, 80] as const;

type OnAddress = Pick<StateView, 'chunksOn' | 'retiredOn'>;

/** Another pool may have the same addresses: what is taken there counts whosesoever it is. */
export function fillOf({ addresses, ports, chunkSize: size }: NatPoolDocument, view: OnAddress): PoolFill {
  const first = Math.ceil(ports.min / size);
  const end = Math.floor((ports.max + 1) / size);
  let taken = 0;
  for (const address of addresses) {
    const places = new Set<number>();
    for (const range of [...view.chunksOn(address), ...view.retiredOn(address)]) {
      const from = Math.max(first, Math.floor(range.port / size));
      const to = Math.min(end, Math.ceil((range.port + range.size) / size));
      for (let place = from; place < to; place++) places.add(place);
    }
    taken += places.size;
  }
  return { all: Math.max(0, end - first) * addresses.length, taken };
}

/** 0: below all of them. A pool of one chunk is meant for one tenant, and full when it has it. */
export function levelOf({ all, taken }: PoolFill): number {
  return all < 2 ? 0 : (levels.find(level => taken * 100 >= all * level) ?? 0);
}

/** ms. */
const interval = 10_000;

export class PoolWatch {
  readonly #view: () => OnAddress & Pick<StateView, 'documents'>;
  readonly #note: NoteEvent;
  /** By name; pools that had reached none are left out. */
  #levels: ReadonlyMap<string, number> = new Map();
  #timer: NodeJS.Timeout | undefined;

  constructor(view: () => OnAddress & Pick<StateView, 'documents'>, note: NoteEvent) {
    this.#view = view;
    this.#note = note;
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), interval);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** A line for each pool of which there is little left. */
  get warnings(): string[] {
    const view = this.#view();
    return [...view.documents['nat-pools'].values()].flatMap(pool => {
      const fill = fillOf(pool, view);
      return levelOf(fill) === 0 ? [] : [`nat-pools/${pool.name}: ${sayFill(fill)}`];
    });
  }

  look(): void {
    const view = this.#view();
    const now = new Map<string, number>();
    for (const pool of view.documents['nat-pools'].values()) {
      const fill = fillOf(pool, view);
      const level = levelOf(fill);
      const before = this.#levels.get(pool.name) ?? 0;
      if (level > 0) now.set(pool.name, level);
      const object = { kind: 'nat-pools', name: pool.name } as const;
      const reason = level === 100 ? 'pool-used-up' : 'pool-filling';
      if (level > before) this.#note({ severity: 'warning', reason, object, message: sayFill(fill) });
      else if (level === 0 && before > 0)
        this.#note({ severity: 'info', reason: 'pool-recovered', object, message: sayFill(fill) });
    }
    this.#levels = now;
  }
}

function sayFill({ all, taken }: PoolFill): string {
  return `${taken} of ${all} chunks are given out or rest (${Math.floor((taken * 100) / all)} %)`;
}
