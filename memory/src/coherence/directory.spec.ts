import assert from 'node:assert/strict';
import {
  answered,
  CONTROLLER_INDEX,
  drop,
  type Entry,
  fence,
  getModified,
  getShared,
  isFrom,
  isHomeCurrent,
  newEntry,
  type Route,
  senderOf,
  subscribe,
  unblock,
} from './directory.js';

const LEASE = 50;
const [a, b, c] = [senderOf(0), senderOf(1), senderOf(40)];
const controller = senderOf(CONTROLLER_INDEX);

function entryWith(...steps: ((entry: Entry) => unknown)[]): Entry {
  const entry = newEntry();
  for (const step of steps) step(entry);
  return entry;
}
const reads =
  (who: typeof a, tag = 1) =>
  (entry: Entry) =>
    getShared(entry, who, tag, 0);
/** A GETM that nobody has to answer, done. */
const owns =
  (who: typeof a, tag = 1) =>
  (entry: Entry) => {
    assert.equal(getModified(entry, who, tag, 0, LEASE).to, 'home');
    unblock(entry, who, tag, true);
  };
function probed(route: Route): { lo: number; hi: number; home: boolean; keep: boolean; number: number } {
  assert.equal(route.to, 'probe');
  return route as never;
}

describe('directory entry', () => {
  it('sends readers to the home, however many, and owners too while they are alone', () => {
    const entry = newEntry();
    assert.deepEqual(getShared(entry, a, 1, 0), { to: 'home', number: 1 });
    assert.deepEqual(getShared(entry, c, 1, 0), { to: 'home', number: 2 });
    assert.equal(getModified(newEntry(), a, 1, 0, LEASE).to, 'home');
  });

  it('probes sharers and asks the home at the same time when one of them wants to write', () => {
    const entry = entryWith(reads(a), reads(b), reads(c));
    const { lo, hi, home, keep } = probed(getModified(entry, a, 2, 0, LEASE));
    assert.deepEqual([lo, hi, home, keep], [b.bitLo, c.bitHi, true, false]);
  });

  it('probes an owner alone, and does not ask the home, which may be behind', () => {
    const entry = entryWith(owns(a));
    const read = probed(getShared(entry, b, 7, 0));
    assert.deepEqual([read.lo, read.hi, read.home, read.keep], [a.bitLo, 0, false, true]);
    assert.equal(isHomeCurrent(entry), false);
    const write = probed(getModified(entryWith(owns(a)), b, 7, 0, LEASE));
    assert.deepEqual([write.lo, write.home, write.keep], [a.bitLo, false, false]);
  });

  it('asks nothing of the home before every pending client has answered, and grants then', () => {
    const entry = entryWith(reads(a), reads(b));
    const { number } = probed(getModified(entry, c, 9, 0, LEASE));
    const requester = { index: 40, tag: 9 };
    assert.deepEqual(answered(entry, a, number, true, requester), { clear: false, granted: false });
    assert.equal(getModified(entry, c, 9, 1, LEASE).to, 'probe');
    assert.deepEqual(answered(entry, a, number, true, requester), { clear: false, granted: false }); // a duplicate
    assert.deepEqual(answered(entry, b, number, true, requester), { clear: true, granted: true });
    assert.equal(getModified(entry, c, 9, 2, LEASE).to, 'home');
  });

  it('grants nothing to whom the lock is not', () => {
    const entry = entryWith(reads(a));
    const { number } = probed(getModified(entry, b, 9, 0, LEASE));
    assert.deepEqual(answered(entry, a, number, true, { index: 2, tag: 9 }), { clear: true, granted: false });
  });

  it('does not count answers to probes before the last request that had somebody to probe', () => {
    const entry = entryWith(reads(a));
    const first = probed(getModified(entry, b, 1, 0, LEASE)).number;
    answered(entry, a, first, true, { index: 1, tag: 1 });
    unblock(entry, b, 1, true);
    getShared(entry, a, 2, 0); // a copy again, by way of b
    answered(entry, b, entry.number, true, { index: 0, tag: 2 });
    probed(getModified(entry, c, 3, 0, LEASE));
    const late = answered(entry, a, first, true, { index: 40, tag: 3 });
    assert.deepEqual(late, { clear: false, granted: false });
    assert.equal(entry.pendingLo, a.bitLo | b.bitLo);
  });

  it('does not take the answer to a probe with KEEP for one without', () => {
    const entry = entryWith(owns(a));
    const kept = probed(getShared(entry, b, 1, 0)).number;
    probed(getModified(entry, c, 2, 0, LEASE));
    assert.equal(answered(entry, a, kept, true, { index: 40, tag: 2 }).clear, false);
  });

  it('lets nobody keep anything while somebody is left over from before', () => {
    const entry = entryWith(reads(a));
    getModified(entry, b, 1, 0, LEASE); // and b is never heard of again
    const { lo, keep } = probed(getShared(entry, c, 1, LEASE));
    assert.deepEqual([lo, keep], [a.bitLo | b.bitLo, false]);
  });

  it('does not count answers about a former entry of the slot', () => {
    const entry = entryWith(reads(a));
    const { number } = probed(getModified(entry, b, 9, 0, LEASE));
    assert.deepEqual(answered(entry, a, number, false, { index: 1, tag: 9 }), {
      clear: false,
      granted: false,
    });
    assert.equal(entry.pendingLo, a.bitLo);
  });

  it('blocks others until UNBLOCK, or until the lock has run out', () => {
    const entry = newEntry();
    getModified(entry, a, 5, 1000, LEASE);
    assert.equal(getModified(entry, b, 5, 1000, LEASE).to, 'busy');
    assert.equal(getShared(entry, b, 5, 1049).to, 'busy');
    unblock(entry, b, 5, true);
    assert.equal(getShared(entry, b, 5, 1049).to, 'busy');
    assert.equal(getModified(structuredClone(entry), b, 5, 1050, LEASE).to, 'probe');
    unblock(entry, a, 5, true);
    assert.equal(getModified(entry, b, 5, 1049, LEASE).to, 'probe');
  });

  it('keeps an owner whose own late GETS comes by', () => {
    const entry = entryWith(reads(a), owns(a, 2));
    assert.equal(getShared(entry, a, 1, 0).to, 'home');
    assert.equal(entry.owner, 1);
  });

  it('forgets who drops, unless somebody has asked since', () => {
    const entry = entryWith(owns(a));
    drop(entry, a, 1, true);
    assert.deepEqual([entry.owner, entry.sharersLo], [0, 0]);
    const later = entryWith(reads(a), reads(b));
    drop(later, a, 1, true);
    assert.equal(later.sharersLo, a.bitLo | b.bitLo);
  });

  it('gives everything back to the controller', () => {
    const entry = entryWith(owns(a));
    const { lo, home, number } = probed(getModified(entry, controller, 1, 0, LEASE));
    assert.deepEqual([lo, home, entry.owner, entry.sharersLo], [a.bitLo, false, 0, 0]);
    answered(entry, a, number, true, { index: CONTROLLER_INDEX, tag: 1 });
    assert.equal(getModified(entry, controller, 1, 1, LEASE).to, 'recalled');
  });

  it('owes nothing to whom it has fenced', () => {
    const entry = entryWith(owns(a));
    probed(getModified(entry, b, 1, 0, LEASE));
    fence(entry, a.bitLo, a.bitHi);
    assert.equal(getModified(entry, b, 1, 1, LEASE).to, 'home');
  });

  it('tells subscribers, but not who changed the page, once a GETM', () => {
    const entry = newEntry();
    subscribe(entry, a, true);
    subscribe(entry, b, true);
    getModified(entry, a, 1, 0, LEASE);
    assert.deepEqual(unblock(entry, a, 1, true), { lo: b.bitLo, hi: 0 });
    assert.equal(unblock(entry, a, 1, true), undefined);
    assert.equal(subscribe(entry, b, false), 1);
    assert.equal(entry.subscribersLo, a.bitLo);
  });

  it('compares numbers that have wrapped', () => {
    assert.ok(isFrom(0, 0xffff_ffff) && isFrom(5, 5) && !isFrom(0xffff_fff0, 3));
    const entry = Object.assign(newEntry(), { number: 0xffff_fffe, sharersLo: a.bitLo });
    assert.equal(probed(getModified(entry, b, 1, 0, LEASE)).number, 0xffff_ffff);
    assert.equal(probed(getModified(entry, b, 1, 0, LEASE)).number, 0);
    assert.equal(answered(entry, a, 0, true, { index: 1, tag: 1 }).granted, true);
  });
});
