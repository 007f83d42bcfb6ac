import assert from 'node:assert/strict';
import { P4RuntimeError } from '../index.js';

/** For `assert.rejects`: a P4RuntimeError of this code whose message matches. A helper of specs, without tests of its own. */
export const fails = (code: number, pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof P4RuntimeError, String(error));
  assert.match(error.message, pattern);
  assert.equal(error.codeName, new P4RuntimeError('', code as 0).codeName);
  return true;
};
