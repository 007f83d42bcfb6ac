import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { Bluebridge, bluebridge } from './support/bluebridge.js';
import { Workplace } from './support/workplace.js';

interface Report {
  readonly held: boolean;
  readonly hosts: string[];
  readonly checks: { readonly name: string; readonly held: boolean; readonly seen: string }[];
}

/** Processes outside of this machine's own network namespace whose command line names `folder`. */
function inhabitants(folder: string): string[] {
  const home = readlinkSync('/proc/self/ns/net');
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return argv.includes(folder) && readlinkSync(`/proc/${pid}/ns/net`) !== home;
      } catch {
        return false; // it has just ended
      }
    });
}

describe('bluebridge mininet', function () {
  this.timeout(180_000);
  const place = new Workplace();
  after(async () => {
    await Bluebridge.stopAll();
    place.remove();
  });

  it('checks a whole fabric of processes in namespaces, another one beside it', async () => {
    const args = ['mininet', 'single', '--bb-servers', '1', '--test', 'all', '--json'];
    const [two, one] = await Promise.all([
      bluebridge([...args, '--clients', '2', '--out', place.path('two')]),
      bluebridge([...args, '--clients', '1', '--out', place.path('one')]),
    ]);
    for (const { code, stdout, stderr } of [two, one]) {
      assert.equal(code, 0, stderr);
      const report = JSON.parse(stdout) as Report;
      assert.equal(report.held, true);
      assert.deepEqual(
        report.checks.filter((c) => !c.held),
        [],
      );
    }
    const { hosts, checks } = JSON.parse(two.stdout) as Report;
    assert.deepEqual(hosts, ['h1', 'h2', 'h3']);
    // Reach of each host, the story of each client, the end of all and of the server's memory.
    assert.equal(checks.length, 3 + 2 * 11 + 2);
    assert.match(place.read('two/h2.config').toString(), /^INTERFACE=h2-eth0$/m);
    assert.deepEqual(inhabitants(place.folder), []);
  });

  it('runs a script of commands, and ends with an error when a part of the fabric dies', async () => {
    const script = place.write(
      'script',
      [
        '# h2 stores a file',
        `bb h2 put ${place.write('file', 'remote memory')}`,
        `bb h2 get @ ${place.path('copy')}`,
        'bb not h2 get fdbb:101::f000 /dev/null',
        'bb status',
        "py processes['server h1']._popen.kill()",
        'h2 sleep 30',
        '',
      ].join('\n'),
    );
    const out = place.path('script-run');
    const args = ['mininet', '--bb-servers', '1', '--clients', '1', '--exec', script, '--out', out];
    const { code, stdout, stderr } = await bluebridge(args);
    assert.equal(code, 1, stderr);
    assert.match(stdout, /h2 +client +0x1 +fdbb:1:: +fd00:bb::1\/64/);
    assert.match(stdout, /server h1 +\d+ +runs/);
    assert.match(stderr, /NO_PERMISSION/);
    assert.match(stderr, /bluebridge: server h1 has ended: killed by SIGKILL; the end of .*h1\.log/);
    assert.equal(place.read('copy').toString(), 'remote memory');
    assert.deepEqual(inhabitants(place.folder), []);
  });

  it('leaves nothing behind when it is killed', async () => {
    const out = place.path('killed');
    const run = Bluebridge.start([
      'mininet',
      '--bb-servers',
      '1',
      '--clients',
      '0',
      '--test',
      'all',
      '--out',
      out,
    ]);
    await run.says(/✓ servers/);
    assert.notDeepEqual(inhabitants(out), []);
    await run.stop('SIGKILL');
    // Our end of the line has closed; the rest ends by itself.
    while (inhabitants(out).length > 0) await new Promise(setImmediate);
  });

  it('says which switch did not start, and what it said', async () => {
    const broken = place.write('broken-switch', '#!/bin/sh\necho cannot bind >&2\nexit 3\n');
    chmodSync(broken, 0o755);
    const out = place.path('broken');
    const { code, stderr } = await bluebridge(
      ['mininet', '--switch', 'bmv2', '--test', 'all', '--out', out],
      {
        env: { BLUEBRIDGE_SIMPLE_SWITCH_GRPC: broken },
      },
    );
    assert.equal(code, 1, stderr);
    assert.match(
      stderr,
      /switch s1 ended before it was ready: exit status 3; the end of .*s1\.log:\n {2}cannot bind/,
    );
    assert.deepEqual(inhabitants(out), []);
  });

  it('checks a fabric of several switches, and goes around a spine that is killed', async () => {
    const script = place.write(
      'fail-over',
      [
        // h3 is at leaf1, h2 with its memory at leaf2.
        `bb h3 put ${place.write('big', Buffer.alloc(300_000, 'remote memory '))}`,
        'bb fail spine1',
        `bb h3 get @ ${place.path('around')}`,
        'bb status',
        'bb heal spine1',
        'bb fail spine2',
        `bb h3 get @ ${place.path('back')}`,
        'bb heal spine2',
        '',
      ].join('\n'),
    );
    const { code, stdout, stderr } = await bluebridge([
      ...['mininet', 'leaf-spine,2,2', '--impair', 'leaf1-spine1:loss=0.01', '--exec', script],
      ...['--out', place.path('several')],
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /switch spine1 +\d+ +killed by SIGKILL/);
    const content = place.read('big');
    assert.ok(content.equals(place.read('around')));
    assert.ok(content.equals(place.read('back')));
    assert.deepEqual(inhabitants(place.folder), []);
  });

  it('says what topologies there are, and what --impair cannot do', async () => {
    const topology = await bluebridge(['mininet', 'ring,4']);
    assert.equal(topology.code, 2);
    assert.match(topology.stderr, /found topology "ring,4", expected single, linear,N, leaf-spine,L,S, or/);
    const bmv2 = await bluebridge(['mininet', '--switch', 'bmv2', '--impair', 'loss=0.1']);
    assert.equal(bmv2.code, 2);
    assert.match(bmv2.stderr, /ports of simple_switch_grpc cannot do that; use --switch embedded/);
    const bandwidth = await bluebridge(['mininet', '--impair', 'bw=10']);
    assert.equal(bandwidth.code, 2);
    assert.match(bandwidth.stderr, /found "bw", which no port of a switch can do/);
  });
});
