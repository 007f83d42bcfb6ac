import { readFileSync } from 'node:fs';
import type { P4Info } from '../messages.js';
import { parseP4Info } from '../text/files.js';

/** A small program's P4Info with an object of every kind, for this package's own tests. */
export function exampleP4Info(): P4Info {
  const file = new URL('./fixtures/example.p4info.txtpb', import.meta.url);
  return parseP4Info(readFileSync(file, 'utf8'), 'example.p4info.txtpb');
}
