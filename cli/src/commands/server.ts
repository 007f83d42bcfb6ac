import { Command } from 'commander';
import { startServer } from '../fabric/hosts.js';
import { openEnd } from '../fabric/wires.js';
import { EXIT, Failure } from '../failure.js';
import { aborted, interruptSignal } from '../interrupt.js';
import { bytes } from '../output/units.js';
import { fabricOf } from './options.js';

export function serverCommand(): Command {
  return new Command('server')
    .description('run a memory server as a process of its own')
    .argument('<name>', 'its name in the specification')
    .option('-s, --spec <file>', 'specification; default: $BLUEBRIDGE_SPEC, else bluebridge.yaml')
    .addHelpText(
      'after',
      '\nRuns until Ctrl-C.\n\nExamples:\n  $ bluebridge server m1 --spec examples/quickstart.yaml',
    )
    .action(async (name: string, options: { spec?: string }) => {
      const interrupt = interruptSignal();
      const fabric = await fabricOf(options.spec);
      const spec = fabric.servers.find((s) => s.name === name);
      if (!spec) {
        const names = fabric.servers.map((s) => s.name).join(', ');
        throw new Failure(`the specification has no server ${name}; it has: ${names}`, EXIT.USAGE);
      }
      const wire = await openEnd(spec, 'host');
      const server = startServer(fabric, spec, wire);
      process.stderr.write(
        `server ${name}: node 0x${spec.node.toString(16)}, ${bytes(spec.capacity)}, ${wire.name}; Ctrl-C stops it\n`,
      );
      const failed = new Promise<never>((_, reject) => wire.onError(reject));
      try {
        await Promise.race([aborted(interrupt.signal), failed]);
      } finally {
        const { allocations, allocatedBytes } = server.status;
        process.stderr.write(
          `server ${name}: stopped with ${allocations} allocations, ${bytes(allocatedBytes)}\n`,
        );
        await server.close();
        interrupt.dispose();
      }
    });
}
