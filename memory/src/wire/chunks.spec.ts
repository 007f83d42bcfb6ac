import assert from 'node:assert/strict';
import fc from 'fast-check';
import { chunkBytes, chunkCount, impliedChunkBytes } from './chunks.js';
import { Message } from './message.js';
import { compareStamps, decodeStamp, encodeStamp } from './stamp.js';

function chunk(fields: Partial<Message>): Message {
  return Object.assign(new Message(), fields);
}

describe('chunks', () => {
  it('leave room for IPv6, UDP and our header, in multiples of 8', () => {
    assert.equal(chunkBytes(1500), 1424);
    assert.equal(chunkBytes(9000), 8928);
    assert.equal(chunkCount(4096, 1424), 3);
    assert.equal(chunkCount(1424, 1424), 1);
    assert.equal(chunkCount(0, 1424), 1);
    assert.throws(() => chunkBytes(1000), /MTU of 1000 is not a whole number from 1280/);
  });

  it('that were cut by the rules speak of one size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 70_000 }),
        fc.integer({ min: 1, max: 1200 }),
        (length, eighths) => {
          const perChunk = eighths * 8;
          const chunks = chunkCount(length, perChunk);
          fc.pre(chunks <= 0xffff);
          for (const index of [0, chunks >> 1, chunks - 1]) {
            const offset = index * perChunk;
            const payloadLength = Math.min(perChunk, length - offset);
            const implied = impliedChunkBytes(chunk({ chunk: index, chunks, offset, length, payloadLength }));
            assert.equal(implied, chunks === 1 ? length : perChunk);
          }
        },
      ),
    );
  });

  it('that do not fit together are seen', () => {
    const good = { chunk: 1, chunks: 3, offset: 1424, length: 4096, payloadLength: 1424 };
    assert.equal(impliedChunkBytes(chunk(good)), 1424);
    assert.equal(impliedChunkBytes(chunk({ ...good, chunk: 3 })), 0);
    assert.equal(impliedChunkBytes(chunk({ ...good, chunks: 0 })), 0);
    assert.equal(impliedChunkBytes(chunk({ ...good, chunks: 4 })), 0);
    assert.equal(impliedChunkBytes(chunk({ ...good, offset: 1416 })), 0);
    assert.equal(impliedChunkBytes(chunk({ ...good, payloadLength: 1423 })), 0);
    assert.equal(impliedChunkBytes(chunk({ ...good, length: 1 })), 0);
    assert.equal(impliedChunkBytes(chunk({ ...good, length: 0 })), 0);
    assert.equal(impliedChunkBytes(chunk({ ...good, payloadLength: 0 })), 0);
    const last = { chunk: 2, chunks: 3, offset: 2848, length: 4096, payloadLength: 1248 };
    assert.equal(impliedChunkBytes(chunk(last)), 1424);
    assert.equal(impliedChunkBytes(chunk({ ...last, payloadLength: 1240 })), 0);
    assert.equal(impliedChunkBytes(chunk({ ...last, offset: 2849 })), 0);
    assert.equal(
      impliedChunkBytes(chunk({ chunk: 0, chunks: 1, offset: 8, length: 8, payloadLength: 8 })),
      0,
    );
  });
});

describe('stamps', () => {
  it('are ordered by incarnation, then by generation', () => {
    const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(u64, u64, u64, u64, (i, g, j, h) => {
        const a = { incarnation: i, generation: g };
        const b = { incarnation: j, generation: h };
        assert.deepEqual(decodeStamp(encodeStamp(a)), a);
        const inBytes = Math.sign(Buffer.compare(encodeStamp(a), encodeStamp(b)));
        assert.equal(compareStamps(a, b), inBytes);
      }),
    );
    assert.equal(decodeStamp(new Uint8Array(15)), undefined);
  });
});
