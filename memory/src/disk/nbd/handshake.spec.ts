import assert from 'node:assert/strict';
import fc from 'fast-check';
import { contextData, encodeOption, infoData } from '../testing/nbd-client.js';
import { ByteQueue } from './byte-queue.js';
import { NbdViolation } from './constants.js';
import { Handshake, type HandshakeStep } from './handshake.js';

const DISK = { name: 'data', description: 'a test', size: 1 << 20, preferredBlock: 4096 };
const FLAGS = 0x0001 | 0x0004 | 0x0008 | 0x0020 | 0x0040 | 0x0100 | 0x0400 | 0x0800;
const [ACK, SERVER, INFO, META] = [1, 2, 3, 4] as const;
const [UNSUP, INVALID, UNKNOWN] = [0x80000001, 0x80000003, 0x80000006] as const;

class Talk {
  readonly handshake = new Handshake(DISK);
  readonly queue = new ByteQueue();
  constructor(flags = 3) {
    this.queue.push(Buffer.from([0, 0, 0, flags]));
  }

  say(bytes: Buffer): HandshakeStep {
    this.queue.push(bytes);
    const step = this.handshake.next(this.queue);
    assert.ok(step, 'the option was all there');
    return step;
  }

  /** Types and data of the replies. */
  ask(option: number, data: Uint8Array | string = ''): { replies: [number, Buffer][]; outcome: unknown } {
    const { reply, outcome } = this.say(encodeOption(option, data));
    const replies: [number, Buffer][] = [];
    for (let at = 0; at < reply.length; ) {
      assert.equal(reply.readUInt32BE(at + 8), option);
      const end = at + 20 + reply.readUInt32BE(at + 16);
      replies.push([reply.readUInt32BE(at + 12), reply.subarray(at + 20, end)]);
      at = end;
    }
    return { replies, outcome };
  }

  types(option: number, data?: Uint8Array | string): number[] {
    return this.ask(option, data).replies.map(([type]) => type);
  }
}

describe('the NBD handshake', () => {
  it('greets as a fixed newstyle server that sends no zeroes', () => {
    assert.equal(new Handshake(DISK).greeting().toString('latin1'), 'NBDMAGICIHAVEOPT\0\x03');
  });

  it('EXPORT_NAME: size, flags, and 124 zeroes for clients that want them', () => {
    for (const [flags, zeroes] of [
      [3, 0],
      [1, 124],
    ] as const) {
      const { reply, outcome } = new Talk(flags).say(encodeOption(1, 'data'));
      assert.equal(reply.readBigUInt64BE(0), BigInt(DISK.size));
      assert.equal(reply.readUInt16BE(8), FLAGS);
      assert.deepEqual(reply.subarray(10), Buffer.alloc(zeroes));
      assert.deepEqual(outcome, { structured: false, allocation: false });
    }
  });

  it('EXPORT_NAME of what is not there closes the connection, which is all it can say', () => {
    for (const name of ['other', Buffer.from([0xff, 0xfe])]) {
      const { reply, outcome } = new Talk().say(encodeOption(1, name));
      assert.deepEqual([reply.length, outcome], [0, 'close']);
    }
  });

  it('GO: export, block sizes, and what was asked for', () => {
    const { replies, outcome } = new Talk().ask(7, infoData('', [0, 1, 2, 3, 99]));
    assert.deepEqual(
      replies.map(([type, data]) => [type, data.length > 0 ? data.readUInt16BE(0) : undefined]),
      [
        [INFO, 0],
        [INFO, 3],
        [INFO, 1],
        [INFO, 2],
        [ACK, undefined],
      ],
    );
    const sizes = replies[1]![1];
    assert.deepEqual(
      [2, 6, 10].map((at) => sizes.readUInt32BE(at)),
      [1, 4096, 32 << 20],
    );
    assert.equal(replies[2]![1].subarray(2).toString(), 'data');
    assert.deepEqual(outcome, { structured: false, allocation: false });
  });

  it('INFO says the same and stays in the handshake', () => {
    const talk = new Talk();
    const { replies, outcome } = talk.ask(6, infoData('data'));
    assert.deepEqual([replies.map(([type]) => type), outcome], [[INFO, INFO, ACK], 'continue']);
    assert.deepEqual(talk.types(7, infoData('data')), [INFO, INFO, ACK]);
  });

  it('names what there is to a client that asks for something else', () => {
    for (const option of [6, 7]) {
      const { replies, outcome } = new Talk().ask(option, infoData('other'));
      assert.deepEqual([replies.length, replies[0]![0], outcome], [1, UNKNOWN, 'continue']);
      assert.equal(replies[0]![1].toString(), 'no export "other"; there is "data"');
    }
  });

  it('LIST: one export', () => {
    const { replies } = new Talk().ask(3);
    assert.deepEqual(replies, [
      [SERVER, Buffer.from('\0\0\0\x04dataa test')],
      [ACK, Buffer.alloc(0)],
    ]);
  });

  it('ABORT is acknowledged and closes', () => {
    const { replies, outcome } = new Talk().ask(2);
    assert.deepEqual([replies.map(([type]) => type), outcome], [[ACK], 'close']);
  });

  it('refuses what it does not know, and goes on', () => {
    const talk = new Talk();
    for (const option of [0, 4, 5, 11, 12, 0xffffffff]) assert.deepEqual(talk.types(option, 'x'), [UNSUP]);
    assert.deepEqual(talk.types(7, infoData('')), [INFO, INFO, ACK]);
  });

  it('offers "don\'t fragment" only with structured replies', () => {
    const talk = new Talk();
    assert.deepEqual(talk.types(8), [ACK]);
    const { replies, outcome } = talk.ask(7, infoData(''));
    assert.equal(replies[0]![1].readUInt16BE(10), FLAGS | 0x80);
    assert.deepEqual(outcome, { structured: true, allocation: false });
  });

  it('lists and sets base:allocation', () => {
    const talk = new Talk();
    assert.deepEqual(
      talk.types(10, contextData('', ['base:allocation'])),
      [INVALID],
      'before STRUCTURED_REPLY',
    );
    talk.ask(8);
    for (const queries of [[], ['base:'], ['x:y', 'base:allocation']]) {
      assert.deepEqual(talk.types(9, contextData('', queries)), [META, ACK]);
    }
    assert.deepEqual(talk.types(9, contextData('', ['qemu:'])), [ACK]);
    assert.deepEqual(talk.types(10, contextData('', [])), [ACK], 'no query chooses nothing');
    assert.deepEqual(talk.types(9, contextData('other', [])), [UNKNOWN]);
    const { replies } = talk.ask(10, contextData('data', ['base:allocation']));
    assert.deepEqual(replies[0]![1].subarray(4).toString(), 'base:allocation');
    assert.deepEqual(talk.ask(7, infoData('')).outcome, { structured: true, allocation: true });
  });

  it('a later choice of contexts replaces the earlier one, also when it is refused', () => {
    const talk = new Talk();
    talk.ask(8);
    talk.ask(10, contextData('', ['base:allocation']));
    assert.deepEqual(talk.types(10, contextData('other', ['base:allocation'])), [UNKNOWN]);
    assert.deepEqual(talk.ask(7, infoData('')).outcome, { structured: true, allocation: false });
  });

  it('calls torn options invalid, and goes on', () => {
    const talk = new Talk();
    const go = infoData('data', [0]);
    for (let length = 0; length < go.length; length++) {
      assert.deepEqual(talk.types(7, go.subarray(0, length)), [INVALID], `${length} bytes`);
    }
    assert.deepEqual(talk.types(7, Buffer.concat([go, Buffer.alloc(1)])), [INVALID]);
    assert.deepEqual(talk.types(3, 'x'), [INVALID]);
    assert.deepEqual(talk.types(8, 'x'), [INVALID]);
    assert.deepEqual(talk.types(7, Buffer.from([0, 0, 0, 1, 0xff, 0, 0])), [INVALID]);
    assert.deepEqual(talk.types(9, Buffer.from([0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff])), [INVALID]);
    const long = 'x'.repeat(4097);
    const { replies } = talk.ask(7, infoData(long));
    assert.match(replies[0]![1].toString(), /4097 bytes; 4096 are the limit/);
    assert.deepEqual(talk.types(7, go), [INFO, INFO, ACK]);
  });

  it('ends with who does not speak the protocol', () => {
    assert.throws(() => new Talk(4).say(encodeOption(2)), /unknown client flags 0x4/);
    assert.throws(() => new Talk().say(Buffer.from('GET / HTTP/1.1\r\n')), NbdViolation);
    assert.throws(() => new Talk().say(encodeOption(7, '', 1 << 20)), /65536 are the limit/);
    const talk = new Talk();
    for (let i = 0; i < 128; i++) talk.ask(99);
    assert.throws(() => talk.ask(99), /more than 128 options/);
  });

  it('answers any bytes with replies, or with a violation, and nothing else', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc
        .tuple(fc.integer({ min: 0, max: 12 }), fc.uint8Array({ maxLength: 40 }))
        .map(([option, data]) => encodeOption(option, data)),
    );
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 10 }), fc.constantFrom(0, 1, 2, 3), (pieces, flags) => {
        const talk = new Talk(flags);
        try {
          for (const piece of pieces) {
            talk.queue.push(Buffer.from(piece));
            for (;;) {
              const step = talk.handshake.next(talk.queue);
              if (step === undefined) break;
              if (step.outcome !== 'continue') return;
            }
          }
        } catch (error) {
          assert.ok(error instanceof NbdViolation, String(error));
        }
      }),
      { numRuns: 500 },
    );
  });
});
