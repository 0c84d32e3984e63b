// Keys of what may differ: of each no more than that, so that however much comes while a switch is slow, it is never more than
// there are rows.

import type { Changes, Desired } from './desired.ts';
import { groupContent, type Installed, meterContent } from './installed.ts';
import type { ReleasedKey } from './left-out.ts';

/** `changed`: by whoever wants it. Else somebody else has changed it, and the switch tells what is there of ours now. */
export type FlowMark = 'changed' | Told;

export interface Told {
  /** Undefined: none. */
  readonly content: string | undefined;
}

export class Marks {
  readonly flows = new Map<string, FlowMark>();
  readonly groups = new Set<string>();
  readonly meters = new Set<string>();

  addChanges({ flows = [], groups = [], meters = [] }: Changes): void {
    for (const { key } of flows) this.#addFlow(key);
    for (const { key } of groups) this.groups.add(key);
    for (const { key } of meters) this.meters.add(key);
  }

  /** What is told last counts. */
  addTold(key: string, content: string | undefined): void {
    this.flows.set(key, { content });
  }

  isTold(key: string): boolean {
    return (this.flows.get(key) ?? 'changed') !== 'changed';
  }

  /** What others have changed meanwhile. */
  takeTold(from: Marks): void {
    for (const [key, mark] of from.flows) {
      if (mark === 'changed') continue;
      this.flows.set(key, mark);
      from.flows.delete(key);
    }
  }

  /** Of what has been read since, that something changed is all that counts. */
  forgetTold(): void {
    for (const [key, mark] of this.flows) if (mark !== 'changed') this.flows.set(key, 'changed');
  }

  /** What is told may have come before the end of a change that it is newer than. */
  applyTold({ flows }: Pick<Installed, 'flows'>): void {
    for (const [key, mark] of this.flows) {
      if (mark === 'changed') continue;
      if (mark.content === undefined) flows.delete(key);
      else flows.set(key, mark.content);
    }
  }

  addReleased(keys: Iterable<ReleasedKey>): void {
    for (const { table, key } of keys) {
      if (table === 'flows') this.#addFlow(key);
      else this[table].add(key);
    }
  }

  addDifferences(desired: Desired, installed: Installed): void {
    for (const { key, content } of desired.flows.rows()) if (installed.flows.get(key) !== content) this.#addFlow(key);
    for (const key of installed.flows.keys()) if (!desired.flows.get(key)) this.#addFlow(key);
    this.addDifferencesOfGroups(desired, installed);
  }

  /** And of meters. */
  addDifferencesOfGroups(desired: Desired, installed: Installed): void {
    for (const group of desired.groups.rows()) {
      const key = String(group.group);
      if (installed.groups.get(key) !== groupContent(group)) this.groups.add(key);
    }
    for (const key of installed.groups.keys()) if (!desired.groups.get(key)) this.groups.add(key);
    for (const meter of desired.meters.rows()) {
      const key = String(meter.meter);
      if (installed.meters.get(key) !== meterContent(meter)) this.meters.add(key);
    }
    for (const key of installed.meters.keys()) if (!desired.meters.get(key)) this.meters.add(key);
  }

  #addFlow(key: string): void {
    if (!this.flows.has(key)) this.flows.set(key, 'changed');
  }
}
