import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Message } from '../wire/index.js';
import { Grants } from './grants.js';

const PAGE = 256;
const grant = (requester: number, generation: number, number: number, requesterEpoch = 1) =>
  Object.assign(new Message(), { requester, generation, number, requesterEpoch });

describe('grants', () => {
  it('remember what was last said of each page, as a map would', () => {
    const step = fc.record({
      kind: fc.constantFrom('own', 'share', 'disown', 'clear' as const),
      page: fc.nat(3000),
      client: fc.integer({ min: 1, max: 3 }),
      generation: fc.integer({ min: 1, max: 3 }),
      number: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const grants = new Grants(PAGE);
        const model = new Map<number, { generation: number; number: number; owner: number | undefined }>();
        for (const { kind, page, client, generation, number } of steps) {
          const start = page * PAGE;
          const last = model.get(page);
          if (kind === 'clear') {
            grants.clear(start, 4 * PAGE);
            for (let i = page; i < page + 4; i++) {
              const known = model.get(i);
              if (known) known.owner = undefined;
            }
            continue;
          }
          if (kind === 'disown') grants.disown(start, generation, number);
          else grants[kind](start, grant(client, generation, number));
          const keeps = last?.owner === client && last.generation === generation;
          const owner = kind === 'own' || (kind === 'share' && keeps) ? client : undefined;
          model.set(page, { generation, number, owner });
        }
        for (const { page } of steps) {
          const start = page * PAGE;
          const last = model.get(page);
          assert.equal(grants.isKnown(start), last !== undefined);
          if (last === undefined) continue;
          assert.equal(grants.compare(start, last.generation, last.number), 0);
          assert.ok(grants.compare(start, last.generation, last.number + 1) > 0);
          assert.ok(grants.compare(start, last.generation - 1, 99) < 0);
          for (const client of [1, 2, 3]) {
            assert.equal(grants.isOwner(start, client, 1, last.generation), client === last.owner);
            assert.equal(grants.isOwner(start, client, 2, last.generation), false);
          }
        }
      }),
    );
  });

  it('a page of the very last piece, cleared with all before it, owns nothing', () => {
    const grants = new Grants(PAGE);
    for (const page of [0, 1023, 1024, 5000]) grants.own(page * PAGE, grant(1, 1, 1));
    grants.clear(0, 1024 * PAGE);
    assert.deepEqual(
      [0, 1023, 1024, 5000].map((page) => grants.isOwner(page * PAGE, 1, 1, 1)),
      [false, false, true, true],
    );
  });
});
