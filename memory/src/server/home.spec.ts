import assert from 'node:assert/strict';
import { CoreRig, type Heard } from '../testing/core-rig.js';
import { pattern } from '../testing/expect.js';
import { Coherence, chunkBytes, Extension, Kind, type Message, Op, Reason } from '../wire/index.js';

const PAGE = 4096;

/** Speaks to a home as the switch lets clients through: with generation, number and requester in place. */
class HomeRig extends CoreRig {
  readonly page = this.alloc(4 * PAGE);

  coherent(op: number, fields: Partial<Message> = {}, payload?: Uint8Array): Uint8Array {
    const client = fields.client ?? 1;
    const tag = fields.tag ?? this.nextTag++;
    const requester = {
      requester: client,
      requesterPort: 50001,
      requesterTag: tag,
      requesterEpoch: fields.epoch ?? 0,
    };
    return this.build(
      {
        op,
        offsetInNode: this.page,
        length: PAGE,
        extensions: Extension.COHERENCE,
        generation: 1,
        ...requester,
        ...fields,
        tag,
      },
      payload,
    );
  }

  get(op: number, number: number, fields: Partial<Message> = {}): Heard[] {
    return this.frame(this.coherent(op, { number, ...fields }));
  }

  writebackFrames(bytes: Uint8Array, fields: Partial<Message> = {}): Uint8Array[] {
    const per = chunkBytes(1500, true);
    const tag = fields.tag ?? this.nextTag++;
    return [0, 1, 2].map((chunk) =>
      this.coherent(
        Op.WRITEBACK,
        { ...fields, tag, chunk, chunks: 3, offset: chunk * per },
        bytes.subarray(chunk * per, (chunk + 1) * per),
      ),
    );
  }

  writeback(bytes: Uint8Array, fields: Partial<Message> = {}): Heard[] {
    return this.writebackFrames(bytes, fields).flatMap((frame) => this.frame(frame));
  }
}

const texts = (heard: Heard[]) =>
  heard.map(({ message: { kind, op, status, client, tag } }) => ({ kind, op, status, client, tag }));
const reasons = (heard: Heard[]) => heard.map(({ message }) => message.status);
const pageOf = (heard: Heard[]) => Buffer.concat(heard.map(({ payload }) => payload));
const A = new Uint8Array(PAGE).fill(0xa);
const B = new Uint8Array(PAGE).fill(0xb);

describe('home', () => {
  it('answers GETS and GETM with the page, echoing the grant, in chunks that fit the MTU', () => {
    const rig = new HomeRig();
    rig.write(rig.page, pattern(PAGE));
    for (const op of [Op.GETS, Op.GETM]) {
      const heard = rig.get(op, 5, {
        tag: 77 + op,
        epoch: 9,
        coherence: op === Op.GETM ? Coherence.EXCLUSIVE : 0,
      });
      assert.deepEqual(new Uint8Array(pageOf(heard)), pattern(PAGE));
      assert.deepEqual(
        heard.map(({ message }) => [message.kind, message.op, message.tag, message.chunk, message.chunks]),
        [0, 1, 2].map((chunk) => [Kind.REPLY, op, 77 + op, chunk, 3]),
      );
      for (const { message, payload } of heard) {
        assert.ok(payload.length + 72 + 32 <= 1500);
        assert.deepEqual([message.generation, message.number, message.requesterEpoch], [1, 5, 9]);
        assert.equal(message.hint, heard[0]!.message.hint);
      }
    }
  });

  it('answers an upgrade without the page', () => {
    const rig = new HomeRig();
    const coherence = Coherence.EXCLUSIVE | Coherence.UPGRADE;
    const [heard, ...more] = rig.get(Op.GETM, 5, { coherence });
    assert.equal(more.length, 0);
    assert.equal(heard!.payload.length, 0);
    assert.equal(heard!.message.coherence, coherence);
  });

  it('lets nobody put the words of the switch into its answers', () => {
    const rig = new HomeRig();
    for (const op of [Op.GETS, Op.GETM]) {
      const [heard] = rig.get(op, 5, { coherence: 0xff & ~Coherence.UNCACHED, bitmapLow: 6, bitmapHigh: 1 });
      assert.equal(heard!.message.coherence, Coherence.EXCLUSIVE | Coherence.UPGRADE);
      assert.deepEqual([heard!.message.bitmapLow, heard!.message.bitmapHigh], [0, 0]);
    }
  });

  it('takes a page back from its owner only: not from another client, session or generation, nor from a reader', () => {
    const rig = new HomeRig();
    rig.get(Op.GETM, 5, { epoch: 3 });
    assert.deepEqual(reasons(rig.writeback(B, { client: 2, epoch: 3 })), [Reason.STALE_GRANT]);
    assert.deepEqual(reasons(rig.writeback(B, { epoch: 2 })), [Reason.STALE_GRANT]);
    assert.deepEqual(reasons(rig.writeback(B, { epoch: 3, generation: 2 })), [Reason.STALE_GRANT]);
    assert.deepEqual(rig.read(rig.page, PAGE), new Uint8Array(PAGE));
    assert.deepEqual(reasons(rig.writeback(A, { epoch: 3 })), [0]);
    assert.deepEqual(rig.read(rig.page, PAGE), A);
    rig.get(Op.GETS, 6, { client: 2 });
    assert.deepEqual(reasons(rig.writeback(B, { client: 2 })), [Reason.STALE_GRANT]);
  });

  it('a write-back that crosses a new grant is refused, and is refused again when its client owns the page anew', () => {
    const rig = new HomeRig();
    rig.get(Op.GETM, 5);
    const late = rig.writebackFrames(B, { tag: 900 });
    rig.get(Op.GETM, 6, { client: 2 });
    assert.deepEqual(reasons(late.flatMap((frame) => rig.frame(frame))), [Reason.STALE_GRANT]);
    rig.writeback(A, { client: 2 });
    rig.get(Op.GETM, 7);
    assert.deepEqual(
      new Set(reasons(late.flatMap((frame) => rig.frame(frame)))),
      new Set([Reason.STALE_GRANT]),
    );
    assert.deepEqual(rig.read(rig.page, PAGE), A);
  });

  it('a tag that comes again in a new session of its client is another write-back', () => {
    const rig = new HomeRig();
    rig.get(Op.GETM, 5, { epoch: 3 });
    rig.writeback(A, { epoch: 3, tag: 70 });
    rig.get(Op.GETM, 6, { epoch: 4 });
    assert.deepEqual(reasons(rig.writeback(B, { epoch: 4, tag: 70 })), [0]);
    assert.deepEqual(rig.read(rig.page, PAGE), B);
  });

  it('the last chunk of a write-back that arrives after a new grant does not let it take effect', () => {
    const rig = new HomeRig();
    rig.get(Op.GETM, 5);
    const [first, second, third] = rig.writebackFrames(B);
    rig.frame(first!);
    rig.frame(second!);
    rig.get(Op.GETM, 6, { client: 2 });
    assert.deepEqual(reasons(rig.frame(third!)), [Reason.STALE_GRANT]);
    assert.deepEqual(rig.read(rig.page, PAGE), new Uint8Array(PAGE));
  });

  it('a page that was given to a reader is no more changed by an owner whom the directory has forgotten', () => {
    const rig = new HomeRig();
    rig.get(Op.GETM, 5); // and then client 1 fell silent, and was fenced
    const late = rig.writebackFrames(B);
    rig.get(Op.GETS, 6, { client: 2 });
    assert.deepEqual(reasons(late.flatMap((frame) => rig.frame(frame))), [Reason.STALE_GRANT]);
  });

  it('an owner that reads another copy of its page keeps the right to write it back', () => {
    const rig = new HomeRig();
    rig.get(Op.GETM, 5);
    rig.get(Op.GETS, 6);
    assert.deepEqual(reasons(rig.writeback(A)), [0]);
  });

  it('a GETM that was overtaken by a newer one is not answered and changes nothing; its repetition is', () => {
    const rig = new HomeRig();
    rig.get(Op.GETM, 7, { client: 2 });
    assert.deepEqual(rig.get(Op.GETM, 6), []);
    assert.equal(rig.core.counters.home.late, 1);
    assert.deepEqual(reasons(rig.writeback(A, { client: 2 })), [0]);
    assert.equal(rig.get(Op.GETM, 7, { client: 2 }).length, 3);
  });

  it('compares numbers and generations as they wrap', () => {
    const rig = new HomeRig();
    rig.get(Op.GETM, 0xffff_ffff, { client: 2 });
    assert.equal(rig.get(Op.GETM, 1).length, 3);
    assert.deepEqual(rig.get(Op.GETM, 0xffff_fffe, { client: 2 }), []);
    assert.equal(rig.get(Op.GETM, 1, { client: 2, generation: 2 }).length, 3);
    assert.deepEqual(rig.get(Op.GETM, 9, { generation: 1 }), []);
  });

  it('WRITEBACK with FORWARD stores the page, sends it to the requester, and makes it the owner if it wants to write', () => {
    const rig = new HomeRig();
    rig.get(Op.GETM, 5);
    const about = {
      number: 6,
      requester: 2,
      requesterPort: 50002,
      requesterTag: 4321,
      requesterEpoch: 8,
      bitmapLow: 2,
    };
    const coherence = Coherence.FORWARD | Coherence.EXCLUSIVE | Coherence.UPGRADE | Coherence.GRANTED;
    const heard = rig.writeback(A, { ...about, coherence, tag: 50 });
    const toRequester = { kind: Kind.REPLY, op: Op.GETM, status: 0, client: 2, tag: 4321 };
    const toSender = { kind: Kind.REPLY, op: Op.WRITEBACK, status: 0, client: 1, tag: 50 };
    assert.deepEqual(texts(heard), [toRequester, toRequester, toRequester, toSender]);
    assert.deepEqual(new Uint8Array(pageOf(heard.slice(0, 3))), A);
    const { message } = heard[0]!;
    assert.equal(message.coherence, Coherence.FORWARD | Coherence.EXCLUSIVE);
    assert.deepEqual(
      [message.clientPort, message.number, message.bitmapLow, message.epoch],
      [50002, 6, 2, 8],
    );
    assert.deepEqual(reasons(rig.writeback(B, {})), [Reason.STALE_GRANT]);
    assert.deepEqual(reasons(rig.writeback(B, { client: 2, epoch: 8 })), [0]);
  });

  it('FORWARD sends the page on without a write; after that of a GETS nobody owns it', () => {
    const rig = new HomeRig();
    rig.get(Op.GETM, 5);
    rig.writeback(A);
    const about = { number: 6, requester: 2, requesterPort: 50002, requesterTag: 4321 };
    const heard = rig.frame(rig.coherent(Op.FORWARD, about));
    assert.deepEqual(
      heard.map(({ message }) => message.op),
      [Op.GETS, Op.GETS, Op.GETS, Op.FORWARD],
    );
    assert.deepEqual(new Uint8Array(pageOf(heard.slice(0, 3))), A);
    assert.deepEqual(reasons(rig.frame(rig.coherent(Op.FORWARD, { ...about, number: 7 }))), [
      Reason.STALE_GRANT,
    ]);
  });

  it('repeats both answers when a write-back is repeated, once for all its chunks; none to a requester whom a newer grant has overtaken', () => {
    const rig = new HomeRig();
    rig.get(Op.GETM, 5);
    const about = {
      number: 6,
      requester: 2,
      requesterPort: 50002,
      requesterTag: 4321,
      coherence: Coherence.FORWARD,
    };
    const frames = rig.writebackFrames(A, about);
    for (const frame of frames) rig.frame(frame);
    const again = frames.flatMap((frame) => rig.frame(frame));
    assert.deepEqual(again.filter(({ message }) => message.op === Op.GETS).length, 3);
    assert.equal(rig.core.counters.home.writebacks, 1);
    rig.get(Op.GETM, 7, { client: 3 });
    rig.writeback(B, { client: 3 });
    const late = frames.flatMap((frame) => rig.frame(frame));
    assert.deepEqual(new Set(late.map(({ message }) => message.op)), new Set([Op.WRITEBACK]));
    assert.deepEqual(rig.read(rig.page, PAGE), B);
  });

  describe('a WRITE or TRIM without a grant', () => {
    const generation = (g: number) => ({ extensions: Extension.COHERENCE, generation: g });
    it('takes effect under the generation in which the page has no entry, and takes the page from its last owner', () => {
      const rig = new HomeRig();
      rig.get(Op.GETM, 5);
      assert.deepEqual(reasons(rig.write(rig.page, A, generation(2))), [0]);
      assert.deepEqual(rig.read(rig.page, PAGE), A);
      assert.deepEqual(reasons(rig.writeback(B)), [Reason.STALE_GRANT]);
      assert.deepEqual(rig.get(Op.GETM, 6), []);
      assert.deepEqual(
        reasons(rig.ask({ op: Op.TRIM, offsetInNode: rig.page, length: 8, ...generation(2) })),
        [0],
      );
    });

    it('is refused if the page was granted under a newer generation, even to a reader', () => {
      for (const op of [Op.GETS, Op.GETM]) {
        const rig = new HomeRig();
        rig.get(op, 1, { generation: 3 });
        assert.deepEqual(reasons(rig.write(rig.page, A, generation(2))), [Reason.STALE_GRANT]);
        const trim = { op: Op.TRIM, offsetInNode: rig.page, length: 8, ...generation(2) };
        assert.deepEqual(reasons(rig.ask(trim)), [Reason.STALE_GRANT]);
        assert.deepEqual(rig.read(rig.page, PAGE), new Uint8Array(PAGE));
      }
    });

    it('is as old as its oldest chunk', () => {
      const rig = new HomeRig();
      const [first] = rig.writeFrames(rig.page, A, { tag: 60, ...generation(2) });
      const [, ...rest] = rig.writeFrames(rig.page, A, { tag: 60, ...generation(4) });
      rig.frame(first!);
      rig.get(Op.GETS, 1, { generation: 3 });
      assert.deepEqual(reasons(rest.flatMap((frame) => rig.frame(frame))), [Reason.STALE_GRANT]);
    });

    it('is refused on a page that was ever granted if the switch did not stamp it; other pages are ordinary memory', () => {
      const rig = new HomeRig();
      rig.get(Op.GETS, 1);
      assert.deepEqual(reasons(rig.write(rig.page, A)), [Reason.COHERENT]);
      assert.deepEqual(reasons(rig.write(rig.page + PAGE, A)), [0]);
    });
  });

  it('memory that is freed and given to somebody else belongs to nobody, and late messages stay late', () => {
    const rig = new HomeRig();
    rig.get(Op.GETM, 5);
    const late = rig.writebackFrames(B);
    rig.ask({ op: Op.FREE, offsetInNode: rig.page });
    assert.deepEqual(reasons(late.flatMap((frame) => rig.frame(frame))).pop(), Reason.OUT_OF_BOUNDS);
    assert.equal(rig.alloc(4 * PAGE, { client: 2 }), rig.page);
    assert.deepEqual(reasons(rig.writeback(B)), [Reason.STALE_GRANT]);
    assert.deepEqual(rig.get(Op.GETM, 4), []);
  });

  it('refuses what is not one whole page, has no coherence header, or lies outside memory', () => {
    const rig = new HomeRig();
    for (const op of [Op.GETS, Op.GETM, Op.FORWARD]) {
      assert.deepEqual(reasons(rig.get(op, 1, { length: 100 })), [Reason.BAD_LENGTH]);
      assert.deepEqual(reasons(rig.get(op, 1, { offsetInNode: rig.page + 8 })), [Reason.CROSSES_PAGE]);
      assert.deepEqual(reasons(rig.get(op, 1, { offsetInNode: 1 << 19 })), [Reason.OUT_OF_BOUNDS]);
      assert.deepEqual(reasons(rig.get(op, 1, { chunks: 2 })), [Reason.BAD_LENGTH]);
      assert.deepEqual(reasons(rig.get(op, 1, { extensions: 0 })), [Reason.BAD_OPERATION]);
    }
    assert.deepEqual(reasons(rig.writeback(A, { offsetInNode: rig.page + 8 })).slice(-1), [
      Reason.CROSSES_PAGE,
    ]);
    assert.deepEqual(reasons(rig.writeback(A, { offsetInNode: 1 << 19 })).slice(-1), [Reason.OUT_OF_BOUNDS]);
    assert.deepEqual(reasons(rig.frame(rig.coherent(Op.WRITEBACK, {}, A.subarray(0, 64)))), [
      Reason.BAD_LENGTH,
    ]);
  });
});
