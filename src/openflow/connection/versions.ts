// Which version two sides speak (OpenFlow 1.5.1 section 6.3.1).

import { type VersionName, versions } from '../wire/version.ts';

const names = Object.keys(versions) as readonly VersionName[];

/** Every version this library speaks, ascending. */
export const allVersions: readonly VersionName[] = names;

/** Numbers as they stand in a hello, ascending. @throws RangeError when there is none */
export function versionNumbers(offered: readonly VersionName[] = allVersions): readonly number[] {
  if (offered.length === 0) throw new RangeError('at least one version of OpenFlow must be offered');
  return [...new Set(offered.map(name => versions[name]))].sort((a, b) => a - b);
}

export function versionName(number: number): VersionName | undefined {
  return names.find(name => versions[name] === number);
}

/** The highest version of `ours` that the peer speaks; undefined when there is none. */
export function agree(
  ours: readonly number[],
  bitmap: readonly number[] | undefined,
  headerVersion: number,
): number | undefined {
  const common = ours.filter(version =>
    // Without a bitmap the peer speaks all versions up to its header's: what OVS means by sending none (lib/ofp-util.c).
    bitmap ? bitmap.includes(version) : version <= headerVersion,
  );
  return common.length > 0 ? Math.max(...common) : undefined;
}
