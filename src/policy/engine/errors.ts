import { PointsmanError } from '../../lib/errors.ts';

export type EngineErrorCode =
  /** Two units of one name, or two tables. */
  | 'ENGINE_NAME_TAKEN'
  /** A unit reads, over one or more others, what it writes. */
  | 'ENGINE_CIRCLE'
  /** A unit asked for, or put, what it had not declared. */
  | 'ENGINE_UNDECLARED'
  /** An instance put two rows of one key. */
  | 'ENGINE_PUT_TWICE'
  /** A table is unknown to the program, or is written by its units and not from outside. */
  | 'ENGINE_NO_BASE_TABLE'
  /** A unit has thrown, where what it would have said is needed. */
  | 'ENGINE_UNIT_FAILED'
  /** A change was made while another was. */
  | 'ENGINE_BUSY'
  /** What a change has changed is asked for when there was another. */
  | 'ENGINE_STALE'
  /** Two instances put different rows of one key where that must not be. */
  | 'ENGINE_COLLISION';

/** A mistake in how units and tables are put together. */
export class EngineError extends PointsmanError<EngineErrorCode> {}
