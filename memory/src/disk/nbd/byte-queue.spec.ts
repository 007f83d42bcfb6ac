import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ByteQueue } from './byte-queue.js';

describe('a queue of bytes', () => {
  it('gives the bytes that came, in order, however they came and are taken', () => {
    const action = fc.oneof(
      fc.record({ push: fc.nat(40_000) }),
      fc.record({ push: fc.nat(40) }),
      fc.record({ take: fc.nat(50_000) }),
      fc.record({ peek: fc.nat(30_000) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const queue = new ByteQueue();
        let model = Buffer.alloc(0);
        let next = 0;
        for (const action of actions) {
          if ('push' in action) {
            const piece = Buffer.from(Uint8Array.from({ length: action.push }, () => next++));
            queue.push(piece);
            model = Buffer.concat([model, piece]);
          } else {
            const length = 'take' in action ? action.take : action.peek;
            const isThere = length <= model.length;
            const got = 'take' in action ? queue.take(length) : queue.peek(length);
            assert.equal(got !== undefined, isThere);
            assert.ok(got === undefined || got.equals(model.subarray(0, length)));
            if (isThere && 'take' in action) model = model.subarray(length);
          }
          assert.equal(queue.length, model.length);
        }
        assert.ok(queue.take(model.length)?.equals(model));
      }),
    );
  });

  it('does not change what it has given when more comes', () => {
    const queue = new ByteQueue();
    queue.push(Buffer.from('abc'));
    const first = queue.take(2)!;
    queue.push(Buffer.from('def'));
    assert.equal(queue.take(4)?.toString(), 'cdef');
    queue.push(Buffer.from('ghi'));
    assert.equal(first.toString(), 'ab');
  });
});
