// One bridge's flow tables: it knows what is installed (read from the switch after every connect, never assumed) and
// brings that to what is desired with the least change. What the switch refuses is blamed on its object, and the rest goes on.
// What others change of it is told, and put right by the next install.

import { EventEmitter } from 'node:events';
import type { Logger } from '../../lib/logger.ts';
import {
  type FlowChange,
  type FlowEntry,
  type SwitchConnection,
  SwitchError,
  sealFlow,
  unsealFlow,
} from '../../openflow/index.ts';
import { ownedCookie, ownedCookieMask } from '../../policy/cookies.ts';
import { type Changes, type Desired, nothing } from './desired.ts';
import { type Drift, DriftCounter } from './drift.ts';
import { askForForwardedRequests, type DriftWatch, type WatchedConnection, watchDrift } from './drift-watch.ts';
import { groupContent, type Installed, meterContent } from './installed.ts';
import { LeftOut } from './left-out.ts';
import { Marks } from './marks.ts';
import { becomePrimary } from './primary-role.ts';
import { type IsOurMeter, type ReadOptions, readGroupsAndMeters, readInstalled } from './read-installed.ts';
import { ownerOf, type Refusal } from './refusal.ts';
import { noteUses, noUses, type Uses } from './sealed-parts.ts';
import { sendSteps } from './send-steps.ts';
import type { BundleStep, FlowStep, GroupStep, MeterStep } from './steps.ts';

export interface InstallReport {
  /** Modifications that the switch took; 0 when it already held everything. */
  readonly sent: number;
  /** All that is desired and not installed because the switch refused it, now or earlier. */
  readonly refused: readonly Refusal[];
}

export type InstallerConnection = WatchedConnection &
  Pick<
    SwitchConnection,
    'state' | 'bundle' | 'meterMods' | 'barrier' | 'role' | 'dumpFlows' | 'groupDesc' | 'meterConfig' | 'request'
  >;

export interface FlowInstallerOptions {
  readonly bridge: string;
  readonly connection: InstallerConnection;
  readonly logger: Logger;
  /** Modifications in one bundle, at most. */
  readonly bundleLimit?: number;
  /** None is, when absent. */
  readonly isOurMeter?: IsOurMeter;
  /** Key of a flow that somebody else keeps, and that has our mark. */
  readonly lease?: string | undefined;
  /** Asked at the moment at which it is settled what is sent; what it throws, `install` does. */
  readonly requireTrusted?: () => void;
}

export interface FlowInstallerEvents {
  /** Others have changed what is ours: the next install puts it right. */
  drift: [drift: Drift];
  /** The switch was away and came back without so many flows of ours, which it has again now. */
  restored: [flows: number];
  /** What was in the way of ours may be gone: the next install tries again. */
  freed: [];
}

export class FlowInstaller extends EventEmitter<FlowInstallerEvents> {
  readonly bridge: string;
  readonly #connection: InstallerConnection;
  readonly #logger: Logger;
  readonly #bundleLimit: number | undefined;
  readonly #readOptions: ReadOptions;
  readonly #requireTrusted: () => void;
  readonly #watch: DriftWatch;
  /** Undefined: not known. */
  #installed: Installed | undefined;
  /** What it held when it went away, or when that became uncertain. */
  #heldBefore: Installed | undefined;
  #wasAway = false;
  /** Flows that it came back without. */
  #missing = 0;
  #isReading = false;
  /** What is known is to be compared with the switch. */
  #mustRead = true;
  #mustReadGroups = false;
  /** By the switch itself, of groups and meters: it is counted. */
  #isTold = false;
  #desired: Desired | undefined;
  /** Something may differ that has no mark. */
  #mustCompare = false;
  #marks = new Marks();
  readonly #leftOut = new LeftOut();
  readonly #drift = new DriftCounter(drift => this.#tell(drift));
  /** How much of the drift is put right. */
  #mended = 0;
  #current: Promise<InstallReport> | undefined;
  #next: Promise<InstallReport> | undefined;
  /** Since when there is something to install that nobody has begun with, or has not ended with. */
  #waitsSince: number | undefined;
  #worksSince: number | undefined;

  constructor(options: FlowInstallerOptions) {
    const { bridge, connection, logger, bundleLimit } = options;
    super();
    this.bridge = bridge;
    this.#connection = connection;
    this.#logger = logger;
    this.#bundleLimit = bundleLimit;
    this.#readOptions = { isOurMeter: options.isOurMeter ?? (() => false), lease: options.lease };
    this.#requireTrusted = options.requireTrusted ?? (() => {});
    // Whatever the switch held, it may hold something else when it comes back.
    connection.on('disconnected', () => {
      this.#doubt();
      this.#wasAway = true;
    });
    const handlers = {
      onFlow: (change: FlowChange) => this.#seeFlow(change),
      onGroup: (group: number | undefined) => this.#seeGroup(group),
      onMeter: (meter: number | undefined) => this.#seeMeter(meter),
    };
    this.#watch = watchDrift(connection, handlers, logger);
  }

  get connected(): boolean {
    return this.#connection.state === 'connected';
  }

  /** Flows of ours on the switch; undefined before the first install since the last connect. */
  get flowCount(): number | undefined {
    return this.#installed?.flows.size;
  }

  /** Flows, groups and meters of ours that others have changed, since the start. */
  get driftCount(): number {
    return this.#drift.total;
  }

  /** Whether the switch holds what was asked for last, as far as it has told: neither unknown, nor changed by others and not put right. */
  get isInSync(): boolean {
    return this.#installed !== undefined && !this.#isTold && this.#drift.total === this.#mended;
  }

  /** For how long there has been something to install that the switch has not confirmed yet, ms. */
  get behindFor(): number {
    const since = this.#worksSince ?? this.#waitsSince;
    return since === undefined ? 0 : performance.now() - since;
  }

  /** Makes the next install read the switch again, to find what others changed unseen, and try again what was refused. */
  forget(): void {
    this.#mustRead = true;
  }

  /** The switch is gone, or somebody else's: nothing is known of it, and what is done to it is no drift. */
  lose(): void {
    this.#doubt();
    this.#heldBefore = undefined;
  }

  #doubt(): void {
    this.#heldBefore ??= this.#installed;
    this.#installed = undefined;
    this.#mustRead = true;
  }

  /** As `forget`, but of flows only where the switch does not tell what others do: they are many. */
  look(): void {
    if (this.#watch.followsFlows) this.#mustReadGroups = true;
    else this.forget();
  }

  /**
   * Installs what is desired. Resolves after the switch's barrier reply. What is asked for while an install is under way
   * goes with one that begins when that has ended.
   * @param changes all that may have changed since the last call; absent: anything
   * @throws OpenFlowError when the connection fails on the way; the next call starts from what the switch holds
   */
  install(desired: Desired, changes?: Changes): Promise<InstallReport> {
    this.#desired = desired;
    if (changes) this.#marks.addChanges(changes);
    else this.#mustCompare = true;
    this.#waitsSince ??= performance.now();
    this.#next ??= this.#after(this.#current);
    return this.#next;
  }

  /** Takes away all that is ours; the next install, whatever it is told of changes, brings all of it back. @throws OpenFlowError */
  async clear(): Promise<void> {
    await this.install(nothing);
    // Groups and meters that no flow uses are told from those of others by what is desired.
    this.lose();
  }

  async #after(current: Promise<InstallReport> | undefined): Promise<InstallReport> {
    await current?.catch(() => {});
    this.#current = this.#next;
    this.#next = undefined;
    return this.#round(this.#desired as Desired);
  }

  async #round(desired: Desired): Promise<InstallReport> {
    this.#worksSince = this.#waitsSince;
    this.#waitsSince = undefined;
    // What is given while this is under way is for the next.
    const marks = this.#marks;
    this.#marks = new Marks();
    const mustCompare = this.#mustCompare;
    this.#mustCompare = false;
    try {
      const first = await this.#attempt(desired, marks, mustCompare);
      if (first.isBelied) this.forget();
      const second = first.isBelied ? await this.#attempt(desired, marks, false) : undefined;
      this.#worksSince = undefined;
      this.#tellRestored();
      return { sent: first.sent + (second?.sent ?? 0), refused: this.#leftOut.refusals };
    } catch (error) {
      // What of it has come to the switch is not known, and is read before anything else is sent.
      this.#doubt();
      this.#waitsSince = this.#worksSince;
      this.#worksSince = undefined;
      throw error;
    }
  }

  async #attempt(desired: Desired, marks: Marks, mustCompare: boolean): Promise<Attempt> {
    const isRead = this.#mustRead || this.#installed === undefined;
    const installed = await this.#read(desired, marks);
    this.#requireTrusted();
    if (isRead) marks.forgetTold();
    marks.takeTold(this.#marks);
    marks.applyTold(installed);
    if (isRead || mustCompare) marks.addDifferences(desired, installed);
    const drift = this.#drift.total;
    const attempt = await this.#converge(desired, installed, marks, isRead);
    if (!attempt.isBelied) this.#mended = drift;
    return attempt;
  }

  async #read(desired: Desired, marks: Marks): Promise<Installed> {
    const before = this.#installed;
    if (before && !this.#mustRead) return this.#mustReadGroups ? this.#readGroups(desired, before, marks) : before;
    this.#leftOut.clear();
    this.#mustRead = false;
    this.#mustReadGroups = false;
    this.#isTold = false;
    this.#isReading = true;
    try {
      await becomePrimary(this.#connection);
      if (!before) await this.#askForRequests();
      const now = await readInstalled(this.#connection, desired, this.#readOptions, before);
      if (before) this.#countDrift(before, now, marks);
      else this.#countMissing(desired, now);
      this.#installed = now;
      return now;
    } finally {
      this.#isReading = false;
    }
  }

  async #askForRequests(): Promise<void> {
    try {
      await askForForwardedRequests(this.#connection);
    } catch (error) {
      if (!(error instanceof SwitchError)) throw error;
      this.#logger.warn(
        { err: error },
        'the switch forwards no requests: changes of groups and meters are found by the audit',
      );
    }
  }

  async #readGroups(desired: Desired, before: Installed, marks: Marks): Promise<Installed> {
    this.#mustReadGroups = false;
    const isTold = this.#isTold;
    this.#isTold = false;
    const others = await readGroupsAndMeters(this.#connection, desired, this.#readOptions.isOurMeter, before);
    const now = { flows: before.flows, ...others };
    if (!isTold) this.#countOthersDrift(before, now);
    this.#installed = now;
    // They may have been what was missing.
    marks.addReleased(this.#leftOut.releaseAll());
    marks.addDifferencesOfGroups(desired, now);
    return now;
  }

  /** @param isRead whether what is installed was just read, so that a refusal does not come of not knowing */
  async #converge(desired: Desired, installed: Installed, marks: Marks, isRead: boolean): Promise<Attempt> {
    this.#release(desired, installed, marks);
    const held = this.#usedByLeftOut(installed);
    const groups = this.#groupSteps(marks, desired, installed).filter(step => this.#mayGo(step, held.groups));
    const meters = this.#meterSteps(marks, desired, installed).filter(step => this.#mayGo(step, held.meters));
    const flows = this.#flowSteps(marks, desired, installed);
    if (groups.length + meters.length + flows.length === 0) return { sent: 0, isBelied: false };

    // A meter must be there before the flow that uses it, and cannot be in the bundle.
    const coming = meters.filter(({ after }) => after !== undefined);
    const failed = await this.#sendMeters(coming, installed);
    const missing = new Set(failed.flatMap(({ step }) => (step.before === undefined ? [step.key] : [])));
    const sent = await sendSteps(
      this.#connection,
      [...groups, ...flows],
      { meters: missing, groups: new Set() },
      this.#bundleLimit,
    );
    for (const step of sent.done) note(step, installed);
    const refusals = [...failed.map(({ refusal }) => refusal), ...sent.refusals];
    // Judged after what has come is noted.
    if (!isRead && refusals.some(refusal => belies(refusal, installed)))
      return { sent: sent.done.length + coming.length - failed.length, isBelied: true };
    for (const { step } of failed) this.#leftOut.add(step, step.after && meterContent(step.after));
    for (const refusal of refusals) this.#report(refusal);
    for (const step of sent.leftOut) this.#leftOut.add(step, contentOf(step));
    const going = meters.filter(step => !step.after && this.#mayGo(step, sent.held.meters));
    await this.#sendMeters(going, installed);
    await this.#connection.barrier();
    const total = sent.done.length + coming.length - failed.length + going.length;
    if (total > 0)
      this.#logger.info({ bridge: this.bridge, ...summaryOf(sent.done), meters: meters.length }, 'flows installed');
    return { sent: total, isBelied: false };
  }

  /** Adds to the marks what was left out for the sake of something that has changed. */
  #release(desired: Desired, installed: Installed, marks: Marks): void {
    const leftOut = this.#leftOut;
    if (leftOut.isEmpty) return;
    const released = [...marks.flows].flatMap(([key, mark]) => {
      const wanted = desired.flows.get(key)?.content;
      if (mark === 'changed' && leftOut.holds('flows', key, wanted)) return [];
      return leftOut.release('flows', key, [wanted, installed.flows.get(key)]);
    });
    const isNew = (table: 'groups' | 'meters') => (key: string) =>
      contentIn(desired, table, key) !== installed[table].get(key) &&
      !leftOut.holds(table, key, contentIn(desired, table, key));
    // It may be what the others were waiting for.
    if ([...marks.groups].some(isNew('groups')) || [...marks.meters].some(isNew('meters')))
      released.push(...leftOut.releaseAll());
    marks.addReleased(released);
  }

  #flowSteps({ flows }: Marks, desired: Desired, installed: Installed): FlowStep[] {
    const steps: FlowStep[] = [];
    for (const [key, mark] of flows) {
      const after = desired.flows.get(key);
      const before = installed.flows.get(key);
      const anew = mark !== 'changed';
      if (!anew && before === after?.content) continue;
      if (!anew && this.#leftOut.holds('flows', key, after?.content)) continue;
      steps.push({ kind: 'flow', key, before, after, anew });
    }
    return steps;
  }

  #groupSteps({ groups }: Marks, desired: Desired, installed: Installed): GroupStep[] {
    return [...groups].flatMap((key): GroupStep[] => {
      const after = desired.groups.get(key);
      const before = installed.groups.get(key);
      const wanted = after && groupContent(after);
      if (before === wanted || this.#leftOut.holds('groups', key, wanted)) return [];
      return [{ kind: 'group', key, before, after }];
    });
  }

  #meterSteps({ meters }: Marks, desired: Desired, installed: Installed): MeterStep[] {
    return [...meters].flatMap((key): MeterStep[] => {
      const after = desired.meters.get(key);
      const before = installed.meters.get(key);
      const wanted = after && meterContent(after);
      if (before === wanted || this.#leftOut.holds('meters', key, wanted)) return [];
      return [{ kind: 'meter', key, before, after }];
    });
  }

  /** With a group or a meter a switch takes away all flows that use it. */
  #mayGo(step: GroupStep | MeterStep, held: ReadonlySet<string>): boolean {
    if (step.after !== undefined || !held.has(step.key)) return true;
    this.#leftOut.add(step, undefined);
    return false;
  }

  #usedByLeftOut(installed: Installed): Uses {
    const uses = noUses();
    for (const key of this.#leftOut.keys('flows')) {
      const content = installed.flows.get(key);
      if (content !== undefined) noteUses(uses, unsealFlow({ key, content }));
    }
    return uses;
  }

  /** @returns those that it refused */
  async #sendMeters(steps: readonly MeterStep[], installed: Installed): Promise<MeterRefusal[]> {
    const failures = await this.#connection.meterMods(
      steps.map(({ key, before, after }) => ({
        command: after === undefined ? 'delete' : before === undefined ? 'add' : 'modify',
        meter: after ?? { meter: Number(key), unit: 'pktps', bands: [] },
      })),
    );
    const failed = new Map(failures.map(({ index, error }) => [index, error]));
    const refused: MeterRefusal[] = [];
    for (const [index, step] of steps.entries()) {
      const error = failed.get(index);
      if (!error) {
        if (step.after) installed.meters.set(step.key, meterContent(step.after));
        else installed.meters.delete(step.key);
        continue;
      }
      // What is to go may be gone.
      if (!step.after && error.name !== 'OFPMMFC_UNKNOWN_METER') throw new SwitchError(error);
      if (!step.after) installed.meters.delete(step.key);
      else refused.push({ step, refusal: { what: 'meter', number: Number(step.key), reason: error.name } });
    }
    return refused;
  }

  #report(refusal: Refusal): void {
    const { what, reason } = refusal;
    const whose =
      refusal.what === 'flow'
        ? { cookie: `0x${refusal.cookie.toString(16)}`, object: refusal.object }
        : { number: refusal.number };
    this.#logger.error({ bridge: this.bridge, reason, ...whose }, `${what} refused`);
    const owner = refusal.what === 'flow' ? ownerOfFlow(refusal.flow) : `${what} ${refusal.number}`;
    this.#leftOut.note(refusal, owner);
  }

  #seeFlow(change: FlowChange): void {
    // All of it will be read.
    if (this.#mustRead && !this.#isReading) return;
    const { key, content } = sealFlow(change);
    if (key === this.#readOptions.lease) return;
    const installed = this.#installed;
    const known = installed?.flows.get(key);
    const wanted = this.#desired?.flows.get(key)?.content;
    const isMarked = (change.cookie & ownedCookieMask) === ownedCookie;
    const isGone = change.event === 'removed';
    if (known === undefined && (installed ? isGone || !isMarked : !isMarked && wanted === undefined)) return;
    if (!isGone && (isSameButFlags(content, known) || isSameButFlags(content, wanted))) return;
    const now = isGone || !isMarked ? undefined : content;
    this.#marks.addTold(key, now);
    if (!installed) return;
    if (now === undefined) installed.flows.delete(key);
    else installed.flows.set(key, now);
    // What vswitchd itself takes away it does not tell of groups and meters.
    if (isGone && !this.#mustReadGroups && usesOthers(key, known)) this.#mustReadGroups = true;
    this.#drift.flow(known ?? content);
  }

  #seeGroup(group: number | undefined): void {
    this.#seeOther('groups', group);
  }

  #seeMeter(meter: number | undefined): void {
    this.#seeOther('meters', meter);
  }

  /** @param number undefined: all of them */
  #seeOther(table: 'groups' | 'meters', number: number | undefined): void {
    const isAmong = (keys: Iterable<string>) => {
      for (const key of keys) if (number === undefined || key === String(number)) return true;
      return false;
    };
    if (!this.#installed) return;
    if (isAmong(this.#leftOut.keys(table))) {
      this.look();
      this.emit('freed');
    }
    if (number === undefined ? this.#installed[table].size === 0 : !this.#installed[table].has(String(number))) return;
    this.look();
    this.#isTold = true;
    if (table === 'groups') this.#drift.group();
    else this.#drift.meter();
  }

  /** @param marks with those that were seen to be changed, and counted then */
  #countDrift(before: Installed, now: Installed, marks: Marks): void {
    const isSeen = (key: string) => marks.isTold(key) || this.#marks.isTold(key);
    for (const [key, content] of before.flows)
      if (now.flows.get(key) !== content && !isSeen(key)) this.#drift.flow(content);
    for (const [key, content] of now.flows) if (!before.flows.has(key) && !isSeen(key)) this.#drift.flow(content);
    this.#countOthersDrift(before, now);
  }

  #countMissing(desired: Desired, now: Installed): void {
    const held = this.#heldBefore;
    if (this.#wasAway && held)
      for (const key of held.flows.keys()) if (!now.flows.has(key) && desired.flows.get(key)) this.#missing++;
    this.#wasAway = false;
    this.#heldBefore = undefined;
  }

  #tellRestored(): void {
    const flows = this.#missing;
    this.#missing = 0;
    if (flows === 0) return;
    this.#logger.warn({ bridge: this.bridge, flows }, 'the switch came back without flows: they are put back');
    this.emit('restored', flows);
  }

  #countOthersDrift(before: Installed, now: Installed): void {
    for (const [key, content] of before.groups) if (now.groups.get(key) !== content) this.#drift.group();
    for (const [key, content] of before.meters) if (now.meters.get(key) !== content) this.#drift.meter();
  }

  #tell(drift: Drift): void {
    this.#logger.warn({ bridge: this.bridge, ...drift }, 'changed by somebody else');
    this.emit('drift', drift);
  }
}

interface Attempt {
  /** Modifications that the switch took. */
  readonly sent: number;
  /** The switch has not what it was believed to have: it is to be read anew, and tried again. */
  readonly isBelied: boolean;
}

interface MeterRefusal {
  readonly step: MeterStep;
  readonly refusal: Refusal;
}

/** What a switch says of a group or meter that it has not. */
const missingReasons: ReadonlySet<string> = new Set([
  'OFPBAC_BAD_OUT_GROUP',
  'OFPBAC_BAD_METER',
  'OFPGMFC_UNKNOWN_GROUP',
  'OFPMMFC_INVALID_METER',
  'OFPMMFC_UNKNOWN_METER',
]);

/** Whether the switch refused it for the lack of what it is believed to have. */
function belies(refusal: Refusal, installed: Installed): boolean {
  if (!missingReasons.has(refusal.reason)) return false;
  if (refusal.what !== 'flow') return installed[`${refusal.what}s`].has(String(refusal.number));
  const uses = noUses();
  noteUses(uses, refusal.flow);
  return (
    [...uses.groups].every(key => installed.groups.has(key)) && [...uses.meters].every(key => installed.meters.has(key))
  );
}

function usesOthers(key: string, content: string | undefined): boolean {
  if (content === undefined) return false;
  const uses = noUses();
  noteUses(uses, unsealFlow({ key, content }));
  return uses.groups.size + uses.meters.size > 0;
}

function note(step: BundleStep, installed: Installed): void {
  const content = contentOf(step);
  const table = step.kind === 'flow' ? installed.flows : installed.groups;
  if (content === undefined) table.delete(step.key);
  // The key is the row's own string.
  else table.set(step.kind === 'flow' ? (step.after?.key ?? step.key) : step.key, content);
}

function contentOf(step: BundleStep): string | undefined {
  if (step.kind === 'flow') return step.after?.content;
  return step.after && groupContent(step.after);
}

function contentIn(desired: Desired, table: 'groups' | 'meters', key: string): string | undefined {
  if (table === 'groups') {
    const group = desired.groups.get(key);
    return group && groupContent(group);
  }
  const meter = desired.meters.get(key);
  return meter && meterContent(meter);
}

function ownerOfFlow(flow: FlowEntry): string {
  const after = sealFlow(flow);
  return ownerOf({ key: after.key, before: undefined, after });
}

/** An update of a monitor does not tell the flags of a flow. */
function isSameButFlags(a: string, b: string | undefined): boolean {
  return b !== undefined && a.slice(0, 12) === b.slice(0, 12) && a.slice(14) === b.slice(14);
}

function summaryOf(done: readonly BundleStep[]) {
  const flows = done.filter(({ kind }) => kind === 'flow');
  const added = flows.filter(({ before, after }) => after && before === undefined).length;
  const deleted = flows.filter(({ after }) => !after).length;
  return { added, modified: flows.length - added - deleted, deleted };
}
