// Which ovs-ofctl judges: OVS_OFCTL='chroot DIR ovs-ofctl' is one of another release.

/** The command, and the arguments before its own. */
export const ofctl: readonly [command: string, ...args: readonly string[]] = command();

function command(): readonly [string, ...string[]] {
  const [first = 'ovs-ofctl', ...args] = process.env.OVS_OFCTL?.split(' ') ?? [];
  return [first, ...args];
}
