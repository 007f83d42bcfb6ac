import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { wire } from '@bluebridge/memory';
import { BB_VERSION, KINDS, OPS, REASONS, RIGHTS } from '@bluebridge/templates';
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
    assert.deepEqual(OPS, wire.Op);
    assert.deepEqual(KINDS, wire.Kind);
    const { NONE: _right, ...rights } = RIGHTS;
    assert.deepEqual(rights, wire.Right);
    const { NONE: _reason, ...reasons } = REASONS;
    for (const [name, code] of Object.entries(reasons)) {
      assert.equal(wire.reasonName(code), name, `reason ${code}`);
    }
  });
});
