// `npm run test:all`: everything, also what needs root and Debian's packages. Nothing skips: what is missing is installed
// or the run fails. Ends with mocha's counts.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';

const PACKAGES = {
  tshark: 'tshark',
  ip: 'iproute2',
  mn: 'mininet',
  ping: 'iputils-ping',
  ethtool: 'ethtool',
  nbdinfo: 'libnbd-bin',
  'qemu-io': 'qemu-utils',
  fio: 'fio',
  'mkfs.ext4': 'e2fsprogs',
  openssl: 'openssl',
  spin: 'spin',
  gcc: 'build-essential',
  etcd: 'etcd-server',
};
const COUNTS = 'coverage/counts.txt';

function run(command, args, env = {}) {
  console.log(`\n> ${command} ${args.join(' ')}`);
  const { status, signal, error } = spawnSync(command, args, {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (error) fail(`${command} did not start: ${error.message}`);
  return signal ? 1 : status;
}
function fail(message) {
  console.error(`test:all: ${message}`);
  process.exit(1);
}
const has = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

if (process.getuid?.() !== 0)
  fail('needs root (network namespaces, AF_PACKET); `npm test` runs what does not');
const missing = Object.entries(PACKAGES)
  .filter(([program]) => !has(program))
  .map(([, name]) => name);
if (missing.length > 0) {
  const apt = { DEBIAN_FRONTEND: 'noninteractive' };
  const installed =
    run('apt-get', ['update', '-qq'], apt) === 0 &&
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], apt) === 0;
  if (!installed) fail(`could not install ${missing.join(', ')} with apt-get`);
}

rmSync(COUNTS, { force: true });
const steps = [
  ['npm', ['run', '--silent', 'build']],
  ['npm', ['run', '--silent', 'typecheck']],
  ['npm', ['run', '--silent', 'lint']],
];
for (const [command, args] of steps) if (run(command, args) !== 0) fail(`${args.at(-1)} failed`);
const status = run('npx', ['c8', 'mocha'], { BLUEBRIDGE_TEST_SYSTEM: '1', BLUEBRIDGE_TEST_COUNTS: COUNTS });
const bmv2 = has('simple_switch_grpc') ? 'installed' : 'not installed';
console.log(`\nbmv2: ${bmv2}`);
try {
  process.stdout.write(readFileSync(COUNTS, 'utf8'));
} catch {
  fail('mocha ended without counts');
}
process.exit(status);
