// Many modifications as one: open, add, close, then commit or discard (OpenFlow 1.5.1 section 7.3.9).

import { PointsmanError } from '../../lib/errors.ts';
import { encodeSealedInto, type SealedFlowMod, unsealFlowMod } from '../codec/sealed-flow-mod.ts';
import { ConnectionError, SwitchError, type SwitchErrorInfo } from '../errors.ts';
import type { FlowMod } from '../messages/flow-mod.ts';
import type { GroupMod } from '../messages/group-mod.ts';
import { encodeInto } from '../messages/list/codec.ts';
import { bundleFlag } from '../messages/shared/bundle.ts';
import { Writer } from '../wire/writer.ts';
import { request } from './request.ts';
import type { ErrorRoute, Session } from './session.ts';
import type { Wait } from './watch.ts';

/** What a bundle may hold. Meters may not: the switch refuses them there (OpenFlow 1.5.1 section 7.3.9). */
export type BundleMod = FlowMod | GroupMod;

/** A modification that the switch refused, and why. */
export interface BundleFailure {
  /** Place in the list that was given. */
  readonly index: number;
  readonly mod: BundleMod;
  readonly error: SwitchErrorInfo;
}

/** The switch refused the bundle; nothing of it is applied (OpenFlow 1.5.1 section 7.3.9). */
export class BundleError extends PointsmanError<'OF_BUNDLE_REFUSED'> {
  /** The modifications the switch blamed. Empty when it blamed the bundle as a whole: then `cause` says why. */
  readonly failures: readonly BundleFailure[];

  constructor(failures: readonly BundleFailure[], options?: ErrorOptions) {
    const first = failures[0];
    const whole = options?.cause instanceof SwitchError ? `as a whole: ${options.cause.error.name}` : 'as a whole';
    const blamed = first ? `modification ${first.index}: ${first.error.name}` : whole;
    super('OF_BUNDLE_REFUSED', `the switch refused the bundle (${failures.length} blamed; ${blamed})`, options);
    this.failures = failures;
  }
}

const flags = bundleFlag.atomic | bundleFlag.ordered;

/** Bytes encoded before they are handed to the socket. */
const maxChunk = 256 * 1024;

/** Bytes of a modification, or fewer: what is made for one change is no more than that needs. */
const usualSize = 256;

let lastBundleId = 0;

/**
 * Applies all modifications, in order, or none.
 * @throws BundleError when the switch refuses one; ConnectionError; OpenFlowEncodeError
 */
export async function runBundle(
  session: Session,
  mods: readonly (BundleMod | SealedFlowMod)[],
  wait: Wait,
): Promise<void> {
  if (mods.length === 0) return;
  lastBundleId = (lastBundleId % 0x7fffffff) + 1;
  const bundleId = lastBundleId;
  const control = (type: 'open_request' | 'close_request' | 'commit_request') =>
    request(session, { kind: 'bundle_control', bundleId, type, flags }, wait);
  // Whoever gave up, the bundle still has to go.
  const discard = () =>
    request(session, { kind: 'bundle_control', bundleId, type: 'discard_request', flags }, { timeout: wait.timeout });
  const failures: BundleFailure[] = [];
  const route: ErrorRoute = {
    firstXid: session.takeXids(mods.length),
    count: mods.length,
    onError(index, error) {
      const mod = mods[index];
      if (mod) failures.push({ index, mod: mod.kind === 'sealed_flow_mod' ? unsealFlowMod(mod) : mod, error });
    },
  };
  await open(control);
  session.addRoute(route);
  try {
    await addAll(session, bundleId, mods, route.firstXid, wait.signal);
    // The answer to close comes behind the errors of all adds: only then is it known whether to commit. OVS would
    // commit a bundle that lost some of its messages.
    await control('close_request');
    if (failures.length > 0) throw new BundleError(failures);
    await commit(control, failures);
  } catch (error) {
    // A commit discards the bundle whatever its outcome; in every other case it has to be done here.
    if (!(error instanceof CommitRefused)) await discard().catch(() => {});
    if (error instanceof CommitRefused) throw error.refusal;
    throw error instanceof SwitchError ? new BundleError(failures, { cause: error }) : error;
  } finally {
    session.removeRoute(route);
  }
}

async function open(control: (type: 'open_request') => Promise<unknown>): Promise<void> {
  try {
    await control('open_request');
  } catch (error) {
    throw error instanceof SwitchError ? new BundleError([], { cause: error }) : error;
  }
}

class CommitRefused extends Error {
  readonly refusal: BundleError;

  constructor(refusal: BundleError) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

async function commit(
  control: (type: 'commit_request') => Promise<unknown>,
  failures: readonly BundleFailure[],
): Promise<void> {
  try {
    await control('commit_request');
  } catch (error) {
    if (!(error instanceof SwitchError)) throw error;
    throw new CommitRefused(new BundleError(failures, { cause: error }));
  }
}

async function addAll(
  session: Session,
  bundleId: number,
  mods: readonly (BundleMod | SealedFlowMod)[],
  firstXid: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  // A chunk and the message that overflows it must fit the send queue.
  const chunkSize = Math.min(maxChunk, session.maxQueue >> 1);
  const { version } = session;
  const writer = new Writer(Math.min(chunkSize, mods.length * usualSize) + 1024);
  for (let index = 0; index < mods.length; index++) {
    const mod = mods[index] as BundleMod | SealedFlowMod;
    const xid = firstXid + index;
    if (mod.kind === 'sealed_flow_mod') encodeSealedInto(writer, mod, { version, xid, bundleId, flags });
    else encodeInto(writer, { kind: 'bundle_add', bundleId, flags, message: mod }, { version, xid });
    if (writer.length < chunkSize) continue;
    if (signal?.aborted) throw new ConnectionError('OF_ABORTED', 'the caller gave up', { cause: signal.reason });
    await flush(session, writer);
  }
  await flush(session, writer);
}

async function flush(session: Session, writer: Writer): Promise<void> {
  if (writer.length === 0) return;
  const mayGoOn = session.write(writer.finish());
  writer.truncate(0);
  if (!mayGoOn) await session.drained();
}
