import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { bluebridge, ROOT } from './support/bluebridge.js';
import { Workplace } from './support/workplace.js';

describe('up --pcap', function () {
  this.timeout(60_000);
  const place = new Workplace();
  after(() => place.remove());

  const pcap = place.path('run.pcapng');

  before(async () => {
    const args = ['up', `${ROOT}examples/quickstart.yaml`, '--demo', '--operations', '20', '--pcap', pcap];
    const { code, stderr } = await bluebridge(args);
    assert.equal(code, 0, stderr);
  });

  it('writes what crossed the switch; tshark reads it, and every checksum is right', () => {
    const fields = ['frame.interface_name', 'ipv6.src', 'ipv6.dst', 'udp.checksum.status', '_ws.malformed'];
    const tshark = [
      ...['-r', pcap, '-o', 'udp.check_checksum:TRUE', '-d', 'udp.port==5000,data', '-T', 'fields'],
      ...fields.flatMap((field) => ['-e', field]),
    ];
    const lines = execFileSync('tshark', tshark, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .trimEnd()
      .split('\n');
    const rows = lines.map((line) => line.split('\t'));
    assert.ok(rows.length > 400, `${rows.length} frames`);
    assert.deepEqual(
      new Set(rows.map(([, , , checksum]) => checksum)),
      new Set(['1']),
      'checksum status good on every frame',
    );
    assert.ok(rows.some(([name, , to]) => name === 's1-port1 m1' && to?.startsWith('fdbb:101:')));
    assert.ok(rows.every(([, , , , malformed]) => !malformed));
  });

  it('is readable with the dissector of tools/wireshark', () => {
    const dissect = (...args: string[]) =>
      execFileSync(
        'tshark',
        ['-X', `lua_script:${ROOT}tools/wireshark/bluebridge.lua`, '-r', pcap, ...args],
        {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
        },
      );
    assert.match(dissect('-c', '1'), /BlueBridge 86 REQUEST ALLOC node 0xffff pointer 0x0, 4096 bytes/);
    assert.match(
      dissect('-Y', 'bluebridge.kind == 3'),
      /NACK READ node 0x10[12] pointer 0x[0-9a-f]+ NO_PERMISSION, \d+ bytes/,
    );
    assert.equal(dissect('-Y', '_ws.lua.error || bluebridge.short'), '');
  });
});
