import assert from 'node:assert/strict';
import {
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
    assert.equal(showArbitration(subject.receive(answer(Code.OK, 5n))), 'primary');
    assert.equal(
      showArbitration(subject.receive(answer(Code.ALREADY_EXISTS, 9n))),
      'backup; the primary has election id 9',
    );
    assert.equal(
      showArbitration(subject.receive(answer(Code.NOT_FOUND, 9n))),
      'backup; the primary left, and the next needs an election id of at least 9',
    );
    assert.equal(
      showArbitration(subject.receive(answer(Code.NOT_FOUND))),
      'backup; nobody has been primary yet',
    );
    subject.setElectionId(9n);
    assert.equal(showArbitration(subject.receive(answer(Code.OK, 9n))), 'primary');
    assert.equal(showArbitration(subject.end(undefined)), 'ended');
    assert.equal(showArbitration(subject.receive(answer(Code.OK, 9n))), 'ended');
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
