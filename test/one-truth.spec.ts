import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { directory, wire } from '@bluebridge/memory';
import {
  BB_VERSION,
  CAPABILITY_OPS,
  CAPABILITY_REASONS,
  COHERENCE_FLAGS,
  COHERENCE_KINDS,
  COHERENCE_OPS,
  COHERENCE_REASONS,
  CONTROLLER_INDEX,
  EXTENSIONS,
  KINDS,
  OPS,
  REASONS,
  RIGHTS,
} from '@bluebridge/templates';
import { ROOT } from './support/bluebridge.js';

// The switch program and the endpoints may not import each other, so the numbers of docs/protocol.md stand in both.
/** A table of the Wireshark dissector: `local NAME = { [1] = "X", ... }`. */
function luaTable(name: string): Record<string, number> {
  const lua = readFileSync(`${ROOT}tools/wireshark/bluebridge.lua`, 'utf8');
  const [, body = ''] = new RegExp(`local ${name} = \\{([^}]*)\\}`).exec(lua) ?? [];
  return Object.fromEntries(
    [...body.matchAll(/\[(\d+)\] = "(\w+)"/g)].map(([, number, text]) => [text!, Number(number)]),
  );
}

describe('the numbers of the protocol', () => {
  it('are the same in the Wireshark dissector', () => {
    assert.deepEqual(luaTable('OPS'), wire.Op);
    assert.deepEqual(luaTable('KINDS'), wire.Kind);
    assert.deepEqual(luaTable('REASONS'), { none: 0, ...wire.Reason });
  });

  it('are the same in the switch program and in the endpoints', () => {
    assert.equal(BB_VERSION, wire.PROTOCOL_VERSION);
    const known = (numbers: Record<string, number>, all: Record<string, number>) => {
      for (const [name, number] of Object.entries(numbers)) assert.equal(all[name], number, name);
    };
    known({ ...OPS, ...COHERENCE_OPS, ...CAPABILITY_OPS }, wire.Op);
    known({ ...KINDS, ...COHERENCE_KINDS }, wire.Kind);
    known(EXTENSIONS, wire.Extension);
    known(COHERENCE_FLAGS, wire.Coherence);
    assert.equal(CONTROLLER_INDEX, directory.CONTROLLER_INDEX);
    const { NONE: _right, ...rights } = RIGHTS;
    assert.deepEqual(rights, wire.Right);
    const { NONE: _reason, ...reasons } = REASONS;
    for (const [name, code] of Object.entries({ ...reasons, ...COHERENCE_REASONS, ...CAPABILITY_REASONS })) {
      assert.equal(wire.reasonName(code), name, `reason ${code}`);
    }
  });
});
