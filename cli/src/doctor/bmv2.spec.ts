import assert from 'node:assert/strict';
import { bmv2Finding } from './bmv2.js';
import type { Machine } from './finding.js';

const HELP =
  '-v [ --version ] --device-id arg --no-p4 --notifications-addr arg\n--grpc-server-addr arg --cpu-port arg';
const machine = (answers: Record<string, string | undefined>): Machine => ({
  nodeVersion: 'v20.19.0',
  platform: 'linux',
  run: async (_program, [option]) => answers[option ?? ''],
  rawSockets: async () => undefined,
});
const find = (version: string | undefined, help: string = HELP) =>
  bmv2Finding(machine({ '--version': version, '--help': help }));

describe('doctor on BMv2', () => {
  it('says which version there is and what works on it', async () => {
    assert.deepEqual(await find('1.15.5-9674187f\n'), {
      name: 'simple_switch_grpc',
      state: 'ok',
      found: '1.15.5-9674187f',
      advice:
        'the bmv2 target and mininet --switch bmv2; its P4Runtime has no registers, roles or value sets',
    });
  });

  it('says when nobody has checked that version', async () => {
    assert.match((await find('1.16.0\n')).advice, /value sets; checked with 1\.15\.5 only$/);
  });

  it('says which options a build lacks', async () => {
    const old = await find('1.13.0\n', HELP.replace('--cpu-port arg', ''));
    assert.equal(old.state, 'absent');
    assert.match(old.advice, /needs --cpu-port, which it does not have; build 1\.15\.5 or newer/);
  });

  it('tells a program that does not start from one that is not there', async () => {
    const broken = await find('error while loading shared libraries: libbmpi.so.0\n');
    assert.deepEqual([broken.state, broken.found], ['absent', 'does not start']);
    assert.match(broken.advice, /libbmpi\.so\.0; are its libraries on LD_LIBRARY_PATH/);
    assert.equal((await find(undefined)).found, 'not installed');
  });
});
