// A length of time as ovs-ofctl writes it (OVS lib/ofp-print.c).

const nano = 1_000_000_000;
const milli = 1_000_000;

/** `1.234s`: milliseconds when that is exact, more decimals when it is not, none for whole seconds. */
export function durationText(seconds: number, nanoseconds?: number): string {
  const whole = Math.floor(seconds);
  const rest = nanoseconds ?? Math.round((seconds - whole) * nano);
  if (rest === 0) return `${whole}s`;
  if (rest % milli === 0) return `${whole}.${String(rest / milli).padStart(3, '0')}s`;
  return `${whole}.${String(rest).padStart(9, '0').replace(/0+$/, '')}s`;
}
