/**
 * Whether an API version, such as `1.3.0`, is older than `major.minor`; numbers are compared as numbers, so that 1.10 is newer than 1.4.
 * A pre-release comes before its release (semver.org, 11.4): Stratum's `1.4.0-rc.5` is older than 1.4. What is no version at all is old.
 */
export function isOlderThan(version: string, major: number, minor: number): boolean {
  const [, theirMajor, theirMinor, before] = /^v?(\d+)\.(\d+)((?:\.0)?-)?/.exec(version) ?? [];
  if (theirMajor === undefined) return true;
  const difference = Number(theirMajor) - major || Number(theirMinor) - minor;
  return difference < 0 || (difference === 0 && before !== undefined);
}
