import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { bluebridge, ROOT } from './support/bluebridge.js';
import { Workplace } from './support/workplace.js';

describe('up --pcap', function () {
  this.timeout(60_000);
  const place = new Workplace();
  after(() => place.remove());

  it('writes what crossed the switch; tshark reads it, and every checksum is right', async () => {
    const pcap = place.path('run.pcapng');
    const args = ['up', `${ROOT}examples/quickstart.yaml`, '--demo', '--operations', '20', '--pcap', pcap];
    const { code, stderr } = await bluebridge(args);
    assert.equal(code, 0, stderr);
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
});
