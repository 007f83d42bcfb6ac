import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Kind, Message, Op } from '../wire/index.js';
import { AnswerMemory } from './answers.js';

function write(tag: number, fields: Partial<Message> = {}): Message {
  return Object.assign(new Message(), { op: Op.WRITE, client: 1, tag, length: 8, pointerLow: 4096 }, fields);
}

function remember(memory: AnswerMemory, request: Message, now: number): void {
  memory.remember(request, new Message().answer(request, Kind.REPLY), 1, now);
}

describe('AnswerMemory', () => {
  const limits = { answersPerClient: 4, clients: 2, maxAge: 1000 };

  it('knows what it answered, for each client apart', () => {
    const memory = new AnswerMemory(limits);
    assert.equal(memory.recall(write(7), 0), undefined);
    remember(memory, write(7), 0);
    const answered = memory.recall(write(7), 500);
    assert.ok(typeof answered === 'object' && answered.kind === Kind.REPLY && answered.length === 8);
    assert.equal(memory.recall(write(7, { client: 2 }), 500), undefined);
  });

  it('takes the same tag with another question for a new life of the client', () => {
    const memory = new AnswerMemory(limits);
    remember(memory, write(7), 0);
    for (const other of [{ op: Op.TRIM }, { pointerLow: 0 }, { pointerHigh: 1 }, { length: 9 }]) {
      assert.equal(memory.recall(write(7, other), 1), undefined);
    }
  });

  it('calls a tag stale whose answer had to be forgotten, also across the wrap of tags', () => {
    const memory = new AnswerMemory(limits);
    const tags = Array.from({ length: 10 }, (_, i) => (0xffff_fffb + i) >>> 0);
    for (const tag of tags) remember(memory, write(tag), 10);
    assert.equal(memory.size, 4);
    assert.deepEqual(
      tags.map((tag) => memory.recall(write(tag), 20)).map((r) => (typeof r === 'object' ? 'known' : r)),
      [...new Array<string>(6).fill('stale'), ...new Array<string>(4).fill('known')],
    );
    assert.equal(memory.recall(write(5), 20), undefined, 'the next tag is new');
    assert.equal(memory.recall(write(0xffff_fffa), 20), undefined, 'a tag from before was never seen');
    assert.equal(memory.recall(write(tags[0]!), 2000), undefined, 'nothing repeats for so long');
  });

  it('forgets by age', () => {
    const memory = new AnswerMemory(limits);
    remember(memory, write(1), 0);
    remember(memory, write(2), 1500);
    assert.equal(memory.size, 1);
    assert.equal(memory.recall(write(1), 1500), 'stale');
  });

  it('does not take a new life of a client for the past of the old one', () => {
    const memory = new AnswerMemory(limits);
    for (let tag = 0; tag < 8; tag++) remember(memory, write(tag), 0);
    for (let tag = 0; tag < 8; tag++) {
      const reborn = write(0x9000_0000 + tag);
      assert.equal(memory.recall(reborn, 1), undefined);
      remember(memory, reborn, 1);
    }
    assert.equal(memory.recall(write(0x9000_0002), 1), 'stale');
    assert.equal(memory.recall(write(0x5000_0000), 1), undefined);
  });

  it('has room for so many clients, and forgets one only when it was silent for long', () => {
    const memory = new AnswerMemory(limits);
    remember(memory, write(1, { client: 1 }), 0);
    remember(memory, write(1, { client: 2 }), 900);
    assert.equal(memory.recall(write(1, { client: 3 }), 950), 'full');
    assert.equal(memory.recall(write(1, { client: 3 }), 1100), undefined);
    remember(memory, write(1, { client: 3 }), 1100);
    assert.equal(memory.recall(write(1, { client: 1 }), 1100), 'full');
    assert.notEqual(memory.recall(write(1, { client: 2 }), 1100), undefined);
  });

  it('never lets a request through twice while its client keeps within half of the memory', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffff_ffff }),
        fc.array(fc.nat(3), { maxLength: 60 }),
        (first, repeats) => {
          const memory = new AnswerMemory({ ...limits, answersPerClient: 8 });
          for (const [i, back] of repeats.entries()) {
            const tag = (first + i) >>> 0;
            assert.equal(memory.recall(write(tag), i), undefined);
            remember(memory, write(tag), i);
            if (back > i) continue;
            assert.equal(typeof memory.recall(write((tag - back) >>> 0), i), 'object');
          }
        },
      ),
    );
  });
});
