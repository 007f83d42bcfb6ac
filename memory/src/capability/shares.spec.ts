import assert from 'node:assert/strict';
import fc from 'fast-check';
import { grantAround, type Holding, withShare } from './shares.js';

const PAGE = 4096;
const PAGES = 16;
const holding: Holding = { start: 0x10000, end: 0x20000, owner: 1, shares: new Map() };

describe('shares of an allocation', () => {
  it('give the owner everything, as one range', () => {
    assert.deepEqual(grantAround(holding, 1, 0x15123, PAGE), { start: 0x10000, range: 16, rights: 7 });
    assert.equal(grantAround(holding, 2, 0x15123, PAGE), undefined);
  });

  it('give others the largest aligned range inside what they were given', () => {
    const shared = withShare(holding, 2, { start: 0x11000, end: 0x15000, rights: 1 });
    assert.deepEqual(grantAround(shared, 2, 0x11abc, PAGE), { start: 0x11000, range: 12, rights: 1 });
    assert.deepEqual(grantAround(shared, 2, 0x13000, PAGE), { start: 0x12000, range: 13, rights: 1 });
    assert.equal(grantAround(shared, 2, 0x15000, PAGE), undefined);
  });

  it('are page by page what was said last, and a grant never says more', () => {
    const change = fc.record({
      domain: fc.integer({ min: 1, max: 3 }),
      from: fc.integer({ min: 0, max: PAGES - 1 }),
      pages: fc.integer({ min: 1, max: PAGES }),
      rights: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
        const model = new Map<string, number>();
        let now = holding;
        for (const { domain, from, pages, rights } of changes) {
          const to = Math.min(from + pages, PAGES);
          const start = holding.start + from * PAGE;
          now = withShare(now, domain, { start, end: holding.start + to * PAGE, rights });
          for (let page = from; page < to; page++) model.set(`${domain}/${page}`, rights);
        }
        for (let domain = 1; domain <= 3; domain++) {
          const at = (page: number) => (domain === 1 ? 7 : (model.get(`${domain}/${page}`) ?? 0));
          for (let page = 0; page < PAGES; page++) {
            const grant = grantAround(now, domain, holding.start + page * PAGE + 5, PAGE);
            assert.equal(grant?.rights ?? 0, at(page));
            if (!grant) continue;
            assert.equal(grant.start % 2 ** grant.range, 0);
            const first = (grant.start - holding.start) / PAGE;
            for (let p = first; p < first + 2 ** grant.range / PAGE; p++) assert.equal(at(p), grant.rights);
          }
        }
      }),
    );
  });
});
