import { homedir } from 'node:os';
import { join } from 'node:path';
import { LmdbStore, MemoryStore, type Store } from '@bluebridge/controller';
import { InvalidArgumentError, Option } from 'commander';

/** Where a controller keeps its intent. */
export type StorePlace =
  | { readonly kind: 'memory' }
  | { readonly kind: 'lmdb'; readonly path?: string }
  | { readonly kind: 'etcd'; readonly hosts: readonly string[] };

export const storeOption = (): Option =>
  new Option(
    '--store <where>',
    'where the intent is kept: lmdb:FOLDER; etcd:HOST:PORT[,HOST:PORT...], which elects one of several controllers; or memory (what the switch holds is all that survives)',
  )
    .env('BLUEBRIDGE_STORE')
    .argParser(parseStore)
    .default({ kind: 'lmdb' } satisfies StorePlace, 'lmdb in $XDG_STATE_HOME/bluebridge/NAME');

const HOST = /^([\w.-]+|\[[\da-fA-F:]+\]):\d+$/;

/** For commander. */
export function parseStore(text: string): StorePlace {
  if (text === 'memory') return { kind: 'memory' };
  if (text === 'lmdb') return { kind: 'lmdb' };
  const [, kind, rest] = /^(lmdb|etcd):(.+)$/.exec(text) ?? [];
  const hosts = rest?.split(',') ?? [];
  if (kind === 'lmdb') return { kind, path: rest };
  if (kind === 'etcd' && hosts.every((host) => HOST.test(host))) {
    return { kind, hosts: hosts.map((host) => `http://${host}`) };
  }
  throw new InvalidArgumentError('It has to be memory, lmdb, lmdb:FOLDER or etcd:HOST:PORT[,HOST:PORT...].');
}

/** @throws StoreError */
export function openStore(place: Exclude<StorePlace, { readonly kind: 'etcd' }>, fabricName: string): Store {
  return place.kind === 'memory' ? new MemoryStore() : LmdbStore.open(place.path ?? defaultPath(fabricName));
}

/** XDG Base Directory Specification: state that persists between runs and is not worth moving to another machine. */
function defaultPath(fabricName: string): string {
  const state = process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state');
  return join(state, 'bluebridge', fabricName);
}
