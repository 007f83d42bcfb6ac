import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseIpv6, parseMac } from '../address.js';
import { buildUdp6, UDP6_PAYLOAD } from '../udp6.js';
import { openPcapWire } from './pcap-wire.js';
import { PcapWriter } from './pcap-writer.js';
import { PcapngWriter } from './pcapng-writer.js';

/** Wireshark's own reader judges our files and frames. Needs Debian's tshark. */
describe('tshark', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ethernet-wire-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function frame(n: number, payload = new Uint8Array(n)): Uint8Array {
    const into = new Uint8Array(UDP6_PAYLOAD + payload.length);
    buildUdp6(
      {
        dstMac: parseMac('02:00:00:00:00:02'),
        srcMac: parseMac('02:00:00:00:00:01'),
        src: parseIpv6('fdbb:1::1'),
        dst: parseIpv6('fdbb:2:100::1000'),
        srcPort: 40000 + n,
        dstPort: 5000,
      },
      payload,
      into,
    );
    return into;
  }

  const read = (file: string, ...fields: string[]): string[] =>
    execFileSync(
      'tshark',
      [
        '-n',
        '-r',
        file,
        '-o',
        'udp.check_checksum:TRUE',
        '-T',
        'fields',
        ...fields.flatMap((f) => ['-e', f]),
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    )
      .trimEnd()
      .split('\n');

  it('reads a pcap file, its times, and finds the checksums good', () => {
    const file = join(folder, 'a.pcap');
    const writer = new PcapWriter(file);
    for (let n = 0; n < 50; n++) writer.append(frame(n), 1_700_000_000_000 + n + 0.5);
    writer.close();
    const rows = read(
      file,
      'frame.time_epoch',
      'ipv6.dst',
      'udp.srcport',
      'udp.checksum.status',
      'udp.length',
    );
    assert.equal(rows.length, 50);
    for (const [n, row] of rows.entries()) {
      const [time, dst, port, good, length] = row.split('\t');
      assert(Math.abs(Number(time) * 1000 - 1_700_000_000_000 - n - 0.5) < 0.01, time);
      assert.deepEqual(
        [dst, port, good, length],
        ['fdbb:2:100::1000', String(40000 + n), '1', String(8 + n)],
      );
    }
  });

  it('reads a pcapng file with the names of its interfaces and the directions', () => {
    const file = join(folder, 'a.pcapng');
    const writer = new PcapngWriter(file);
    const one = writer.addInterface('port 1 (client)');
    writer.append(one, 'in', frame(1), 1_700_000_000_000.25);
    const two = writer.addInterface('port 2');
    for (let n = 2; n < 30; n++) writer.append(two, 'out', frame(n), 1_700_000_000_001);
    writer.close();
    const rows = read(
      file,
      'frame.interface_name',
      'frame.packet_flags_direction',
      'frame.time_epoch',
      'udp.srcport',
      'udp.checksum.status',
    );
    assert.equal(rows.length, 29);
    assert.match(rows[0]!, /^port 1 \(client\)\t0x0+1\t1700000000\.00025\d*\t40001\t1$/);
    rows.slice(1).forEach((row, i) => {
      assert.match(row, new RegExp(`^port 2\\t0x0+2\\t1700000000\\.001\\d*\\t${40002 + i}\\t1$`));
    });
  });

  it('converts captures that we then read', async () => {
    const ours = join(folder, 'a.pcapng');
    const writer = new PcapngWriter(ours);
    const port = writer.addInterface('x');
    for (let n = 0; n < 5; n++) writer.append(port, 'in', frame(n));
    writer.close();
    for (const format of ['pcap', 'nsecpcap']) {
      const input = join(folder, format);
      execFileSync('editcap', ['-F', format, ours, input]);
      const wire = await openPcapWire({ input });
      const frames: Uint8Array[] = [];
      wire.onFrames((batch) => frames.push(...batch.map((f) => f.slice())));
      await wire.ended;
      await wire.close();
      assert.deepEqual(
        frames,
        [0, 1, 2, 3, 4].map((n) => frame(n)),
      );
    }
  });
});
