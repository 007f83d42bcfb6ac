import assert from 'node:assert/strict';
import {
  type ArbitrationState,
  ClientArbitration,
  Code,
  encodeElectionId,
  MasterArbitrationUpdate,
  P4RuntimeError,
  showArbitration,
} from '../index.js';

const answer = (code: number, highest?: bigint, deviceId = 1n) =>
  MasterArbitrationUpdate.from({
    deviceId,
    electionId: encodeElectionId(highest),
    status: { code, message: 'because' },
  });

const shown = (state: ArbitrationState | undefined) => state && showArbitration(state);

describe('arbitration at the client', () => {
  it('asks with device, role and all 128 bits', () => {
    const { electionId, role, deviceId } = new ClientArbitration(7n, 'acl', 2n ** 64n + 5n).request();
    assert.deepEqual([deviceId, role?.name, electionId?.high, electionId?.low], [7n, 'acl', 1n, 5n]);
  });

  it('leaves an unset id and the default role unset', () => {
    const { electionId, role } = new ClientArbitration(7n, '', undefined).request();
    assert.deepEqual([electionId, role], [null, null]);
    assert.notEqual(new ClientArbitration(7n, '', 0n).request().electionId, null);
  });

  it('goes from standing to standing', () => {
    const subject = new ClientArbitration(1n, '', 5n);
    assert.equal(showArbitration(subject.state), 'waiting');
    assert.equal(shown(subject.receive(answer(Code.OK, 5n))), 'primary');
    assert.equal(
      shown(subject.receive(answer(Code.ALREADY_EXISTS, 9n))),
      'backup; the primary has election id 9',
    );
    assert.equal(
      shown(subject.receive(answer(Code.NOT_FOUND, 9n))),
      'backup; the primary left, and the next needs an election id of at least 9',
    );
    assert.equal(shown(subject.receive(answer(Code.NOT_FOUND))), 'backup; nobody has been primary yet');
    subject.setElectionId(9n);
    assert.equal(shown(subject.receive(answer(Code.OK, 9n))), 'primary');
    assert.equal(showArbitration(subject.end(undefined)), 'ended');
    assert.equal(shown(subject.receive(answer(Code.OK, 9n))), 'ended');
  });

  describe('after another election id was sent', () => {
    /** Primary with 5, or backup of a primary with 5; then `next` is sent. */
    const asking = (was: 'primary' | 'backup', next: bigint | undefined) => {
      const subject = new ClientArbitration(1n, '', was === 'primary' ? 5n : 3n);
      subject.receive(answer(was === 'primary' ? Code.OK : Code.ALREADY_EXISTS, 5n));
      subject.setElectionId(next);
      return subject;
    };
    const stale: [string, 'primary' | 'backup', bigint | undefined, number, bigint][] = [
      ['that the old id is primary', 'primary', 9n, Code.OK, 5n],
      ['that the old id is primary, when stepping down', 'primary', undefined, Code.OK, 5n],
      ['that a lower id is primary', 'backup', 9n, Code.ALREADY_EXISTS, 6n],
      ['that a lower primary left', 'backup', 9n, Code.NOT_FOUND, 5n],
      ['that the primary with this very id left', 'backup', 5n, Code.NOT_FOUND, 5n],
    ];
    for (const [name, was, next, code, highest] of stale) {
      it(`passes over the word ${name}: it was said before`, () => {
        const subject = asking(was, next);
        const before = subject.state;
        assert.equal(subject.receive(answer(code, highest)), undefined);
        assert.equal(subject.state, before);
      });
    }

    it('takes the answer, and from then on every word again', () => {
      const subject = asking('backup', 9n);
      assert.equal(shown(subject.receive(answer(Code.OK, 9n))), 'primary');
      assert.match(shown(subject.receive(answer(Code.NOT_FOUND, 9n)))!, /^backup; the primary left/);
    });

    it('takes the word that a higher id is primary', () => {
      assert.match(
        shown(asking('backup', 9n).receive(answer(Code.ALREADY_EXISTS, 10n)))!,
        /has election id 10/,
      );
    });
  });

  const absurd: [string, bigint | undefined, MasterArbitrationUpdate, RegExp][] = [
    ['another device', 5n, answer(Code.OK, 5n, 2n), /names device 2, but this stream is for device 1/],
    [
      'a primary without an id',
      undefined,
      answer(Code.OK),
      /makes a controller primary that has no election id/,
    ],
    ['somebody else as primary here', 5n, answer(Code.OK, 6n), /with election id 6, which is not its own/],
    ['a status that says nothing', 5n, answer(Code.DATA_LOSS), /its status is DATA_LOSS: because/],
  ];
  for (const [name, electionId, message, pattern] of absurd) {
    it(`does not believe ${name}`, () =>
      assert.throws(
        () => new ClientArbitration(1n, '', electionId).receive(message),
        (error) =>
          error instanceof P4RuntimeError && error.code === Code.INTERNAL && pattern.test(error.message),
      ));
  }

  it('takes no id of more than 128 bits', () => {
    assert.throws(() => new ClientArbitration(1n, '', 2n ** 128n), /from 0 to 2\^128 - 1/);
  });
});
