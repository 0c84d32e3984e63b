// A root of its own for a program that wants this machine's programs and nothing of its state: an overlay of the
// machine's, in memory, that is gone with the mount namespace it is made in.

/**
 * Lines of a shell script that runs in a mount namespace of its own. They make the root in the directory `$1`, and say
 * in `$root` where it is.
 */
export const machineRoot: readonly string[] = [
  'place=$1; root=$place/root',
  'mount -t tmpfs -o mode=755 tmpfs "$place"',
  'mkdir "$place/upper" "$place/work" "$root"',
  'mount -t overlay -o lowerdir=/,upperdir="$place/upper",workdir="$place/work" overlay "$root"',
  'for name in proc dev sys; do mount --rbind /$name "$root/$name"; done',
  'for name in run tmp; do mount -t tmpfs -o mode=1777 tmpfs "$root/$name"; done',
  'rm -rf "$root/var/lib/pointsman" "$root/etc/pointsman" "$root/opt/pointsman" "$root/usr/bin/pointsman"',
  // As openvswitch-switch's postinst leaves it.
  'rm -rf "$root/etc/openvswitch" "$root/var/lib/openvswitch"',
  'mkdir "$root/etc/openvswitch" "$root/var/lib/openvswitch"',
  'for file in conf.db .conf.db.~lock~; do ln -s /var/lib/openvswitch/$file "$root/etc/openvswitch/$file"; done',
];

/** One word for the shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
