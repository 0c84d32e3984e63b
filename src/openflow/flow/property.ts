// Properties that have no field of their own, and the order of all (OpenFlow 1.5.1 section 7.1.2).

/** A property that its message does not know, kept as it came (OpenFlow 1.5.1 section 7.1.2). */
export interface UnknownProperty {
  readonly type: number;
  /** What stands behind type and length, without padding. */
  readonly value: Uint8Array;
}

/** Exactly which properties there are, and where: names of those in the body's fields, others as they came. */
export type PropertyOrder<Name extends string> = readonly (Name | UnknownProperty)[];
