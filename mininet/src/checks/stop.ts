import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fabric } from '@bluebridge/templates';
import type { Ended } from '../session.js';
import type { Check } from './check.js';

/** That everything ended when it was asked to, and that nobody has left memory allocated. BMv2 ends by the signal itself. */
export async function checkStop(
  fabric: Fabric,
  folder: string,
  { well, statuses }: Ended,
  bmv2: boolean,
): Promise<Check[]> {
  const SIGINT = 2;
  const clean = (name: string, status: number) =>
    status === 0 || (bmv2 && name.startsWith('switch ') && status === -SIGINT);
  const bad = Object.entries(statuses).filter(([name, status]) => !clean(name, status));
  const count = Object.keys(statuses).length;
  return [
    {
      name: 'everything stops when it is asked to',
      held: well && bad.length === 0 && count > 0,
      seen:
        bad.length === 0
          ? `${count} processes`
          : bad.map(([name, s]) => `${name}: exit status ${s}`).join(', '),
    },
    ...(await Promise.all(fabric.servers.map(({ name }) => nothingLeft(name, folder)))),
  ];
}

/** A memory server says at its end what it still holds. */
async function nothingLeft(name: string, folder: string): Promise<Check> {
  const log = await readFile(join(folder, `${name}.log`), 'utf8');
  const [line] = /stopped with \d+ allocations, .*/.exec(log) ?? [];
  return {
    name: `${name} holds nothing any more`,
    held: line?.startsWith('stopped with 0 allocations') === true,
    seen: line ?? 'it has not said what it holds',
  };
}
