import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { delimiter, join } from 'node:path';

/** Where a command is on the PATH, if it is there. */
export function commandPath(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Whether this process may make network namespaces, and links in them. */
export function canMakeNamespaces(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || commandPath('ip') === undefined)
    return false;
  return spawnSync('unshare', ['-n', 'ip', 'link', 'set', 'lo', 'up']).status === 0;
}

/** What the figures were measured on. */
export function machine(): Readonly<Record<string, string>> {
  const processors = cpus();
  return {
    cpus: `${processors.length} x ${processors[0]?.model.trim() ?? 'unknown'}`,
    system: `${process.platform} ${release()}`,
    node: process.version,
    load: loadavg()
      .map((value) => value.toFixed(1))
      .join(' '),
  };
}
