// `npm run test:bmv2`: the end-to-end suite on the embedded switch and on BMv2's simple_switch_grpc, in a network namespace of its own, which ends
// with the run and takes everything in it along. Arguments go to mocha, e.g. `npm run test:bmv2 -- --grep digest`.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const ROOT = new URL('../../', import.meta.url).pathname;

function find(program, variable) {
  const given = process.env[variable];
  const candidates = given
    ? [given]
    : (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program));
  const found = candidates.find(isExecutable);
  if (given && !found) fail(`${variable} is ${given}, which is no program that can be run`);
  return found;
}
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
function versionOf(program) {
  const { stdout, stderr } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  // After its own path, which may have numbers in it, too; p4c says it on standard error.
  return `${`${stdout}${stderr}`.match(/(?<=^|Version )\d+\.\d+\S*(?: \(.*\))?/m)?.[0] ?? 'version unknown'} (${program})`;
}
function fail(message) {
  console.error(`test:bmv2: ${message}`);
  process.exit(1);
}

const simpleSwitch = find('simple_switch_grpc', 'BLUEBRIDGE_SIMPLE_SWITCH_GRPC');
const p4c = find('p4c-bm2-ss', 'BLUEBRIDGE_P4C');
if (process.getuid?.() !== 0) fail('needs root (network namespaces, AF_PACKET)');

// IPv6 is off in the namespace: the kernel's own neighbour and multicast noise is nothing that a test sent. With no address on any interface, the kernel
// sends no packet at all, so there is nothing whose checksum it could leave to a network card.
const SETUP =
  'ip link set lo up && sysctl -qw net.ipv6.conf.default.disable_ipv6=1 net.ipv6.conf.all.disable_ipv6=1 && exec "$@"';
const mocha = ['npx', 'mocha', '--config', 'test/bmv2/.mocharc.cjs', ...process.argv.slice(2)];
const measure = ['node', '--conditions=source', '--import', 'tsx', 'test/bmv2/measure.ts'];
const command = process.argv[2] === '--measure' ? measure : mocha;
const { status, error } = spawnSync('unshare', ['-n', '-m', 'sh', '-c', SETUP, 'sh', ...command], {
  cwd: ROOT,
  stdio: 'inherit',
  env: {
    ...process.env,
    BLUEBRIDGE_TEST_NAMESPACE: '1',
    BLUEBRIDGE_SIMPLE_SWITCH_GRPC: simpleSwitch ?? '',
    BLUEBRIDGE_P4C: p4c ?? '',
  },
});
if (error) fail(`unshare did not start: ${error.message}`);
console.log(`p4c: ${p4c ? versionOf(p4c) : 'not installed; its JSON is the fixture of test/conformance'}`);
console.log(
  `bmv2: ${simpleSwitch ? versionOf(simpleSwitch) : 'not installed; only the embedded switch ran'}`,
);
process.exit(status ?? 1);
