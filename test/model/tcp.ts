// What a translator that keeps state takes of a TCP connection (RFC 9293 section 3.10, RFC 5382 REQ-2): segments whose flags make
// sense, whose numbers fit what the two ends have said so far, until both are done. A connection may be picked up in its middle:
// the switch may have been restarted since it began.

import type { TcpSegment } from '../../src/openflow/packet/transport.ts';

export const tcpFlags = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 } as const;
const { fin, syn, rst, psh, ack, urg } = tcpFlags;

interface TcpEnd {
  /** The number of what it says next; undefined: it has said nothing yet. */
  readonly next: number | undefined;
  /** The other has acknowledged something. */
  readonly isHeard: boolean;
  /** What it says to the end: `said` it, or it was heard. */
  readonly end: 'no' | 'said' | 'heard';
}

export interface TcpState {
  readonly inside: TcpEnd;
  readonly remote: TcpEnd;
}

/** Flags that no TCP sends (null, Xmas and their kin). */
function isNonsense(flags: number): boolean {
  if ((flags & syn) !== 0 && (flags & (rst | fin)) !== 0) return true;
  if ((flags & (syn | ack | rst)) === 0) return true;
  return (flags & ack) === 0 && (flags & (fin | psh | urg)) !== 0;
}

/** An answer to a SYN begins nothing; anything else may be the middle of a connection. */
export function canBegin({ flags }: TcpSegment): boolean {
  return !isNonsense(flags) && (flags & (syn | ack)) !== (syn | ack);
}

export function begun(segment: TcpSegment, from: keyof TcpState): TcpState {
  return states(
    from,
    { next: after(segment), isHeard: false, end: 'no' },
    { next: undefined, isHeard: false, end: 'no' },
  );
}

/**
 * @returns the state that follows; `anew`: the old connection is over, and this begins another one; `again`: it would begin
 * this one, which is not further than that
 */
export function takes(
  state: TcpState,
  from: keyof TcpState,
  segment: TcpSegment,
): TcpState | 'invalid' | 'anew' | 'again' {
  const { flags, sequence, acknowledgement } = segment;
  const [me, other] = from === 'inside' ? [state.inside, state.remote] : [state.remote, state.inside];
  if (isNonsense(flags)) return 'invalid';
  const isOver = me.end === 'heard' && other.end === 'heard';
  const isBeginning = (flags & (syn | ack)) === syn;
  if (isBeginning && isOver) return 'anew';
  if (isBeginning && me.end === 'no' && !me.isHeard) return 'again';
  // Before the other has spoken nobody knows its numbers, and what comes late is let through.
  const isStrict = other.next !== undefined && me.end !== 'heard' && other.end !== 'heard';
  // Without a byte of its own only what it acknowledges counts.
  const saysSomething = sequence !== after(segment);
  if (me.next !== undefined) {
    if (saysSomething && isFar(sequence, me.next)) return 'invalid';
    if (isStrict && (flags & rst) !== 0 && Math.abs(distance(sequence, me.next)) > 1) return 'invalid';
    if (isStrict && (flags & ack) !== 0 && isFar(acknowledgement, other.next ?? 0)) return 'invalid';
  }
  const isFurther = me.next === undefined || (saysSomething && distance(after(segment), me.next) > 0);
  const next = isFurther ? after(segment) : me.next;
  if ((flags & rst) !== 0) return states(from, { ...me, next, end: 'heard' }, { ...other, end: 'heard' });
  const said: TcpEnd = { ...me, next, end: (flags & fin) !== 0 && me.end === 'no' ? 'said' : me.end };
  if ((flags & ack) === 0 || other.next === undefined) return states(from, said, other);
  return states(from, said, { ...other, isHeard: true, end: other.end === 'said' ? 'heard' : other.end });
}

function states(from: keyof TcpState, me: TcpEnd, other: TcpEnd): TcpState {
  return from === 'inside' ? { inside: me, remote: other } : { inside: other, remote: me };
}

/** The number behind its last byte; SYN and FIN count as one. */
function after({ sequence, flags, data }: TcpSegment): number {
  return (sequence + data.length + ((flags & syn) === 0 ? 0 : 1) + ((flags & fin) === 0 ? 0 : 1)) >>> 0;
}

/** Numbers go round at 2^32. */
function distance(a: number, b: number): number {
  return (a - b) | 0;
}

/** Beyond any window. What is between a window and this, is for the switch to say, and nobody asks. */
function isFar(number: number, expected: number): boolean {
  return Math.abs(distance(number, expected)) > 0x1000_0000;
}
