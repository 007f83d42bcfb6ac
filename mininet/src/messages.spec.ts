import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Lines } from './messages.js';

describe('Lines', () => {
  it('gives the same lines however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string().map((s) => s.replaceAll('\n', ''))),
        fc.array(fc.nat(200)),
        (lines, cuts) => {
          const text = lines.map((line) => `${line}\n`).join('');
          const at = [0, ...cuts.filter((c) => c <= text.length).sort((a, b) => a - b), text.length];
          const reader = new Lines();
          const read = at.slice(1).flatMap((end, i) => reader.push(text.slice(at[i], end)));
          assert.deepEqual(read, lines);
        },
      ),
    );
  });
});
