// When to dial, when to probe, when to give a connection up: a pure state machine, so that a test can run
// months of it in a millisecond. It owns no socket and no clock; the caller passes `now` and obeys the verdict.

/** How a connection is kept: waits and probes, all in ms. */
export interface ReconnectOptions {
  /** First wait after a failure, ms. */
  readonly minBackoff: number;
  /** Longest wait, ms. */
  readonly maxBackoff: number;
  /** Silence after which the peer is probed, and again after which it is given up, ms; 0 turns probing off. */
  readonly probeInterval: number;
  /** How long one attempt to connect may take, ms. */
  readonly connectTimeout: number;
}

/** 0.1 s to 8 s between attempts, a probe after 5 s of silence (OVS lib/reconnect.c has 1 s to 8 s, and 5 s). */
export const reconnectDefaults: ReconnectOptions = {
  minBackoff: 100,
  maxBackoff: 8_000,
  probeInterval: 5_000,
  connectTimeout: 5_000,
};

export type ReconnectState =
  | { readonly kind: 'void' }
  | { readonly kind: 'backoff'; readonly until: number; readonly backoff: number }
  | { readonly kind: 'connecting'; readonly since: number; readonly backoff: number }
  | { readonly kind: 'active'; readonly since: number; readonly lastHeard: number; readonly backoff: number }
  | { readonly kind: 'idle'; readonly since: number; readonly probedAt: number; readonly backoff: number };

export type ReconnectEvent =
  | { readonly kind: 'enable' }
  | { readonly kind: 'disable' }
  | { readonly kind: 'connected' }
  | { readonly kind: 'heard' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'tick' };

export type ReconnectVerdict = 'none' | 'connect' | 'probe' | 'disconnect';

export interface ReconnectStep {
  readonly state: ReconnectState;
  readonly verdict: ReconnectVerdict;
  /** When the caller must come back with a tick, ms on the caller's clock; undefined: only on events. */
  readonly wakeAt: number | undefined;
}

export const initialReconnectState: ReconnectState = { kind: 'void' };

/**
 * One step. `jitter` is a number in [0, 1): it spreads reconnects of many clients over the second half of the wait.
 */
export function stepReconnect(
  state: ReconnectState,
  event: ReconnectEvent,
  now: number,
  options: ReconnectOptions,
  jitter: number,
): ReconnectStep {
  switch (event.kind) {
    case 'enable':
      return state.kind === 'void' ? startConnecting(now, 0, options) : settle(state, options);
    case 'disable':
      return {
        state: initialReconnectState,
        verdict: state.kind === 'void' ? 'none' : 'disconnect',
        wakeAt: undefined,
      };
    case 'connected':
      return settle({ kind: 'active', since: now, lastHeard: now, backoff: backoffOf(state) }, options);
    case 'heard':
      return state.kind === 'active' || state.kind === 'idle'
        ? // A peer that talks has earned a short first wait when it next fails.
          settle({ kind: 'active', since: state.since, lastHeard: now, backoff: 0 }, options)
        : settle(state, options);
    case 'failed':
      return state.kind === 'void' ? settle(state, options) : startBackoff(state, now, options, jitter);
    case 'tick':
      return tick(state, now, options, jitter);
  }
}

function backoffOf(state: ReconnectState): number {
  return state.kind === 'void' ? 0 : state.backoff;
}

function startConnecting(now: number, backoff: number, options: ReconnectOptions): ReconnectStep {
  return {
    state: { kind: 'connecting', since: now, backoff },
    verdict: 'connect',
    wakeAt: now + options.connectTimeout,
  };
}

function startBackoff(state: ReconnectState, now: number, options: ReconnectOptions, jitter: number): ReconnectStep {
  const backoff = Math.min(Math.max(backoffOf(state) * 2, options.minBackoff), options.maxBackoff);
  const until = now + backoff / 2 + (backoff / 2) * jitter;
  return { state: { kind: 'backoff', until, backoff }, verdict: 'none', wakeAt: until };
}

function tick(state: ReconnectState, now: number, options: ReconnectOptions, jitter: number): ReconnectStep {
  const settled = settle(state, options);
  if (settled.wakeAt === undefined || now < settled.wakeAt) return settled;
  switch (state.kind) {
    case 'backoff':
      return startConnecting(now, state.backoff, options);
    case 'active':
      return {
        ...settle({ kind: 'idle', since: state.since, probedAt: now, backoff: state.backoff }, options),
        verdict: 'probe',
      };
    case 'connecting':
    case 'idle':
      return { ...startBackoff(state, now, options, jitter), verdict: 'disconnect' };
    case 'void':
      return settled;
  }
}

/** The state as it stands, with the moment it next wants attention. */
function settle(state: ReconnectState, options: ReconnectOptions): ReconnectStep {
  const probe = options.probeInterval;
  switch (state.kind) {
    case 'void':
      return { state, verdict: 'none', wakeAt: undefined };
    case 'backoff':
      return { state, verdict: 'none', wakeAt: state.until };
    case 'connecting':
      return { state, verdict: 'none', wakeAt: state.since + options.connectTimeout };
    case 'active':
      return { state, verdict: 'none', wakeAt: probe === 0 ? undefined : state.lastHeard + probe };
    case 'idle':
      return { state, verdict: 'none', wakeAt: state.probedAt + probe };
  }
}
