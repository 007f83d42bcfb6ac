import assert from 'node:assert/strict';
import { once } from 'node:events';
import { TestEtcd } from '../testing/etcd.js';
import { EtcdElection, type Term } from './etcd-election.js';

const never = new AbortController().signal;
const ended = ({ signal }: Term) => (signal.aborted ? undefined : once(signal, 'abort'));

describe('Election by etcd', function () {
  this.timeout(60_000);
  let etcd: TestEtcd;
  const elections: EtcdElection[] = [];
  const terms: Term[] = [];
  const candidate = (name: string, now?: () => number): EtcdElection => {
    const election = new EtcdElection({
      ...{ hosts: [etcd.address], fabric: 'lab', candidate: name, ttl: 2 },
      ...(now && { now }),
    });
    elections.push(election);
    return election;
  };
  const lead = async (election: EtcdElection, onWaiting?: (reason: string) => void): Promise<Term> => {
    const term = await election.lead(never, onWaiting);
    terms.push(term);
    return term;
  };

  beforeEach(async () => {
    etcd = await TestEtcd.start();
  });
  afterEach(async () => {
    await Promise.all(terms.splice(0).map((term) => term.resign()));
    for (const election of elections.splice(0)) election.close();
    await etcd.stop();
  });

  it('lets one lead; the next one has a higher election id, and finds what the first one stored', async () => {
    const first = await lead(candidate('a'));
    await first.store.commit(
      new Map([
        ['x', '1'],
        ['y', '2'],
      ]),
    );
    await first.store.commit(new Map([['y', undefined]]));
    let waits: () => void;
    const waiting = new Promise<void>((resolve) => {
      waits = resolve;
    });
    const next = lead(candidate('b'), () => waits());
    await waiting;
    await first.resign();
    const second = await next;
    assert.deepEqual([first.leads(), second.leads()], [false, true]);
    assert.ok(second.electionId > first.electionId);
    assert.deepEqual([...(await second.store.load())], [['x', '1']]);
  });

  it('lets a controller that was deposed change nothing, even before it knows', async () => {
    // Its clock stands still: it believes that it leads.
    const first = await lead(candidate('a', () => 0));
    await first.store.commit(new Map([['x', 'first']]));
    await etcd.remove('bluebridge/lab/leader');
    const second = await lead(candidate('b'));
    await second.store.commit(new Map([['x', 'second']]));
    await assert.rejects(first.store.commit(new Map([['x', 'late']])), { code: 'STORE_DEPOSED' });
    await assert.rejects(first.store.load(), { code: 'STORE_DEPOSED' });
    assert.deepEqual([...(await second.store.load())], [['x', 'second']]);
    await ended(first);
    assert.equal(first.leads(), false);
  });

  it('ends a term that etcd does not confirm any more, and leads again when etcd is back', async () => {
    const election = candidate('a');
    const first = await lead(election);
    etcd.freeze();
    await assert.rejects(first.store.commit(new Map([['x', '1']])), { code: 'STORE_UNAVAILABLE' });
    await ended(first);
    assert.equal(first.leads(), false);
    etcd.thaw();
    const second = await lead(election);
    assert.ok(second.leads() && second.electionId > first.electionId);
    await second.store.commit(new Map([['z', '1']]));
  });

  it('commits more than fits into one transaction wholly', async () => {
    const { store } = await lead(candidate('a'));
    const many = new Map(Array.from({ length: 1000 }, (_, i) => [`key/${i}`, String(i)]));
    await store.commit(many);
    assert.deepEqual(new Map([...(await store.load())].sort()), new Map([...many].sort()));
    await store.commit(new Map([...many.keys()].map((key) => [key, undefined])));
    assert.equal((await store.load()).size, 0);
  });

  it('commits and loads more than fits into one message', async () => {
    const { store } = await lead(candidate('a'));
    const many = new Map(Array.from({ length: 250 }, (_, i) => [`key/${i}`, `${i}/`.padEnd(20_000, 'x')]));
    await store.commit(many);
    assert.deepEqual(new Map([...(await store.load())].sort()), new Map([...many].sort()));
  });

  it('gives up when it is told to', async () => {
    await lead(candidate('a'));
    const giveUp = new AbortController();
    const waiting = candidate('b').lead(giveUp.signal, () => giveUp.abort(new Error('enough')));
    await assert.rejects(waiting, /enough/);
  });
});
