// Texts that are nearly flows, and what must hold of every text.

import {
  encode,
  formatFlow,
  OpenFlowEncodeError,
  OpenFlowTextError,
  openflow15,
  parseFlow,
} from '../../../src/openflow/index.ts';
import type { Dice } from '../../fixtures/dice.ts';
import { nearMisses } from '../../ovs/openflow/near-misses.ts';

const noise = '()[]{},:=->/.+ \t0x9aé%"\\';

/** Near misses to start from. */
export function textCorpus(seed: number): readonly string[] {
  return nearMisses(seed, 5000).map(({ text }) => text);
}

/** A few of them, half with a character changed as well. */
export function* wrongTexts(dice: Dice, corpus: readonly string[], count: number): Generator<string> {
  for (let i = 0; i < count; i++) {
    const text = dice.pick(corpus);
    const at = dice.below(text.length);
    const put = dice.chance(3) ? '' : dice.pick([...noise]);
    yield dice.chance(2) ? text : text.slice(0, at) + put + text.slice(at + dice.below(3));
  }
}

/** OVS 3.1 sends the value of these for their mask, and so do we: what is printed of it does not read as the same. */
const saidOtherwise = /\btun_(?:erspan_(?:ver|dir|hwid)|gtpu_\w+)=[^,\s]*\//;

/** What is wrong with how a text was taken: refused with its column, or read, sent, and printed so that it reads as itself. */
export function textComplaint(text: string): string | undefined {
  try {
    const mod = parseFlow(text);
    encode({ ...mod, version: openflow15, xid: 1 });
    const line = formatFlow(mod.flow);
    const again = formatFlow(parseFlow(line).flow);
    return again === line || saidOtherwise.test(text) ? undefined : `${text}: printed ${line}, read ${again}`;
  } catch (error) {
    if (error instanceof OpenFlowEncodeError) return undefined;
    if (!(error instanceof OpenFlowTextError)) return `${text}: ${(error as Error).stack}`;
    return error.column >= 1 && error.column <= text.length + 1 ? undefined : `${text}: column ${error.column}`;
  }
}
