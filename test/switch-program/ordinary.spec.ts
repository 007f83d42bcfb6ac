import assert from 'node:assert/strict';
import { ORDINARY, REASONS } from '@bluebridge/templates';
import { ALICE, BOB, damaged, macOf, request } from './frames.js';
import { compiled, describeProgram, Testbed } from './testbed.js';

describeProgram('ordinary traffic', (bed) => {
  const body = Uint8Array.from({ length: 60 }, (_, i) => i);
  const frame = (to: Uint8Array, from: Uint8Array, type: number) =>
    Uint8Array.from([...to, ...from, type >> 8, type & 0xff, ...body]);
  const everyone = new Uint8Array(6).fill(0xff);
  const leavesBy = (from: number, bytes: Uint8Array, ...ports: number[]) =>
    bed().gives(
      from,
      bytes,
      ports.map((port) => [port, bytes] as const),
    );

  it('floods ARP, but not back', () => {
    leavesBy(ALICE.port, frame(everyone, macOf(ALICE.node), 0x0806), 1, 2, 4);
    assert.equal(bed().count('ordinary', ORDINARY.FLOODED), 1);
  });
  it('floods neighbour solicitations', () => {
    const multicast = Uint8Array.of(0x33, 0x33, 0xff, 0, 0, 1);
    const icmp = damaged(request(), [20, 58]);
    icmp.set(multicast);
    leavesBy(BOB.port, icmp, 1, 2, 3);
  });
  it('forwards IPv4 and IPv6 to known stations', () => {
    leavesBy(ALICE.port, frame(macOf(BOB.node), macOf(ALICE.node), 0x0800), 4);
    const udp = damaged(request(), [54, 9], [55, 9], [56, 9], [57, 9]);
    udp.set(macOf(BOB.node));
    leavesBy(ALICE.port, udp, 4);
    assert.equal(bed().count('ordinary', ORDINARY.FORWARDED), 2);
  });
  it('never sends a frame back where it came from', () =>
    leavesBy(ALICE.port, frame(macOf(ALICE.node), macOf(ALICE.node), 0x0800)));
  it('is not what a frame from or to the memory port is, whatever its MAC address', () => {
    const broadcast = damaged(request({ client: BOB.node }), [0, 0xff]);
    bed().dropped(REASONS.SPOOFED_SOURCE, ALICE, broadcast);
  });
  it('is dropped where the feature is off', () => {
    const without = new Testbed(bed().engine, compiled({ ordinaryTraffic: false }));
    without.gives(ALICE.port, frame(macOf(BOB.node), macOf(ALICE.node), 0x0800), []);
  });
});
