/**
 * Whether an API version, such as `1.3.0`, is older than `major.minor`; numbers are compared as numbers, so that 1.10 is newer than 1.4.
 * What is no version at all is old.
 */
export function isOlderThan(version: string, major: number, minor: number): boolean {
  const [, theirMajor, theirMinor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  if (theirMajor === undefined) return true;
  return Number(theirMajor) < major || (Number(theirMajor) === major && Number(theirMinor) < minor);
}
