import assert from 'node:assert/strict';
import { nearest } from './suggest.js';

const KEYS = ['name', 'servers', 'switches', 'clients', 'pageSize', 'mtu'];

describe('nearest', () => {
  for (const [written, meant] of [
    ['servrs', 'servers'],
    ['pagesize', 'pageSize'],
    ['page_size', 'pageSize'],
    ['swicthes', 'switches'],
    ['MTU', 'mtu'],
    ['client', 'clients'],
  ] as const) {
    it(`takes ${written} for ${meant}`, () => assert.equal(nearest(written, KEYS), meant));
  }

  it('suggests nothing where nothing is near', () => {
    assert.equal(nearest('colour', KEYS), undefined);
    assert.equal(nearest('x', []), undefined);
  });
});
