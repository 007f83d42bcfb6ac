import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { P4Info, stratum } from 'p4runtime-js';
import { Bluebridge, bluebridge, ROOT } from './support/bluebridge.js';
import { MADE, tofinoDriver } from './support/tofino-driver.js';
import { Workplace } from './support/workplace.js';

// The steps of docs/tofino.md, with a driver that only pretends to compile and a switch that only pretends to be a Tofino.
describe('Tofino', function () {
  this.timeout(60_000);
  let place: Workplace;
  let spec: string;
  beforeEach(async () => {
    place = new Workplace();
    const quickstart = readFileSync(await place.quickstart(), 'utf8');
    spec = place.write(
      'tofino.yaml',
      quickstart.replace('name: quickstart', 'name: quickstart\ntarget: tofino'),
    );
  });
  afterEach(async () => {
    await Bluebridge.stopAll();
    place.remove();
  });
  const run = (...args: string[]) => bluebridge(args, { cwd: place.folder, env: { BLUEBRIDGE_SPEC: spec } });
  const program = 'out/quickstart.tofino.p4';
  const compile = (...more: string[]) =>
    run('compile', program, '--target', 'tofino', '--out', 'out', ...more);
  const build = async () => {
    assert.equal((await run('generate', '--out', 'out')).code, 0);
    const driver = tofinoDriver(place, place.path('out/quickstart.tofino.p4info.txtpb'));
    const compiled = await compile('--p4c', driver, '--json');
    assert.equal(compiled.code, 0, compiled.stderr);
    return compiled;
  };
  const checkPacked = (file: string) => {
    const config = stratum.BfPipelineConfig.decode(place.read(file));
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
    assert.equal(config.p4Name, 'quickstart.tofino');
    assert.equal(text(config.bfruntimeInfo), MADE['bfrt.json']);
    assert.equal(config.profiles.length, 1);
    const { profileName, context, binary, pipeScope } = config.profiles[0]!;
    assert.deepEqual(
      [profileName, text(context), text(binary), pipeScope],
      ['pipe', MADE['pipe/context.json'], MADE['pipe/tofino.bin'], [0, 1, 2, 3]],
    );
  };

  it('compiles with an installed p4c, and packs what Stratum loads', async () => {
    const { stdout } = await build();
    const told = JSON.parse(stdout);
    assert.deepEqual(told.pipelines, [{ name: 'pipe', pipes: [0, 1, 2, 3], context: 13, binary: 19 }]);
    assert.match(told.output, /quickstart\.tofino\.p4\(1\): .*a warning/);
    assert.deepEqual(
      told.files.map(({ path }: { path: string }) => path),
      [
        'out/quickstart.tofino.p4info.txtpb',
        'out/quickstart.tofino.p4info.bin',
        'out/quickstart.tofino.pipeline.bin',
      ],
    );
    checkPacked('out/quickstart.tofino.pipeline.bin');
    const p4info = P4Info.decode(place.read('out/quickstart.tofino.p4info.bin'));
    assert.equal(p4info.pkgInfo?.arch, 'tna');
  });

  it('packs a build that was made before', async () => {
    await build();
    const conf = 'out/quickstart.tofino.build/quickstart.tofino.conf';
    const { code, stdout } = await run('pack-tofino', conf, '--out', 'packed');
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^program quickstart\.tofino: bfrt\.json 26 B\n {2}pipeline pipe on pipes 0, 1, 2, 3: /,
    );
    checkPacked('packed/quickstart.tofino.pipeline.bin');
    assert.deepEqual(
      JSON.parse((await run('pack-tofino', conf, '--json')).stdout).program,
      'quickstart.tofino',
    );
    const missing = await run('pack-tofino', 'nothing.conf');
    assert.deepEqual([missing.code, /cannot read nothing\.conf/.test(missing.stderr)], [1, true]);
  });

  it('says what to install where there is no such p4c, and writes nothing', async () => {
    await run('generate', '--out', 'out');
    const { code, stderr } = await bluebridge(['compile', program, '--target', 'tofino', '--out', 'out'], {
      cwd: place.folder,
      env: { PATH: place.folder },
    });
    assert.equal(code, 1);
    assert.match(stderr, /neither bf-p4c nor p4c is on PATH\. Build p4c .*-DENABLE_TOFINO=ON/);
    const named = await compile('--p4c', '/nowhere/p4c');
    assert.match(named.stderr, /there is no \/nowhere\/p4c/);
    assert.ok(!existsSync(place.path('out/quickstart.tofino.pipeline.bin')));
  });

  it('does not take a P4Info that is not the one of the program', async () => {
    await run('generate', '--out', 'out');
    const p4info = place.path('out/quickstart.tofino.p4info.txtpb');
    place.write('other.txtpb', readFileSync(p4info, 'utf8').replaceAll('size: 8192', 'size: 4096'));
    const { code, stderr } = await compile('--p4c', tofinoDriver(place, place.path('other.txtpb')));
    assert.equal(code, 1);
    assert.match(
      stderr,
      /not the one that our compiler makes: table SwitchIngress\.permission is of 4096 entries/,
    );
  });

  it('runs the fabric on a switch that has the limits of Stratum', async () => {
    await build();
    const env = { BLUEBRIDGE_SPEC: spec };
    const start = async (ready: RegExp, ...args: string[]) => {
      const process = Bluebridge.start(args, { env, cwd: place.folder });
      await process.says(ready);
      return process;
    };
    await start(/Ctrl-C stops it/, 'switch', '--like', 'stratum');
    await start(
      /✓ program .*read from out\/quickstart\.tofino\.pipeline\.bin[\s\S]*✓ control .*program pushed/,
      'controller',
    );
    for (const name of ['m1', 'm2']) await start(/Ctrl-C stops it/, 'server', name);
    const content = randomBytes(20_000);
    place.write('file', content);
    const put = await run('client', '--as', 'alice', 'put', 'file');
    assert.equal(put.code, 0, put.stderr);
    assert.equal((await run('client', '--as', 'alice', 'get', put.stdout.trim(), 'copy')).code, 0);
    assert.deepEqual(place.read('copy'), content);
    const stolen = await run('client', '--as', 'bob', 'get', put.stdout.trim(), 'stolen');
    assert.deepEqual([stolen.code, /NO_PERMISSION/.test(stolen.stderr)], [1, true]);
  });

  it('says how a program that is missing is made, and does not push one of another specification', async () => {
    const missing = await run('controller', '--once');
    assert.equal(missing.code, 2);
    assert.match(
      missing.stderr,
      /cannot read the switch program for tofino: out\/quickstart\.tofino\.p4info\.bin: ENOENT[\s\S]*generate --target tofino --out out\n {2}bluebridge compile out\/quickstart\.tofino\.p4 --target tofino/,
    );
    await build();
    const larger = place.write(
      'larger.yaml',
      `${readFileSync(spec, 'utf8')}\ntables: { permissions: 5000 }\n`,
    );
    const other = await run('controller', larger, '--once');
    assert.equal(other.code, 2);
    assert.match(
      other.stderr,
      /is not the program of this specification: table SwitchIngress\.permission is of 8192 entries/,
    );
  });

  it('pushes the files of generate to an embedded switch, too', async () => {
    const quickstart = place.path('quickstart.yaml');
    await run('generate', quickstart, '--out', 'gen');
    await run('generate', `${ROOT}examples/quickstart.yaml`, '--out', 'gen');
    const env = { BLUEBRIDGE_SPEC: quickstart };
    const options = { env, cwd: place.folder };
    await Bluebridge.start(['switch'], options).says(/Ctrl-C stops it/);
    const controller = Bluebridge.start(['controller', '--pipeline', 'gen'], options);
    await controller.says(/read from gen\/quickstart\.json[\s\S]*✓ control .*program pushed/);
  });

  it('is told by a controller that pushes something else to it', async () => {
    await Bluebridge.start(['switch', '--like', 'stratum'], { env: { BLUEBRIDGE_SPEC: spec } }).says(
      /Ctrl-C/,
    );
    const embedded = place.write('embedded.yaml', readFileSync(spec, 'utf8').replace('target: tofino', ''));
    const { code, stderr } = await run('controller', embedded, '--once');
    assert.equal(code, 1);
    assert.match(stderr, /unknown format for p4_device_config; it is a serialized BfPipelineConfig/);
  });
});
