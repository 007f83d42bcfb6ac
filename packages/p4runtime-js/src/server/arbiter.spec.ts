import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  Code,
  decodeElectionId,
  type ElectionId,
  encodeElectionId,
  MAX_ELECTION_ID,
  MasterArbitrationUpdate,
  P4RuntimeError,
} from '../index.js';
import { Arbiter, type Notification } from './arbiter.js';

const say = (electionId: ElectionId, role = '', deviceId = 1n) =>
  MasterArbitrationUpdate.from({
    deviceId,
    role: role ? { name: role } : null,
    electionId: encodeElectionId(electionId),
  });
/** `a:OK` and so on, with `later` for what waits for Writes. */
const told = (notifications: Notification<string>[]) =>
  notifications.map(
    ({ stream, message, afterWrites }) => `${stream}:${message.status!.code}${afterWrites ? ' later' : ''}`,
  );
const fails = (code: number, pattern: RegExp) => (error: unknown) =>
  error instanceof P4RuntimeError && error.code === code && pattern.test(error.message);

describe('arbitration at the server', () => {
  let arbiter: Arbiter<string>;
  beforeEach(() => {
    arbiter = new Arbiter<string>(1n, 3);
  });

  it('makes the first with an election id primary', () => {
    assert.deepEqual(told(arbiter.update('a', say(5n))), ['a:0']);
    assert.deepEqual(arbiter.checkPrimary('', 5n), { role: '', roleConfig: null });
  });

  it('takes zero for an id, and unset for none', () => {
    assert.deepEqual(told(arbiter.update('a', say(undefined))), ['a:5']);
    assert.throws(
      () => arbiter.checkPrimary('', undefined),
      fails(Code.PERMISSION_DENIED, /election id unset, no controller has become primary yet/),
    );
    assert.deepEqual(told(arbiter.update('b', say(0n))), ['a:6', 'b:0']);
    arbiter.checkPrimary('', 0n);
  });

  it('knows all 128 bits', () => {
    arbiter.update('a', say(MAX_ELECTION_ID - 1n));
    arbiter.update('b', say(2n ** 64n - 1n));
    assert.throws(
      () => arbiter.checkPrimary('', 2n ** 64n - 1n),
      fails(Code.PERMISSION_DENIED, /the primary has 340282366920938463463374607431768211454/),
    );
    assert.deepEqual(told(arbiter.update('c', say(MAX_ELECTION_ID))), ['a:6', 'b:6', 'c:0 later']);
  });

  it('tells a backup alone, and everybody of a new primary: it last', () => {
    arbiter.update('a', say(5n));
    assert.deepEqual(told(arbiter.update('b', say(3n))), ['b:6']);
    assert.deepEqual(told(arbiter.update('c', say(7n))), ['a:6', 'b:6', 'c:0 later']);
    assert.throws(
      () => arbiter.checkPrimary('', 5n),
      fails(Code.PERMISSION_DENIED, /election id 5, the primary has 7/),
    );
  });

  it('leaves no primary when it leaves, and takes only an id as high', () => {
    arbiter.update('a', say(5n));
    arbiter.update('b', say(3n));
    assert.deepEqual(told(arbiter.leave('a')), ['b:5']);
    assert.throws(
      () => arbiter.checkPrimary('', 5n),
      fails(Code.PERMISSION_DENIED, /the next needs an election id of at least 5/),
    );
    assert.deepEqual(told(arbiter.update('c', say(4n))), ['c:5']);
    assert.deepEqual(told(arbiter.update('b', say(5n))).sort(), ['b:0', 'c:6']);
  });

  it('lets a primary step down', () => {
    arbiter.update('a', say(5n));
    arbiter.update('b', say(3n));
    assert.deepEqual(told(arbiter.update('a', say(1n))).sort(), ['a:5', 'b:5']);
  });

  it('says nothing when a backup leaves', () => {
    arbiter.update('a', say(5n));
    arbiter.update('b', say(3n));
    assert.deepEqual(arbiter.leave('b'), []);
    assert.deepEqual(arbiter.leave('nobody'), []);
  });

  it('refuses an election id that another live controller has, and nothing changes', () => {
    arbiter.update('a', say(5n));
    assert.throws(
      () => arbiter.update('b', say(5n)),
      fails(Code.INVALID_ARGUMENT, /election id 5 is already used by another live controller of device 1/),
    );
    assert.equal(arbiter.callerOf('b'), undefined);
    arbiter.update('b', say(4n));
    assert.throws(() => arbiter.update('b', say(5n)), fails(Code.INVALID_ARGUMENT, /already used/));
    assert.equal(arbiter.callerOf('b')?.isPrimary, false);
    arbiter.update('a', say(5n));
  });

  it('lets several have no election id', () => {
    arbiter.update('a', say(undefined));
    assert.deepEqual(told(arbiter.update('b', say(undefined))), ['b:5']);
  });

  it('arbitrates each role by itself', () => {
    arbiter.update('a', say(5n));
    assert.deepEqual(told(arbiter.update('b', say(5n, 'acl'))), ['b:0']);
    assert.deepEqual(arbiter.checkPrimary('acl', 5n).role, 'acl');
    assert.throws(
      () => arbiter.checkPrimary('qos', 5n),
      fails(Code.NOT_FOUND, /device 1 has no role "qos"; controllers have taken "", "acl"/),
    );
    assert.deepEqual(
      [...arbiter.primaries()].map(({ stream, caller }) => `${stream} ${caller.role}`),
      ['a ', 'b acl'],
    );
  });

  it("refuses to change a stream's device or role", () => {
    arbiter.update('a', say(5n));
    assert.throws(
      () => arbiter.update('a', say(5n, 'acl')),
      fails(Code.FAILED_PRECONDITION, /this stream has the role ""; open another one for the role "acl"/),
    );
    assert.throws(
      () => arbiter.update('a', say(5n, '', 2n)),
      fails(Code.FAILED_PRECONDITION, /belongs to device 1; open another one for device 2/),
    );
  });

  it('refuses more streams than it has room for', () => {
    for (const name of ['a', 'b', 'c']) arbiter.update(name, say(BigInt(name.charCodeAt(0))));
    assert.throws(
      () => arbiter.update('d', say(1n)),
      fails(Code.RESOURCE_EXHAUSTED, /has 3 controllers already/),
    );
    arbiter.update('c', say(200n));
  });

  it('gives everybody the role config that the primary sent last', () => {
    const config = { typeUrl: 'example.org/x', value: Uint8Array.of(1) };
    arbiter.update(
      'a',
      MasterArbitrationUpdate.from({ deviceId: 1, role: { name: 'r', config }, electionId: { low: 5 } }),
    );
    const [{ message }] = arbiter.update('b', say(1n, 'r')) as [Notification<string>];
    assert.deepEqual(message.role?.config?.value, Uint8Array.of(1));
    assert.equal(decodeElectionId(message.electionId), 5n);
  });

  it('has one primary at most, the highest id ever seen, whatever happens', () => {
    const step = fc.record({
      stream: fc.constantFrom('a', 'b', 'c'),
      id: fc.option(fc.bigInt({ min: 0n, max: 4n }), { nil: undefined }),
      leave: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const subject = new Arbiter<string>(1n, 3);
        const live = new Map<string, ElectionId>();
        const standing = new Map<string, number>();
        let highest: ElectionId;
        for (const { stream, id, leave } of steps) {
          const others = [...live].some(
            ([other, used]) => other !== stream && used !== undefined && used === id,
          );
          let notifications: Notification<string>[] = [];
          if (leave) {
            notifications = subject.leave(stream);
            live.delete(stream);
            standing.delete(stream);
          } else if (others) {
            assert.throws(() => subject.update(stream, say(id)));
          } else {
            notifications = subject.update(stream, say(id));
            live.set(stream, id);
            if (id !== undefined && (highest === undefined || id > highest)) highest = id;
          }
          for (const { stream, message } of notifications) standing.set(stream, message.status!.code);
          const primary = [...live].find(([, used]) => used !== undefined && used === highest)?.[0];
          // What each was told last is how it is now.
          for (const name of live.keys()) {
            assert.equal(
              standing.get(name),
              name === primary ? Code.OK : primary ? Code.ALREADY_EXISTS : Code.NOT_FOUND,
            );
          }
          assert.deepEqual(
            [...subject.primaries()].map((one) => one.stream),
            primary ? [primary] : [],
          );
        }
      }),
      { numRuns: 500 },
    );
  });
});
