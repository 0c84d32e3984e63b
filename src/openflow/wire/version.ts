// OpenFlow's version numbers on the wire, and what of a message belongs to none of its fields.

/** The first byte of a header: 0x04 is OpenFlow 1.3, 0x05 is 1.4, 0x06 is 1.5 (OpenFlow 1.5.1 section 7.1.1). */
export const versions = { '1.3': 0x04, '1.4': 0x05, '1.5': 0x06 } as const;

/** A version as people say it. */
export type VersionName = keyof typeof versions;

/** OpenFlow 1.3 on the wire. */
export const openflow13: number = versions['1.3'];
/** OpenFlow 1.4 on the wire. */
export const openflow14: number = versions['1.4'];
/** OpenFlow 1.5 on the wire. */
export const openflow15: number = versions['1.5'];

export const highestVersion: number = openflow15;

/** Bytes where the specification wants zeros, and found something else. */
export interface Padding {
  /** From the start of the frame. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}
