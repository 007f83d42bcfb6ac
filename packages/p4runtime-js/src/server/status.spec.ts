import assert from 'node:assert/strict';
import { decodeStatusDetails, STATUS_DETAILS_KEY } from '../grpc/status-details.js';
import { Code, P4RuntimeError } from '../index.js';
import { batchFailure, failureOf, type Outcome } from './status.js';

const error = (text = 'no room') => new P4RuntimeError(text, Code.RESOURCE_EXHAUSTED);
const detailsOf = (outcomes: Outcome[], bytes = 8192) => {
  const failure = batchFailure('update', outcomes, bytes);
  const value = failure.metadata.get(STATUS_DETAILS_KEY)[0] as Buffer | undefined;
  return { failure, value, items: decodeStatusDetails(value) };
};

describe('the status of a batch', () => {
  it('is UNKNOWN with an item for each update, OK ones included', () => {
    const { failure, items } = detailsOf([
      error('table is full'),
      undefined,
      new P4RuntimeError('is there', Code.ALREADY_EXISTS),
    ]);
    assert.equal(failure.code, Code.UNKNOWN);
    assert.equal(
      failure.details,
      '2 of 3 updates failed: update 0: RESOURCE_EXHAUSTED: table is full; update 2: ALREADY_EXISTS: is there',
    );
    assert.deepEqual(
      items.map(({ canonicalCode, message }) => [canonicalCode, message]),
      [
        [8, 'table is full'],
        [0, ''],
        [6, 'is there'],
      ],
    );
  });

  it('gives up texts first, from the end, and never a code', () => {
    const { items, value } = detailsOf(
      Array.from({ length: 256 }, (_, i) => error(`entry ${i} ${'x'.repeat(100)}`)),
    );
    assert.equal(items.length, 256);
    assert.ok(items.every(({ canonicalCode }) => canonicalCode === Code.RESOURCE_EXHAUSTED));
    assert.match(items[0]!.message, /^entry 0 x{100}$/);
    assert.equal(items[255]!.message, '');
    assert.ok(value!.length < 12 * 1024, `${value!.length} bytes`);
  });

  it('fits what gRPC clients take by default, up to 150 failures', () => {
    for (const size of [1, 20, 100, 150]) {
      const { failure, value } = detailsOf(
        Array.from({ length: size }, () => error('x'.repeat(500))),
        6000,
      );
      assert.ok(value!.length + failure.details.length < 8000, `${size}: ${value!.length} bytes`);
    }
  });

  it('keeps the text of a lone failure in a full batch', () => {
    const outcomes: Outcome[] = new Array(256).fill(undefined);
    outcomes[255] = error('the last one');
    assert.equal(detailsOf(outcomes).items[255]!.message, 'the last one');
  });

  it('stays below what breaks a connection, whatever the size', () => {
    for (const size of [1000, 1077]) {
      const { items, value } = detailsOf(
        Array.from({ length: size }, () => error('x'.repeat(500))),
        10 ** 6,
      );
      assert.equal(items.length, size);
      assert.ok(value!.length <= 42 * 1024, `${value!.length} bytes`);
    }
    const { failure, value } = detailsOf(Array.from({ length: 5000 }, () => error()));
    assert.equal(value, undefined);
    assert.match(
      failure.details,
      /^5000 updates are too many for a status of each one; send at most 1077 at a time. 5000 of 5000 updates failed: update 0: RES/,
    );
    assert.ok(failure.details.length <= 512);
  });

  it('cuts texts at a character', () => {
    assert.match(detailsOf([error('é'.repeat(5000))]).items[0]!.message, /^é+\.\.\.$/);
  });
});

describe('the status of a call', () => {
  it('is INTERNAL for a fault of the server', () => {
    const { code, details } = failureOf(new TypeError('x is undefined'));
    assert.deepEqual([code, details], [Code.INTERNAL, 'x is undefined']);
  });
});
