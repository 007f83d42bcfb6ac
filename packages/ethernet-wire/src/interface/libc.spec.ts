import assert from 'node:assert/strict';
import { WireError } from '../wire.js';
import { loadLibc } from './libc.js';

describe('loadLibc', () => {
  it('says that other systems have no packet sockets, without loading koffi', async () => {
    const load = loadLibc('darwin', () => assert.fail('koffi was loaded'));
    await assert.rejects(load, (error) => {
      assert(error instanceof WireError);
      assert.equal(error.code, 'WIRE_UNSUPPORTED');
      assert.match(error.message, /Linux packet sockets and this is darwin; use a udp: wire/);
      return true;
    });
  });

  it('says why koffi cannot be loaded', async () => {
    const load = loadLibc('linux', () => Promise.reject(new Error("Cannot find module 'koffi'")));
    await assert.rejects(load, (error) => {
      assert(error instanceof WireError);
      assert.equal(error.code, 'WIRE_UNSUPPORTED');
      assert.match(error.message, /through koffi, which cannot be loaded here: Cannot find module 'koffi'/);
      return true;
    });
  });
});
