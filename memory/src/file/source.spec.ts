import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { cutIntoExtents, defaultExtent } from './source.js';

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return all;
}

describe('cutting a source into extents', () => {
  it('keeps every byte, in extents and then in powers of two of pages, however the source comes', async () => {
    const page = 16;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 200 })),
        fc.nat(3).map((order) => page << order),
        async (parts, extent) => {
          const whole = Buffer.concat(parts);
          async function* reusing(): AsyncGenerator<Uint8Array> {
            const buffer = new Uint8Array(200);
            for (const part of parts) {
              buffer.set(part);
              yield buffer.subarray(0, part.length);
            }
          }
          const fromWhole = await collect(cutIntoExtents(new Uint8Array(whole), extent, page));
          const fromStream = await collect(cutIntoExtents(reusing(), extent, page));
          const lists = (pieces: Uint8Array[]) => pieces.map((piece) => Array.from(piece));
          assert.deepEqual(lists(fromStream), lists(fromWhole));
          assert.deepEqual(Buffer.concat(fromWhole), whole);
          const tail = fromWhole.slice(Math.floor(whole.length / extent));
          assert.ok(
            fromWhole.slice(0, fromWhole.length - tail.length).every(({ length }) => length === extent),
          );
          assert.ok(tail.slice(0, -1).every(({ length }) => Number.isInteger(Math.log2(length / page))));
        },
      ),
    );
  });

  it('takes streams of Node', async () => {
    const stream = Readable.from([Buffer.alloc(5000, 1), Buffer.alloc(5000, 2)]);
    const pieces = await collect(cutIntoExtents(stream, 8192, 4096));
    assert.deepEqual(
      pieces.map(({ length }) => length),
      [8192, 1808],
    );
  });

  it('chooses extents so that a file is spread', () => {
    assert.equal(defaultExtent(new Uint8Array(100), 4096), 4096);
    assert.equal(defaultExtent(new Uint8Array(65_536), 4096), 8192);
    assert.equal(defaultExtent(new Uint8Array(64 << 20), 4096), 1 << 20);
    assert.equal(defaultExtent([], 4096), 1 << 18);
  });
});
