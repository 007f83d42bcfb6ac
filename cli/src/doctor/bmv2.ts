import type { Finding, Machine } from './finding.js';

const NAME = 'simple_switch_grpc';

/** The version that `npm run test:bmv2` was run on (docs/compatibility.md). */
const CHECKED = '1.15.5';

/** What a fabric starts it with: without one of these it cannot be driven. */
const NEEDED = ['--no-p4', '--device-id', '--notifications-addr', '--grpc-server-addr', '--cpu-port'];

/** Which simple_switch_grpc is installed, and what of a fabric works on it. */
export async function bmv2Finding(machine: Machine): Promise<Finding> {
  const version = await machine.run(NAME, ['--version']);
  if (version === undefined) {
    return {
      name: NAME,
      state: 'absent',
      found: 'not installed',
      advice: 'only for the bmv2 target; build it from p4lang/behavioral-model, --with-pi',
    };
  }
  const found = /^(\d\S*)/m.exec(version)?.[1];
  if (!found) {
    return {
      name: NAME,
      state: 'absent',
      found: 'does not start',
      advice: `${version.trim().split('\n')[0] || 'it said nothing'}; are its libraries on LD_LIBRARY_PATH?`,
    };
  }
  const help = (await machine.run(NAME, ['--help'])) ?? '';
  const missing = NEEDED.filter((option) => !help.includes(option));
  if (missing.length > 0) {
    const advice = `the bmv2 target needs ${missing.join(', ')}, which it does not have; build ${CHECKED} or newer`;
    return { name: NAME, state: 'absent', found, advice };
  }
  return {
    name: NAME,
    state: 'ok',
    found,
    advice: `the bmv2 target and mininet --switch bmv2; its P4Runtime has no registers, roles or value sets${
      found.split('-')[0] === CHECKED ? '' : `; checked with ${CHECKED} only`
    }`,
  };
}
