// Looks through the program all the time, a little at once: what it keeps must be what it would say of the same facts anew.
// It always is, unless the engine or a unit has a mistake; then it is put right, and told.

import type { Logger } from '../../lib/logger.ts';
import type { NoteEvent } from '../events/event.ts';
import type { LiveProgram } from './live-program.ts';

export interface ProgramAuditOptions {
  readonly live: Pick<LiveProgram, 'audit' | 'program'>;
  /** The name of the node. */
  readonly node: string;
  /** The program says something else now. */
  readonly onHealed: () => void;
  readonly note: NoteEvent;
  readonly logger: Logger;
}

/** Between two looks, ms. */
const interval = 250;
/** How long a look is to take, ms: nobody else is served meanwhile. */
const target = 2;
const least = 10;
const most = 5_000;

export class ProgramAudit {
  readonly #options: ProgramAuditOptions;
  #timer: NodeJS.Timeout | undefined;
  /** Instances that are looked at at once. */
  #count = 50;
  #mismatches = 0;

  constructor(options: ProgramAuditOptions) {
    this.#options = options;
  }

  /** How often all of it has been looked at. */
  get rounds(): number {
    return this.#options.live.program.auditRounds;
  }

  /** What was wrong, since the start. */
  get mismatches(): number {
    return this.#mismatches;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.look(), interval).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** One look. */
  look(): void {
    const { live, node, onHealed, note, logger } = this.#options;
    const began = performance.now();
    const wrong = live.audit(this.#count);
    const took = Math.max(performance.now() - began, 0.01);
    this.#count = Math.round(Math.min(most, Math.max(least, this.#count * Math.min(2, target / took))));
    if (wrong.length === 0) return;
    this.#mismatches += wrong.length;
    logger.error({ wrong }, 'the program was not what it would be anew: it was put right');
    const message = `the program was not what it would be anew, and was put right: ${wrong.join(', ').slice(0, 500)}`;
    note({ severity: 'warning', reason: 'program-healed', object: { kind: 'nodes', name: node }, message });
    onHealed();
  }
}
