import assert from 'node:assert/strict';
import { MininetError } from './errors.js';
import { findSimpleSwitch, type Machine, preflight } from './preflight.js';

const whole: Machine = {
  platform: 'linux',
  uid: 0,
  find: async (program) => `/usr/bin/${program}`,
  hasModule: async () => true,
};
const missing = (message: RegExp) => (error: unknown) =>
  error instanceof MininetError && error.code === 'MININET_MISSING' && message.test(error.message);

describe('preflight', () => {
  it('is content with a machine that has everything', () => preflight(whole));

  it('needs Linux, and root', async () => {
    await assert.rejects(preflight({ ...whole, platform: 'darwin' }), missing(/needs Linux; this is darwin/));
    await assert.rejects(
      preflight({ ...whole, uid: 1000 }),
      missing(/needs root.*: sudo bluebridge mininet/),
    );
  });

  it('names everything that is missing, and how to install it', async () => {
    const bare: Machine = {
      ...whole,
      find: async (program) => (['mnexec', 'ethtool'].includes(program) ? undefined : `/usr/bin/${program}`),
      hasModule: async () => false,
    };
    await assert.rejects(
      preflight(bare),
      missing(
        /^not installed: mnexec, ethtool, mininet\..*\n {2}apt-get install -y --no-install-recommends mininet iproute2 iputils-ping ethtool$/,
      ),
    );
  });
});

describe('findSimpleSwitch', () => {
  it('takes what is given, else what the PATH has', async () => {
    const find = async (program: string) => (program === '/opt/ssg' ? program : undefined);
    assert.equal(await findSimpleSwitch({ ...whole, find }, '/opt/ssg'), '/opt/ssg');
    assert.equal(await findSimpleSwitch(whole), '/usr/bin/simple_switch_grpc');
    await assert.rejects(findSimpleSwitch({ ...whole, find }), missing(/needs simple_switch_grpc/));
    await assert.rejects(
      findSimpleSwitch({ ...whole, find }, '/no'),
      missing(/\/no is no program that can be run/),
    );
  });
});
