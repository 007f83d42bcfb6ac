import assert from 'node:assert/strict';
import { Message, Op } from '../wire/index.js';
import { Staging } from './staging.js';

const allocation = { start: 0, size: 8192, live: true };
const frame = new Uint8Array(1424).fill(1);

function chunk(tag: number, fields: Partial<Message> = {}): Message {
  const whole = { op: Op.WRITE, client: 1, tag, length: 2848, chunks: 2, payloadLength: 1424 };
  return Object.assign(new Message(), whole, fields);
}

describe('Staging', () => {
  const limits = { bytes: 3 * 4096, bytesPerClient: 2 * 4096, maxAge: 100 };

  it('is complete when every chunk came once, in any order, however often', () => {
    const staging = new Staging(4096, limits);
    const last = chunk(1, { chunk: 1, offset: 1424 });
    assert.equal(staging.add(last, frame, 1424, allocation, 0)?.missing, 1);
    assert.equal(staging.add(last, frame, 1424, allocation, 0)?.missing, 1);
    const staged = staging.add(chunk(1, { attempt: 1 }), frame, 1424, allocation, 0);
    assert.equal(staged?.missing, 0);
    assert.deepEqual(staged?.bytes.subarray(0, 2848), new Uint8Array(2848).fill(1));
    staging.drop(staged!);
    staging.drop(staged!);
    assert.deepEqual([staging.size, staging.bytes], [0, 0]);
  });

  it('is bounded per client and in all', () => {
    const staging = new Staging(4096, limits);
    const add = (tag: number, client: number) =>
      staging.add(chunk(tag, { client }), frame, 1424, allocation, 0);
    assert.ok(add(1, 1) && add(2, 1));
    assert.equal(add(3, 1), undefined);
    assert.ok(add(3, 2));
    assert.equal(add(4, 2), undefined);
    assert.equal(staging.bytes, 3 * 4096);
  });

  it('gives up what never becomes complete', () => {
    const staging = new Staging(4096, limits);
    for (const tag of [1, 2]) staging.add(chunk(tag), frame, 1424, allocation, 0);
    assert.ok(staging.add(chunk(3), frame, 1424, allocation, 101));
    assert.deepEqual([staging.size, staging.expired], [1, 2]);
  });

  it('starts anew when the same tag asks something else', () => {
    const staging = new Staging(4096, limits);
    staging.add(chunk(1), frame, 1424, allocation, 0);
    const other = chunk(1, { chunk: 1, offset: 1424, pointerLow: 8 });
    assert.equal(staging.add(other, frame, 1424, allocation, 0)?.missing, 1);
    assert.equal(staging.size, 1);
  });

  it('drops what was for memory that is freed', () => {
    const staging = new Staging(4096, limits);
    staging.add(chunk(1), frame, 1424, allocation, 0);
    staging.add(chunk(2), frame, 1424, { ...allocation }, 0);
    staging.dropAllOf(allocation);
    assert.equal(staging.size, 1);
  });
});
