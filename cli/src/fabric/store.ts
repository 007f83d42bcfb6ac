import { homedir } from 'node:os';
import { join } from 'node:path';
import { LmdbStore, MemoryStore, type Store } from '@bluebridge/controller';
import { InvalidArgumentError, Option } from 'commander';

/** Where a controller keeps its intent. */
export type StorePlace = { readonly kind: 'memory' } | { readonly kind: 'lmdb'; readonly path?: string };

export const storeOption = (): Option =>
  new Option(
    '--store <where>',
    'where the intent is kept: lmdb:FOLDER, or memory (what the switch holds is all that survives)',
  )
    .env('BLUEBRIDGE_STORE')
    .argParser(parseStore)
    .default({ kind: 'lmdb' } satisfies StorePlace, 'lmdb in $XDG_STATE_HOME/bluebridge/NAME');

/** For commander. */
export function parseStore(text: string): StorePlace {
  if (text === 'memory') return { kind: 'memory' };
  if (text === 'lmdb') return { kind: 'lmdb' };
  const path = /^lmdb:(.+)$/.exec(text)?.[1];
  if (path === undefined) throw new InvalidArgumentError('It has to be memory, lmdb or lmdb:FOLDER.');
  return { kind: 'lmdb', path };
}

/** @throws StoreError */
export function openStore(place: StorePlace, fabricName: string): Store {
  return place.kind === 'memory' ? new MemoryStore() : LmdbStore.open(place.path ?? defaultPath(fabricName));
}

/** XDG Base Directory Specification: state that persists between runs and is not worth moving to another machine. */
function defaultPath(fabricName: string): string {
  const state = process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state');
  return join(state, 'bluebridge', fabricName);
}
