import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { collect, numberedFrame } from '../../test/support.js';
import { openWire } from '../open.js';
import { WireError } from '../wire.js';
import { PcapParser, type PcapRecord } from './pcap-parser.js';
import { openPcapWire } from './pcap-wire.js';
import { PcapWriter } from './pcap-writer.js';
import { PcapngWriter } from './pcapng-writer.js';

interface Layout {
  littleEndian?: boolean;
  nano?: boolean;
  magic?: number;
  major?: number;
  link?: number;
}

/** A pcap file laid out by the draft, field by field. */
function pcapFile(
  records: { seconds: number; fraction: number; frame: Uint8Array; original?: number; captured?: number }[],
  { littleEndian = true, nano = false, magic, major = 2, link = 1 }: Layout = {},
): Uint8Array {
  const parts: Uint8Array[] = [];
  const words = (values: [number, 2 | 4][]): void => {
    const bytes = new Uint8Array(values.reduce((sum, [, size]) => sum + size, 0));
    const view = new DataView(bytes.buffer);
    let at = 0;
    for (const [value, size] of values) {
      if (size === 4) view.setUint32(at, value, littleEndian);
      else view.setUint16(at, value, littleEndian);
      at += size;
    }
    parts.push(bytes);
  };
  words([
    [magic ?? (nano ? 0xa1b23c4d : 0xa1b2c3d4), 4],
    [major, 2],
    [4, 2],
    [0, 4],
    [0, 4],
    [65535, 4],
    [link, 4],
  ]);
  for (const { seconds, fraction, frame, original, captured } of records) {
    words([
      [seconds, 4],
      [fraction, 4],
      [captured ?? frame.length, 4],
      [original ?? frame.length, 4],
    ]);
    parts.push(frame);
  }
  return new Uint8Array(Buffer.concat(parts));
}

function parseAll(file: Uint8Array, cuts: number[] = []): PcapRecord[] {
  const parser = new PcapParser('test.pcap');
  const records: PcapRecord[] = [];
  let at = 0;
  for (const cut of [...cuts.map((c) => c % (file.length + 1)).sort((a, b) => a - b), file.length]) {
    records.push(...parser.push(file.slice(at, cut)));
    at = cut;
  }
  parser.finish();
  return records;
}

describe('PcapParser', () => {
  it('keeps a copy of an unfinished record, also of a Buffer that is used again', () => {
    const file = pcapFile([{ seconds: 1, fraction: 0, frame: numberedFrame(7) }]);
    const parser = new PcapParser('test.pcap');
    const chunk = Buffer.from(file.subarray(0, 60));
    assert.deepEqual(parser.push(chunk), []);
    chunk.fill(0xff);
    assert.deepEqual(parser.push(file.subarray(60))[0]!.frame, numberedFrame(7));
  });

  it('reads both resolutions and byte orders, however the file is cut into chunks', () => {
    const record = fc.record({
      seconds: fc.nat(0xffffffff),
      fraction: fc.nat(999_999),
      frame: fc.uint8Array({ maxLength: 100 }),
    });
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 8 }),
        fc.boolean(),
        fc.boolean(),
        fc.array(fc.nat(2000), { maxLength: 6 }),
        (records, littleEndian, nano, cuts) => {
          const parsed = parseAll(pcapFile(records, { littleEndian, nano }), cuts);
          assert.deepEqual(
            parsed.map(({ frame, originalLength, timeMs }) => ({ frame, originalLength, timeMs })),
            records.map(({ frame, seconds, fraction }) => ({
              frame,
              originalLength: frame.length,
              timeMs: seconds * 1000 + fraction * (nano ? 1e-6 : 1e-3),
            })),
          );
        },
      ),
    );
  });

  const one = [{ seconds: 1, fraction: 2, frame: numberedFrame(1) }];
  const bad: [what: string, file: Uint8Array, says: RegExp][] = [
    ['an empty file', new Uint8Array(0), /at byte 0: the file ends after 0 bytes/],
    [
      'text',
      Buffer.from('hello, this is text'),
      /at byte 0: this is not a pcap file: it begins with 0x68656c6c, expected 0xa1b2c3d4/,
    ],
    [
      'pcapng',
      pcapFile(one, { magic: 0x0a0d0d0a, littleEndian: false }),
      /at byte 0: this is a pcapng file; convert it/,
    ],
    ['a cut header', pcapFile(one).slice(0, 20), /at byte 20: the file ends after 20 bytes/],
    ['another version', pcapFile(one, { major: 3 }), /at byte 4: version 3/],
    [
      'another link type',
      pcapFile(one, { link: 113 }),
      /at byte 20: its frames are of link type 113, expected 1/,
    ],
    ['a cut record', pcapFile(one).slice(0, -1), /at byte 24: the file ends inside the record.*79 bytes/],
    ['a cut record header', pcapFile([...one, ...one]).slice(0, 24 + 80 + 5), /at byte 104: .*\(5 bytes/],
    [
      'a huge record',
      pcapFile([...one, { ...one[0]!, captured: 0xffffffff }]),
      /at byte 112: a record claims 4294967295 bytes/,
    ],
  ];
  for (const [what, file, says] of bad) {
    it(`refuses ${what} and says where`, () => {
      for (const cuts of [[], [1, 2, 3, 23, 30], [110]]) {
        assert.throws(
          () => parseAll(file, cuts),
          (error) => {
            assert(error instanceof WireError);
            assert.equal(error.code, 'WIRE_BAD_FILE');
            assert.match(error.message, says);
            assert.match(error.message, /^test\.pcap: /);
            return true;
          },
        );
      }
    });
  }

  it('gives records or WIRE_BAD_FILE for any damage', () => {
    const file = pcapFile([0, 1, 2].map((n) => ({ seconds: n, fraction: n, frame: numberedFrame(n) })));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { maxLength: 5 }),
        fc.nat(file.length),
        (edits, length) => {
          const damaged = file.slice(0, length);
          for (const [at, value] of edits) if (at < length) damaged[at] = value;
          try {
            for (const { frame } of parseAll(damaged)) assert(frame.length <= length);
          } catch (error) {
            assert(error instanceof WireError, String(error));
            assert.equal(error.code, 'WIRE_BAD_FILE');
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('pcap files', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ethernet-wire-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const path = (name: string): string => join(folder, name);

  it('are read back as they were written, beyond one buffer, with nanoseconds', () => {
    const writer = new PcapWriter(path('a.pcap'));
    const frames = Array.from({ length: 1000 }, (_, n) => numberedFrame(n, 14 + n));
    for (const [n, frame] of frames.entries()) writer.append(frame, 1_700_000_000_000.25 + n);
    writer.close();
    writer.close();
    writer.append(frames[0]!);
    assert.equal(writer.dropped, 1);
    const records = parseAll(new Uint8Array(readFileSync(path('a.pcap'))));
    assert.deepEqual(
      records.map(({ frame }) => new Uint8Array(frame)),
      frames,
    );
    assert(records.every(({ timeMs }, n) => Math.abs(timeMs - 1_700_000_000_000.25 - n) < 0.001));
  });

  it('show what was written so far after flush', () => {
    const writer = new PcapWriter(path('a.pcap'));
    writer.append(numberedFrame(1));
    assert.equal(readFileSync(path('a.pcap')).length, 0);
    writer.flush();
    assert.equal(parseAll(new Uint8Array(readFileSync(path('a.pcap')))).length, 1);
    writer.close();
  });

  it('cut frames longer than the snap length, and say how long they were', () => {
    const writer = new PcapWriter(path('a.pcap'));
    writer.append(new Uint8Array(70_000).fill(1));
    writer.close();
    const [record] = parseAll(new Uint8Array(readFileSync(path('a.pcap'))));
    assert.deepEqual([record!.frame.length, record!.originalLength], [65_536, 70_000]);
  });

  it('never stop what they tap: a full disk is told by flush and close', () => {
    const tap = new PcapngWriter('/dev/full');
    const port = tap.addInterface('a');
    const pcap = new PcapWriter('/dev/full');
    const both = [
      { writer: tap, append: (frame: Uint8Array) => tap.append(port, 'in', frame) },
      { writer: pcap, append: (frame: Uint8Array) => pcap.append(frame) },
    ];
    for (const { writer, append } of both) {
      for (let n = 0; n < 400; n++) append(numberedFrame(n, 1500));
      assert(writer.dropped > 0);
      for (const act of [() => writer.flush(), () => writer.close()]) {
        assert.throws(act, (error) => {
          assert(error instanceof WireError);
          assert.equal(error.code, 'WIRE_FAILED');
          assert.match(error.message, /^\/dev\/full: cannot write: ENOSPC/);
          return true;
        });
      }
    }
  });

  it('refuse an interface that was not added', () => {
    const writer = new PcapngWriter(path('a.pcapng'));
    writer.addInterface('port 1');
    assert.throws(() => writer.append(1, 'in', numberedFrame(1)), /interface 1 was not added; there are 1/);
    writer.close();
  });

  describe('as wires', () => {
    const written = (count: number, length = 64): Uint8Array => {
      const file = pcapFile(
        Array.from({ length: count }, (_, n) => ({
          seconds: n,
          fraction: 0,
          frame: numberedFrame(n, length),
        })),
      );
      writeFileSync(path('in.pcap'), file);
      return file;
    };

    it('receive the frames of one file and write what is sent to another', async () => {
      written(1500, 1000);
      const wire = await openPcapWire({
        input: path('in.pcap'),
        output: path('out.pcap'),
        clock: () => 5000.5,
      });
      assert.equal(wire.name, `pcap:${path('in.pcap')},${path('out.pcap')}`);
      let batches = 0;
      wire.onFrames((frames) => {
        batches++;
        assert(frames.length <= 256);
        for (const frame of frames) assert(wire.send(frame));
      });
      await wire.ended;
      assert(!wire.send(new Uint8Array(0)));
      await wire.close();
      assert(batches >= 6);
      const records = parseAll(new Uint8Array(readFileSync(path('out.pcap'))));
      assert.deepEqual(
        records.map(({ frame }) => frame),
        Array.from({ length: 1500 }, (_, n) => numberedFrame(n, 1000)),
      );
      assert.equal(records[0]!.timeMs, 5000.5);
      assert.equal(wire.stats.rxFrames, 1500);
      assert.equal(wire.stats.txFrames, 1500);
      assert.equal(wire.stats.txDropped, 1);
    });

    it('count frames that the capture cut short as dropped', async () => {
      writeFileSync(
        path('in.pcap'),
        pcapFile([
          { seconds: 1, fraction: 0, frame: numberedFrame(1), original: 1500 },
          { seconds: 2, fraction: 0, frame: numberedFrame(2) },
        ]),
      );
      const wire = await openPcapWire({ input: path('in.pcap') });
      const received = collect(wire);
      await wire.ended;
      assert.deepEqual(received.frames, [numberedFrame(2)]);
      assert.equal(wire.stats.rxDropped, 1);
      await wire.close();
    });

    it('can be closed by their handler', async () => {
      written(1000);
      const wire = await openPcapWire({ input: path('in.pcap') });
      let frames = 0;
      wire.onFrames((batch) => {
        frames += batch.length;
        void wire.close();
      });
      await wire.ended;
      assert.equal(frames, 256);
      assert(!wire.send(numberedFrame(1)));
    });

    it('fail where the file breaks, after the frames before that', async () => {
      const file = written(10);
      writeFileSync(path('in.pcap'), file.slice(0, -1));
      const wire = await openWire(`pcap:${path('in.pcap')}`);
      const received = collect(wire);
      const error = await new Promise<WireError>((resolve) => wire.onError(resolve));
      assert.equal(error.code, 'WIRE_BAD_FILE');
      assert.match(error.message, /in\.pcap: at byte 744: the file ends inside the record/);
      assert.equal(received.frames.length, 9);
      await wire.close();
    });

    const refused = async (text: string, code: string, says: RegExp): Promise<void> => {
      await assert.rejects(openWire(text), (error) => {
        assert(error instanceof WireError);
        assert.equal(error.code, code);
        assert.match(error.message, says);
        return true;
      });
    };

    it('say at once what is wrong with the files', async () => {
      writeFileSync(path('text'), 'not a capture at all, but long enough');
      written(1);
      await refused(
        `pcap:${path('none.pcap')}`,
        'WIRE_NOT_FOUND',
        /none\.pcap: cannot be read: there is no such file/,
      );
      await refused(`pcap:${path('text')}`, 'WIRE_BAD_FILE', /this is not a pcap file/);
      await refused(`pcap:${folder}`, 'WIRE_NOT_FOUND', /it is a folder/);
      await refused(
        `pcap:${path('in.pcap')},${path('no/such/out')}`,
        'WIRE_NOT_FOUND',
        /out: cannot be written/,
      );
    });
  });
});
