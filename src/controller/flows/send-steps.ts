// Brings steps to the switch. What it refuses is left out with all of its object, and the rest goes on.

import { BundleError, type BundleFailure, SwitchError, unsealFlow } from '../../openflow/index.ts';
import { decodeCookie } from '../../policy/cookies.ts';
import { isSafeAlone, ownerOf, ownerOfStep, type Refusal } from './refusal.ts';
import { noteUses, noUses, type Uses } from './sealed-parts.ts';
import { type BundleStep, bundlesOf, type FlowStep, modOf, undoOf } from './steps.ts';

export interface BundleSender {
  bundle(mods: readonly ReturnType<typeof modOf>[]): Promise<void>;
}

export interface SentSteps {
  /** In the order in which they were done. */
  readonly done: readonly BundleStep[];
  readonly refusals: readonly Refusal[];
  readonly leftOut: ReadonlySet<BundleStep>;
  /** What flows use that are on the switch still, because what was to take their place is left out. */
  readonly held: Uses;
}

/** How often a bundle is tried again as a whole; then by halves. A switch names each bad message, but of bad commits the first only. */
const wholeAttempts = 4;

/** How often a bundle may be refused without a word about which of it: finding one object of a million takes 40. */
const maxUnblamed = 200;

/** Not about what was sent, but about who sent it. */
const aboutUs: ReadonlySet<string> = new Set(['OFPBRC_IS_SECONDARY', 'OFPBRC_EPERM', 'OFPBFC_EPERM']);

/**
 * @param refused groups and meters that the switch has not: what uses them need not be tried
 * @throws ConnectionError, OpenFlowEncodeError; BundleError when no object is to blame
 */
export async function sendSteps(
  sender: BundleSender,
  steps: readonly BundleStep[],
  refused: Uses,
  limit?: number,
): Promise<SentSteps> {
  const sending = new Sending(sender, steps);
  sending.refuseUsers(refused, 'OFPMMFC_UNKNOWN_METER');
  const bundles = bundlesOf(steps, limit);
  for (const bundle of bundles) await sending.commit(bundle);
  await sending.undo(limit);
  return sending;
}

class Sending implements SentSteps {
  readonly done: BundleStep[] = [];
  readonly refusals: Refusal[] = [];
  readonly leftOut = new Set<BundleStep>();
  readonly held = noUses();
  readonly #sender: BundleSender;
  readonly #all: readonly BundleStep[];
  /** Of each owner, once it is needed. */
  #steps: Map<string, BundleStep[]> | undefined;
  #unblamed = 0;

  constructor(sender: BundleSender, all: readonly BundleStep[]) {
    this.#sender = sender;
    this.#all = all;
  }

  async commit(bundle: readonly BundleStep[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const left = this.leftOut.size === 0 ? bundle : bundle.filter(step => !this.leftOut.has(step));
      if (left.length === 0) return;
      if (attempt > wholeAttempts) return this.#commitHalves(left);
      try {
        await this.#sender.bundle(left.map(modOf));
        for (const step of left) this.done.push(step);
        return;
      } catch (error) {
        if (!(error instanceof BundleError)) throw error;
        if (error.failures.length > 0) for (const failure of error.failures) this.#blame(left, failure, error);
        else if (!this.#blameWhole(left, error)) return this.#commitHalves(left);
      }
    }
  }

  /** Takes back what is done of objects that were refused in a later bundle. */
  async undo(limit: number | undefined): Promise<void> {
    if (this.leftOut.size === 0) return;
    const undone = this.done.filter(step => step.kind === 'flow' && this.leftOut.has(step));
    for (const bundle of bundlesOf(
      undone.reverse().map(step => undoOf(step as FlowStep)),
      limit,
    )) {
      await this.#sender.bundle(bundle.map(modOf));
      for (const step of bundle) this.done.push(step);
    }
  }

  /** Leaves out what uses a group or meter that is not there. */
  refuseUsers(refused: Uses, reason: string): void {
    if (refused.groups.size + refused.meters.size === 0) return;
    for (const step of this.#all) {
      if (step.kind !== 'flow' || !step.after || this.leftOut.has(step)) continue;
      const uses = noUses();
      noteUses(uses, unsealFlow(step.after));
      if (meets(uses.groups, refused.groups) || meets(uses.meters, refused.meters)) this.#refuseFlow(step, reason);
    }
  }

  /**
   * Any set of whole objects is a state in which the switch may be left, since each of them may be refused; so halves of whole
   * objects may be committed one by one. What drops comes before what it may be an exception of.
   */
  async #commitHalves(steps: readonly BundleStep[]): Promise<void> {
    const drops = steps.filter(step => step.kind === 'flow' && isSafeAlone(step));
    if (drops.length > 0 && drops.length < steps.length) {
      await this.commit(drops);
      return this.commit(steps.filter(step => step.kind !== 'flow' || !isSafeAlone(step)));
    }
    const owners = [...new Set(steps.map(ownerOfStep))];
    const first = new Set(owners.slice(0, Math.ceil(owners.length / 2)));
    await this.commit(steps.filter(step => first.has(ownerOfStep(step))));
    if (first.size < owners.length) await this.commit(steps.filter(step => !first.has(ownerOfStep(step))));
  }

  #blame(steps: readonly BundleStep[], { index, error: { name } }: BundleFailure, error: BundleError): void {
    const step = steps[index];
    // What goes has nothing that could be wrong with it.
    if (!step?.after || aboutUs.has(name)) throw error;
    if (step.kind === 'flow') this.#refuseFlow(step, name);
    else this.#refuseGroup(step.key, step, name);
  }

  /** @returns whether it can be but one object */
  #blameWhole(steps: readonly BundleStep[], error: BundleError): boolean {
    const reason = error.cause instanceof SwitchError ? error.cause.error.name : error.message;
    if (aboutUs.has(reason) || ++this.#unblamed > maxUnblamed) throw error;
    const [first] = steps;
    if (!first || steps.some(step => ownerOfStep(step) !== ownerOfStep(first))) return false;
    const coming = steps.find(({ after }) => after !== undefined);
    if (!coming) throw error;
    if (coming.kind === 'flow') this.#refuseFlow(coming, reason);
    else this.#refuseGroup(coming.key, coming, reason);
    // Of flows that are safe alone, and are not: none of them is sent.
    for (const step of steps) this.#leaveOut(step);
    return true;
  }

  #refuseFlow(step: FlowStep, reason: string): void {
    const { after } = step;
    if (!after) return;
    const flow = unsealFlow(after);
    this.refusals.push({ what: 'flow', flow, cookie: flow.cookie, object: decodeCookie(flow.cookie), reason });
    this.#leaveOut(step);
    if (isSafeAlone(step)) return;
    for (const other of this.#stepsOf(ownerOf(step)))
      if (other.kind === 'flow' && !isSafeAlone(other)) this.#leaveOut(other);
  }

  #refuseGroup(key: string, step: BundleStep, reason: string): void {
    this.refusals.push({ what: 'group', number: Number(key), reason });
    this.#leaveOut(step);
    // With one of before, its users have that.
    if (step.before === undefined) this.refuseUsers({ groups: new Set([key]), meters: new Set() }, reason);
  }

  /** What it was before stays, with all that it uses. */
  #leaveOut(step: BundleStep): void {
    if (this.leftOut.has(step)) return;
    this.leftOut.add(step);
    if (step.kind !== 'flow' || step.before === undefined) return;
    const uses = noUses();
    noteUses(uses, unsealFlow({ key: step.key, content: step.before }));
    for (const meter of uses.meters) this.held.meters.add(meter);
    for (const group of uses.groups) {
      this.held.groups.add(group);
      for (const other of this.#stepsOf(`group ${group}`)) if (!other.after) this.leftOut.add(other);
    }
  }

  #stepsOf(owner: string): readonly BundleStep[] {
    this.#steps ??= byOwner(this.#all);
    return this.#steps.get(owner) ?? [];
  }
}

function byOwner(steps: readonly BundleStep[]): Map<string, BundleStep[]> {
  const found = new Map<string, BundleStep[]>();
  for (const step of steps) {
    const owner = ownerOfStep(step);
    const ofOwner = found.get(owner);
    if (ofOwner) ofOwner.push(step);
    else found.set(owner, [step]);
  }
  return found;
}

function meets(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  for (const key of a) if (b.has(key)) return true;
  return false;
}
