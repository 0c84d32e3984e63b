// Every error this library throws. Codes are stable; messages are for people.

import { PointsmanError } from '../lib/errors.ts';

/** An error the switch answered with (OFPT_ERROR), by number and by name. */
export interface SwitchErrorInfo {
  /** OFPET_*; 0xffff for an experimenter's error. */
  readonly type: number;
  readonly code: number;
  /** Such as `OFPBAC_BAD_ARGUMENT`; `type/code` as text when it is unknown. */
  readonly name: string;
}

/** The bytes are not what OpenFlow 1.5.1 says they should be. */
export class OpenFlowDecodeError extends PointsmanError<'OF_BAD_LENGTH' | 'OF_BAD_VALUE' | 'OF_BAD_VERSION'> {}

/** The value cannot be put on the wire: too long, out of its field's range, or not in that version of OpenFlow. */
export class OpenFlowEncodeError extends PointsmanError<'OF_TOO_LONG' | 'OF_BAD_VALUE' | 'OF_BAD_VERSION'> {}

/**
 * A connection could not do what was asked.
 * - `OF_NOT_CONNECTED`: nothing was sent.
 * - `OF_OUTCOME_UNKNOWN`: it was sent, and the connection went before the answer came.
 * - `OF_TIMEOUT`: it was sent, and no answer came in time.
 * - `OF_SEND_QUEUE_FULL`: nothing was sent; the switch does not read.
 * - `OF_ABORTED`: the caller's AbortSignal; it may have been sent.
 * - `OF_UNEXPECTED_REPLY`: the answer was of another kind than the request asks for.
 * - `OF_BUSY`: nothing was sent; what was asked for can be had only once at a time.
 */
export class ConnectionError extends PointsmanError<
  | 'OF_NOT_CONNECTED'
  | 'OF_OUTCOME_UNKNOWN'
  | 'OF_TIMEOUT'
  | 'OF_SEND_QUEUE_FULL'
  | 'OF_ABORTED'
  | 'OF_UNEXPECTED_REPLY'
  | 'OF_BUSY'
> {}

/** The switch answered a request with OFPT_ERROR. */
export class SwitchError extends PointsmanError<'OF_SWITCH_ERROR'> {
  readonly error: SwitchErrorInfo;

  constructor(error: SwitchErrorInfo) {
    super('OF_SWITCH_ERROR', `the switch refused: ${error.name}`);
    this.error = error;
  }
}

/**
 * The switch refused a role (OFPRRFC_STALE): another controller has shown it a newer generation id, so whoever asked
 * lost an election without noticing.
 */
export class StaleGenerationError extends SwitchError {
  readonly generationId: bigint;

  constructor(error: SwitchErrorInfo, generationId: bigint) {
    super(error);
    this.generationId = generationId;
  }
}
