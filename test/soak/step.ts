// What the soak does to a node, as plain data: made by chance, printed, played again.

import type { Dice } from '../fixtures/dice.ts';
import { makeWrite, type Write } from './make-write.ts';

/** `switch-database`: the switch's ovsdb-server; `state-database`: pointsman's own. */
export type Daemon = 'pointsman' | 'vswitchd' | 'switch-database' | 'state-database';

export type Step =
  /** One after the other, each awaited until it is installed. */
  | { readonly do: 'write'; readonly writes: readonly Write[] }
  /** All at once, none awaited. */
  | { readonly do: 'burst'; readonly writes: readonly Write[] }
  /** SIGKILL in the middle of the writes, and a new start. */
  | { readonly do: 'kill'; readonly who: Daemon; readonly after: number; readonly writes: readonly Write[] }
  /** SIGSTOP in the middle of the writes, and SIGCONT after a while, ms. */
  | {
      readonly do: 'pause';
      readonly who: Daemon;
      readonly after: number;
      readonly time: number;
      readonly writes: readonly Write[];
    }
  | { readonly do: 'restart' }
  /** Flows of ours, by hand: of one table, or all. */
  | { readonly do: 'del-flows' | 'mod-flows'; readonly bridge: string; readonly table?: number }
  /** The n-th there is. */
  | { readonly do: 'del-meter' | 'del-group'; readonly nth: number }
  | { readonly do: 'foreign-flow'; readonly number: number }
  | { readonly do: 'flap'; readonly device: string; readonly time: number }
  /** The port goes and comes back under another OpenFlow number. */
  | { readonly do: 'renumber'; readonly device: string; readonly ofport: number };

export const bridges = ['br-int', 'br-phy'] as const;
/** What no stream goes through: a representor without a host, and machines' devices. */
export const spareRepresentor = 'pf0vf1';
export const machineDevices = ['vm0', 'vm1'] as const;

const daemons: readonly Daemon[] = ['pointsman', 'vswitchd', 'switch-database', 'state-database'];
const tables = [0, 10, 20, 30, 40, 50];

type Make = (dice: Dice) => Step;

const writes = (dice: Dice, most: number): Write[] => {
  const made = new Map<string, Write>();
  for (let i = dice.within(1, most); i > 0; i--) {
    const write = makeWrite(dice);
    made.set(`${write.kind}/${write.name}`, write);
  }
  return [...made.values()];
};

const makers: readonly (readonly [weight: number, make: Make])[] = [
  [20, dice => ({ do: 'write', writes: writes(dice, 4) })],
  [8, dice => ({ do: 'write', writes: again(makeWrite(dice)) })],
  [12, dice => ({ do: 'burst', writes: writes(dice, 16) })],
  [
    7,
    dice => ({
      do: 'kill',
      who: dice.pick(daemons),
      after: dice.below(60),
      writes: dice.chance(3) ? [] : writes(dice, 8),
    }),
  ],
  [
    7,
    dice => ({
      do: 'pause',
      who: dice.pick(daemons),
      after: dice.below(60),
      time: dice.within(1_000, 2_500),
      writes: dice.chance(3) ? [] : writes(dice, 8),
    }),
  ],
  [1, () => ({ do: 'restart' })],
  [3, dice => ({ do: 'del-flows', bridge: dice.pick(bridges), ...oneTable(dice) })],
  [2, dice => ({ do: 'mod-flows', bridge: dice.pick(bridges), ...oneTable(dice) })],
  [2, dice => ({ do: 'del-meter', nth: dice.below(10) })],
  [2, dice => ({ do: 'del-group', nth: dice.below(10) })],
  [2, dice => ({ do: 'foreign-flow', number: dice.below(100) })],
  [3, dice => ({ do: 'flap', device: dice.pick([spareRepresentor, ...machineDevices]), time: dice.within(0, 1_000) })],
  [
    4,
    dice => ({
      do: 'renumber',
      device: dice.pick([spareRepresentor, ...machineDevices]),
      ofport: dice.within(500, 600),
    }),
  ],
];

export function makeStep(dice: Dice): Step {
  let left = dice.below(makers.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, make] of makers) {
    left -= weight;
    if (left < 0) return make(dice);
  }
  throw new Error('the weights do not add up');
}

/** One of each kind, and each daemon killed and paused. */
export function everyStep(dice: Dice): Step[] {
  const each = makers.filter((_, i) => i !== 3 && i !== 4).map(([, make]) => make(dice));
  const struck = daemons.flatMap((who): Step[] => [
    { do: 'kill', who, after: dice.below(60), writes: writes(dice, 8) },
    { do: 'pause', who, after: dice.below(60), time: 1_000, writes: writes(dice, 8) },
  ]);
  const most = Math.max(each.length, struck.length);
  return Array.from({ length: most }, (_, i) => [struck[i], each[i]])
    .flat()
    .filter(step => step !== undefined);
}

/** Gone, and there again under the same name. */
function again(write: Write): Write[] {
  return [write, { kind: write.kind, name: write.name, document: undefined }, write];
}

function oneTable(dice: Dice): { readonly table?: number } {
  return dice.chance(2) ? { table: dice.pick(tables) } : {};
}

/**
 * Which streams may lose packets though the step does not touch what they go through: `all` where the datapath itself stands still
 * or its flows are taken away; `tunnelled` where a port or its link comes or goes: Open vSwitch then reads the kernel's routes anew, and
 * has none for its tunnels meanwhile, whether pointsman runs or not.
 */
export function mayLose(step: Step): 'all' | 'tunnelled' | 'none' {
  switch (step.do) {
    case 'kill':
      // Of one without a database the userspace datapath soon stands still until it has one again, whether pointsman runs or not.
      return step.who === 'vswitchd' || step.who === 'switch-database' ? 'all' : 'none';
    case 'pause':
      return step.who === 'vswitchd' ? 'all' : 'none';
    case 'del-flows':
    case 'mod-flows':
    case 'del-meter':
    case 'del-group':
      return 'all';
    case 'flap':
    case 'renumber':
      return 'tunnelled';
    default:
      return 'none';
  }
}

export function describeStep(step: Step): string {
  const { do: what, ...rest } = step;
  const { writes = [], ...others } = rest as { readonly writes?: readonly Write[] };
  const parts = Object.entries(others).map(([key, value]) => `${key} ${String(value)}`);
  const written = writes.map(({ kind, name, document }) => `${document ? '' : '-'}${kind}/${name}`);
  return [what, ...parts, ...written].join(' ');
}
