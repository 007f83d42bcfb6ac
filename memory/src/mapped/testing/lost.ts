import { map } from '../map.js';

/** Writes to more pages than there are frames, on a wire where nobody answers. */
const memory = await map({
  bytes: 1 << 20,
  frames: 2,
  backend: {
    ...{ kind: 'remote', node: 1, mac: '02:00:00:00:00:01', gatewayMac: '02:00:00:00:01:01', timeout: 100 },
    wire: process.argv[2]!,
  },
});
for (let at = 0; at < memory.bytes.length; at += 4096) memory.bytes[at] = 1;
process.stderr.write('it went on\n');
process.exit(0);
