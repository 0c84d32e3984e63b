// Notices that connections find no translation: reads the rules' counters of it, and nothing else of the tables, now and
// then. A rule is exhausted while its counter grows, and for a while after; log and events say when that begins and ends.

import { formatIp } from '../../lib/address.ts';
import type { Logger } from '../../lib/logger.ts';
import type { SwitchConnection } from '../../openflow/index.ts';
import { decodeCookie, encodeCookie, ownedCookieMask } from '../../policy/cookies.ts';
import type { Program } from '../../policy/engine/program.ts';
import { useKey } from '../../policy/facts/base.ts';
import { natChunks, natRules } from '../../policy/facts/objects.ts';
import { tables } from '../../policy/pipeline.ts';
import type { NoteEvent } from '../events/event.ts';

export interface ExhaustionOptions {
  readonly connection: Pick<SwitchConnection, 'dumpFlows' | 'state'>;
  readonly program: Program;
  readonly note: NoteEvent;
  readonly logger: Logger;
  readonly now?: () => number;
}

interface Watched {
  readonly packets: number;
  /** When it last grew, ms; undefined: not yet seen to. */
  readonly grewAt: number | undefined;
  /** Dropped since it began to grow. */
  readonly dropped: number;
}

/** ms. */
const interval = 10_000;
/** A switch that hangs must not hang who asks for status. */
const patience = { timeout: 1_000 };
/** How long it counts as exhausted after the last packet, ms. */
const memory = 60_000;

const kindAndDropBits = 0xffffn << 32n;
const exhausted = {
  cookie: encodeCookie({ kind: 'nat-rules', id: 0, drop: 'nat-exhausted' }),
  cookieMask: ownedCookieMask | kindAndDropBits,
};

export class NatExhaustion {
  readonly #options: ExhaustionOptions;
  readonly #now: () => number;
  /** By id of the rule; undefined before the first look. */
  #watched: ReadonlyMap<number, Watched> | undefined;
  /** Rules of which the log said last that they are exhausted, by id. */
  #exhausted: ReadonlySet<number> = new Set();
  #timer: NodeJS.Timeout | undefined;
  #looking = false;

  constructor(options: ExhaustionOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), interval);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** A line for each rule that is exhausted now. */
  get warnings(): string[] {
    const { program } = this.#options;
    return [...program.rows(natRules)].flatMap(rule => {
      const seen = this.#watched?.get(rule.id);
      if (!seen || !isExhausted(seen, this.#now())) return [];
      const [chunk] = program.by(natChunks, 'here', useKey(rule));
      const place = chunk
        ? ` (${formatIp({ family: 4, value: chunk.address })}:${chunk.port}-${chunk.port + chunk.size - 1})`
        : '';
      return [
        `nat-rules/${rule.name}: ${seen.dropped} packets found no free port in nat-pools/${rule.pool}${place}, or connection tracking full`,
      ];
    });
  }

  /** Reads the counters. Does not throw: the next look is soon. */
  async look(): Promise<void> {
    const { connection, logger } = this.#options;
    if (this.#looking || connection.state !== 'connected') return;
    this.#looking = true;
    try {
      const packets = new Map<number, number>();
      for await (const flow of connection.dumpFlows({ ...exhausted, table: tables.snat_state }, patience)) {
        const id = decodeCookie(flow.cookie)?.id;
        if (id !== undefined) packets.set(id, (packets.get(id) ?? 0) + Number(flow.packetCount));
      }
      this.#note(packets);
    } catch (error) {
      logger.debug({ err: error }, 'the counters of exhaustion were not read');
    } finally {
      this.#looking = false;
    }
  }

  #note(packets: ReadonlyMap<number, number>): void {
    const now = this.#now();
    const before = this.#watched;
    const watched = new Map(
      [...packets].map(([id, count]) => [id, watch(before?.get(id), count, before ? now : undefined)]),
    );
    this.#watched = watched;
    const exhausted = new Set<number>();
    for (const { id, name, pool } of this.#options.program.rows(natRules)) {
      const seen = watched.get(id);
      const wasExhausted = this.#exhausted.has(id);
      const rule = { rule: name, pool, packets: seen?.dropped };
      if (seen && isExhausted(seen, now)) {
        exhausted.add(id);
        if (!wasExhausted) this.#tell('warning', 'nat-exhausted', rule, 'connections of a NAT rule find no free port');
      } else if (wasExhausted)
        this.#tell('info', 'nat-recovered', rule, 'connections of a NAT rule find free ports again');
    }
    this.#exhausted = exhausted;
  }

  #tell(
    severity: 'info' | 'warning',
    event: string,
    rule: { readonly rule: string; readonly pool: string },
    message: string,
  ): void {
    const { logger, note } = this.#options;
    logger[severity === 'info' ? 'info' : 'warn']({ event, ...rule }, message);
    const object = { kind: 'nat-rules', name: rule.rule } as const;
    note({ severity, reason: event, object, message: `${message} in nat-pools/${rule.pool}` });
  }
}

function isExhausted({ grewAt }: Watched, now: number): boolean {
  return grewAt !== undefined && now - grewAt <= memory;
}

/**
 * A counter that fell belongs to a flow that is new.
 * @param now undefined at the first look, when nobody knows how old the count is
 */
function watch(before: Watched | undefined, packets: number, now: number | undefined): Watched {
  const counted = before?.packets ?? 0;
  const grown = packets >= counted ? packets - counted : packets;
  if (now === undefined || grown === 0) return { grewAt: before?.grewAt, dropped: before?.dropped ?? 0, packets };
  const isGoingOn = before?.grewAt !== undefined && now - before.grewAt <= memory;
  return { packets, grewAt: now, dropped: (isGoingOn ? before.dropped : 0) + grown };
}
