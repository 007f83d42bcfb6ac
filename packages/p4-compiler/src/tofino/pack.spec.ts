import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stratum } from 'p4runtime-js';
import { Build, CONF, FILES } from './build.helper.spec.js';
import { packPipeline, type TofinoError } from './index.js';

const bytes = (name: string) => new Uint8Array(FILES[name]!);

describe('packPipeline', () => {
  let build: Build;
  const start = (conf?: unknown) => {
    build = new Build(conf);
  };
  afterEach(() => build.remove());

  it('packs every file of the .conf, and nothing else', () => {
    start();
    const { bytes: packed } = packPipeline(build.conf);
    const config = stratum.BfPipelineConfig.decode(packed);
    assert.deepEqual(Object.keys(config).sort(), ['bfruntimeInfo', 'p4Name', 'profiles']);
    assert.equal(config.p4Name, 'leaf');
    assert.deepEqual(new Uint8Array(config.bfruntimeInfo), bytes('build/bfrt.json'));
    assert.deepEqual(
      config.profiles.map(({ profileName, context, binary, pipeScope }) => ({
        profileName,
        context: new Uint8Array(context),
        binary: new Uint8Array(binary),
        pipeScope,
      })),
      [
        {
          profileName: 'outer',
          context: bytes('build/outer/context.json'),
          binary: bytes('build/outer/tofino.bin'),
          pipeScope: [0, 2],
        },
        {
          profileName: 'inner',
          context: bytes('build/inner/context.json'),
          binary: bytes('build/inner/tofino.bin'),
          pipeScope: [1, 3],
        },
      ],
    );
  });

  it('has the bytes that protobuf gives the message', () => {
    start();
    const [device] = CONF.p4_devices;
    const [program] = device!.p4_programs;
    const [outer] = program!.p4_pipelines;
    const conf = {
      ...CONF,
      p4_devices: [{ ...device, p4_programs: [{ ...program, p4_pipelines: [outer] }] }],
    };
    build.write('build/leaf.conf', JSON.stringify(conf));
    build.write('build/bfrt.json', 'B');
    build.write('build/outer/context.json', 'C');
    build.write('build/outer/tofino.bin', 'D');
    // protoc --encode of: p4_name: "leaf" bfruntime_info: "B" profiles { profile_name: "outer" context: "C" binary: "D" pipe_scope: [0, 2] }
    assert.equal(
      packPipeline(build.conf).bytes.toString('hex'),
      '0a046c65616612014' + '21a110a056f757465721201431a014422020002',
    );
  });

  it('finds the files of a build that was moved, and by absolute paths', () => {
    start();
    const moved = join(build.folder, 'elsewhere/deep');
    mkdirSync(join(build.folder, 'elsewhere'));
    renameSync(join(build.folder, 'build'), moved);
    assert.throws(() => packPipeline(join(moved, 'leaf.conf')), { code: 'TOFINO_FILE_MISSING' });
    const text = JSON.stringify(CONF);
    build.write('elsewhere/deep/leaf.conf', text.replaceAll('build/', `${moved}/`));
    assert.equal(packPipeline(join(moved, 'leaf.conf')).config.profiles.length, 2);
    build.write('elsewhere/deep/leaf.conf', text.replaceAll('build/', ''));
    assert.equal(packPipeline(join(moved, 'leaf.conf')).config.profiles.length, 2);
  });

  const [device] = CONF.p4_devices;
  const [program] = device!.p4_programs;
  const withProgram = (change: object) => ({ p4_devices: [{ p4_programs: [{ ...program, ...change }] }] });
  const mistakes: [string, unknown, string, RegExp][] = [
    [
      'no devices',
      { p4_program_list: [{}] },
      'TOFINO_CONF_UNREADABLE',
      /leaf\.conf: p4_devices has to be a list that is not empty; is this the \.conf that p4c wrote/,
    ],
    [
      'two devices',
      { p4_devices: [device, device] },
      'TOFINO_CONF_UNSUPPORTED',
      /has 2 devices; Stratum takes a pipeline config of one device/,
    ],
    [
      'two programs',
      { p4_devices: [{ p4_programs: [program, { ...program, 'program-name': 'spine' }] }] },
      'TOFINO_CONF_UNSUPPORTED',
      /has 2 programs \(leaf, spine\); Stratum takes .* one program: compile each into a folder of its own/,
    ],
    [
      'no name',
      withProgram({ 'program-name': '' }),
      'TOFINO_CONF_UNREADABLE',
      /program-name has to be a text/,
    ],
    [
      'no bfrt.json',
      withProgram({ 'bfrt-config': undefined }),
      'TOFINO_CONF_UNREADABLE',
      /bfrt-config has to be a text/,
    ],
    [
      'no pipelines',
      withProgram({ p4_pipelines: [] }),
      'TOFINO_CONF_UNREADABLE',
      /p4_pipelines has to be a list/,
    ],
    [
      'a pipeline that is none',
      withProgram({ p4_pipelines: [{ p4_pipeline_name: 'a' }] }),
      'TOFINO_CONF_UNREADABLE',
      /p4_pipelines\[0\]\.context has to be a text/,
    ],
    [
      'pipes that are no numbers',
      withProgram({ p4_pipelines: [{ ...program!.p4_pipelines[0], pipe_scope: ['0'] }] }),
      'TOFINO_CONF_UNREADABLE',
      /p4_pipelines\[0\]\.pipe_scope has to be a list of pipe numbers/,
    ],
    ['null', null, 'TOFINO_CONF_UNREADABLE', /p4_devices has to be/],
  ];
  for (const [what, conf, code, message] of mistakes) {
    it(`refuses a .conf with ${what}`, () => {
      start(conf);
      assert.throws(() => packPipeline(build.conf), { code, message });
    });
  }

  it('names the file that is missing', () => {
    start();
    rmSync(join(build.folder, 'build/inner/tofino.bin'));
    assert.throws(
      () => packPipeline(build.conf),
      (error: TofinoError) => {
        assert.equal(error.code, 'TOFINO_FILE_MISSING');
        assert.match(
          error.message,
          /names the config of pipeline inner build\/inner\/tofino\.bin, which is not there.*compile again/,
        );
        return true;
      },
    );
  });

  it('refuses a folder in place of a file, a .conf that is not there, and one that is not JSON', () => {
    start();
    rmSync(join(build.folder, 'build/bfrt.json'));
    mkdirSync(join(build.folder, 'build/bfrt.json'));
    assert.throws(() => packPipeline(build.conf), {
      code: 'TOFINO_FILE_MISSING',
      message: /bfrt\.json cannot be read: EISDIR/,
    });
    assert.throws(() => packPipeline('/nowhere/x.conf'), {
      code: 'TOFINO_CONF_UNREADABLE',
      message: /cannot read \/nowhere\/x\.conf/,
    });
    build.write('build/leaf.conf', '{"p4_devices": [');
    assert.throws(() => packPipeline(build.conf), {
      code: 'TOFINO_CONF_UNREADABLE',
      message: /leaf\.conf is not JSON/,
    });
  });
});
