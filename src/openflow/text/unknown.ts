// All ones: what a switch says that does not count something, or does not know (OpenFlow 1.5.1 section 7.3.5).

export const unknownCount = 0xffff_ffff_ffff_ffffn;
export const unknownSeconds = 0xffffffff;
