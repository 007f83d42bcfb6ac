import assert from 'node:assert/strict';
import { wire } from '@bluebridge/memory';
import { ManualTime } from '../coherence/testing.js';
import { Intent } from '../intent/intent.js';
import type { Outgoing } from '../punt/outcome.js';
import { testFabric } from '../testing/fabric.js';
import { ServerRequests } from './server-requests.js';

function rig() {
  const time = new ManualTime();
  const sent: Outgoing[] = [];
  const intent = new Intent(testFabric);
  const requests = new ServerRequests({
    intent,
    send: (frame) => sent.push(frame),
    timers: time,
    random: () => 0,
  });
  const [server] = testFabric.servers;
  const last = (): wire.Message => {
    const message = new wire.Message();
    assert.equal(wire.decodeFrame(sent.at(-1)!.frame, message), undefined);
    return message;
  };
  return { time, sent, intent, requests, server: server!, last };
}

describe('requests of the controller to servers', () => {
  it('go out of the server’s port in the name of the fabric, again and again until they are answered', async () => {
    const { time, sent, requests, server, last } = rig();
    let done = false;
    const asking = requests.ask(server, { op: wire.Op.KEY, length: 8 }, new Uint8Array(8)).then(() => {
      done = true;
    });
    await time.pass(100);
    assert.ok(sent.length > 2);
    assert.deepEqual([sent[0]!.switch, sent[0]!.port], [server.switch, server.port]);
    assert.equal(last().client, wire.ANYCAST_NODE);
    assert.deepEqual(new Set(sent.map(({ frame }) => Buffer.from(frame).toString('hex'))).size, 1);
    assert.equal(done, false);
    assert.ok(requests.answered(new wire.Message().refuse(last(), wire.Reason.BUSY)));
    await time.pass(1);
    assert.equal(done, false);
    assert.ok(requests.answered(new wire.Message().answer(last(), wire.Kind.REPLY)));
    await asking;
    const before = sent.length;
    await time.pass(10_000);
    assert.equal(sent.length, before);
  });

  it('take no answer of another server, to another operation, or that nobody asked for', async () => {
    const { requests, server, last } = rig();
    void requests.ask(server, { op: wire.Op.KEY });
    const answer = (fields: Partial<wire.Message>) =>
      requests.answered(Object.assign(new wire.Message().answer(last(), wire.Kind.REPLY), fields));
    assert.equal(answer({ node: 0x102 }), false);
    assert.equal(answer({ op: wire.Op.REVOKE }), false);
    assert.equal(answer({ tag: 77 }), false);
    assert.equal(answer({}), true);
  });

  it('are over when the server leaves the fabric', async () => {
    const { time, intent, requests, server } = rig();
    const asking = requests.ask(server, { op: wire.Op.KEY });
    intent.setHosts({ ...testFabric, servers: testFabric.servers.slice(1) }, [server.name]);
    await time.pass(20);
    await asking;
  });
});
