import { PointsmanError } from '../lib/errors.ts';

export type PolicyErrorCode =
  /** Two registers have a bit in common, or one has bits that its field has not. */
  | 'REGISTERS_OVERLAP'
  /** A value has more bits than what it is put into, or compared with. */
  | 'VALUE_TOO_WIDE'
  /** A table goes on to one that a packet meets before it. */
  | 'PIPELINE_BACKWARDS'
  /** A flow does what its table does not declare. */
  | 'FLOW_UNDECLARED';

/** A mistake in how the pipeline is put together. */
export class PolicyError extends PointsmanError<PolicyErrorCode> {}
