import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { P4Info } from 'p4runtime-js';
import { Bluebridge, bluebridge, ROOT } from '../support/bluebridge.js';
import { Workplace } from '../support/workplace.js';
import { type Cable, layCables, removeCables } from './support/cables.js';
import { pipelineBy } from './support/programs.js';
import { quickstart } from './support/rig.js';
import { startTarget, type Target, type TargetName, targets } from './support/targets.js';

/** The quick start's specification with every host on its end of a veth cable, and the switch where it really listens. */
function specOnCables(address: string, target: TargetName): string {
  const text = readFileSync(`${ROOT}examples/quickstart.yaml`, 'utf8');
  const onCables = text.replaceAll(
    /port: (\d+)(.*), wire: "[^"]*"/g,
    'port: $1$2, wires: { host: "if:bbh$1", switch: "if:bbs$1" }',
  );
  const named =
    target === 'stratum'
      ? onCables.replace('name: quickstart', 'name: quickstart\ntarget: tofino')
      : onCables;
  return named.replace('- name: s1', `- { name: s1, p4runtime: "${address}" }`);
}

// The walk-through of the README with the switch in the place of `bluebridge switch`: the built command, a process for each part.
for (const target of targets()) {
  describe(`the bluebridge command around ${target}`, function () {
    this.timeout(120_000);
    const place = new Workplace();
    let cables: Cable[];
    let running: Target;
    let env: NodeJS.ProcessEnv;
    before(async () => {
      const fabric = await quickstart();
      cables = await layCables([...fabric.servers, ...fabric.clients].map(({ port }) => port));
      await Promise.all(cables.map(({ host }) => host.close())); // the processes open them
      running = await startTarget(target, fabric, cables);
      env = { BLUEBRIDGE_SPEC: place.write('quickstart.yaml', specOnCables(running.address, target)) };
      if (target === 'stratum') {
        // As `bluebridge compile --target tofino` writes them.
        const { p4info, p4DeviceConfig } = pipelineBy('ours', fabric, target);
        place.write('quickstart.tofino.p4info.bin', P4Info.encode(p4info!));
        place.write('quickstart.tofino.pipeline.bin', p4DeviceConfig!);
      }
    });
    after(async () => {
      await Bluebridge.stopAll();
      await running.stop();
      await removeCables(cables);
      place.remove();
    });

    it('stores a file, gets it back, refuses, grants and frees', async () => {
      const pushed = target === 'stratum' ? ['--pipeline', place.folder] : [];
      const daemons = [
        ['controller', ...pushed],
        ['server', 'm1'],
        ['server', 'm2'],
      ].map((args) => Bluebridge.start(args, { env }));
      const [controller, ...servers] = daemons as [Bluebridge, Bluebridge, Bluebridge];
      await controller.says(/✓ control .*primary.*program pushed/);
      for (const server of servers) await server.says(/Ctrl-C stops it/);
      const client = (who: string, ...args: string[]) =>
        bluebridge(['client', '--as', who, ...args], { env, cwd: place.folder });
      const original = randomBytes(50_000);
      place.write('original', original);

      const put = await client('alice', 'put', 'original');
      assert.equal(put.code, 0, put.stderr);
      const address = put.stdout.trim();
      assert.equal((await client('alice', 'get', address, 'copy')).code, 0);
      assert.deepEqual(place.read('copy'), original);
      const stolen = await client('bob', 'get', address, 'stolen');
      assert.equal(stolen.code, 1);
      assert.match(stolen.stderr, /NO_PERMISSION/);
      assert.equal((await client('alice', 'grant', address, 'bob')).code, 0);
      assert.equal((await client('bob', 'get', address, 'granted')).code, 0);
      assert.deepEqual(place.read('granted'), original);
      assert.equal((await client('alice', 'free', address)).code, 0);
      assert.match((await client('alice', 'get', address, 'gone')).stderr, /NO_PERMISSION/);

      for (const server of servers) assert.match((await server.stop()).stderr, /stopped with 0 allocations/);
      assert.equal((await controller.stop()).code, 0);
    });
  });
}
