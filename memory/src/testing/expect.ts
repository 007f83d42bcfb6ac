import assert from 'node:assert/strict';
import { MemoryError, type MemoryErrorCode } from '../client/errors.js';

/** Bytes that differ from place to place and from seed to seed. */
export function pattern(length: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 17 + (i >> 8)) & 0xff);
}

/** For assert.rejects: a MemoryError with this code, whose message a person reads as `text`. */
export function failsWith(code: MemoryErrorCode, text: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof MemoryError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, text);
    return true;
  };
}
