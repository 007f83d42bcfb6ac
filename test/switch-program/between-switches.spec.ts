import assert from 'node:assert/strict';
import { wire } from '@bluebridge/memory';
import { FABRIC_PUNTS, generate, PUNTS, parseFabric, REASONS, RIGHTS } from '@bluebridge/templates';
import { type EngineName, type EntrySpec, V1ModelSwitch } from 'p4-switch';
import { ALICE, answer, BOB, CPU, damaged, M1, M2, nackOf, punted, request, routed } from './frames.js';

const SPEC = `name: two
switches: [{ name: s1 }, { name: s2 }, { name: s3 }]
links: [{ between: ["s1:21", "s2:21"] }, { between: ["s1:22", "s2:22"] }, { between: ["s1:23", "s3:21"] }]
servers:
  - { name: m1, node: 0x101, switch: s1, port: 1, capacity: 1MiB }
  - { name: m2, node: 0x102, switch: s2, port: 2, capacity: 1MiB }
clients:
  - { name: alice, node: 0x1, switch: s1, port: 3 }
  - { name: bob, node: 0x2, switch: s2, port: 4 }
`;
const PAGE = 4096n;
const TRUNKS = [21, 22];
const TO_S3 = 23;
let program: string | undefined;

const exact = (value: number) => ({ kind: 'exact', value: BigInt(value) }) as const;
const home = (node: number, pointer = 0n, bits = 0) =>
  ({ kind: 'lpm', value: (BigInt(node) << 64n) | pointer, prefixLength: 16 + bits }) as const;
const mac = (node: number): bigint => 0x02bb00000000n + BigInt(node);
const onward = (frame: Uint8Array) => damaged(frame, [21, frame[21]! - 1]);
const HOP_LIMIT = 64;

/** Switch s1: m1 and alice at its ports 1 and 3, two trunks to s2, where m2 and bob are, and one to s3. */
class Leaf {
  readonly device = new V1ModelSwitch({ cpuPort: CPU });

  constructor(engine: EngineName) {
    program ??= generate(parseFabric(SPEC), { target: 'bmv2' }).bmv2;
    this.device.loadPipeline(program!, { engine });
    this.add('source_guard', [exact(M1.port), exact(M1.node)], 'server')
      .add('source_guard', [exact(ALICE.port), exact(ALICE.node)], 'client', [1n])
      .add('origins', [exact(BOB.node)], 'admitted', [2n])
      .add('homes', [home(M2.node)], 'elsewhere', [2n])
      .add('homes', [home(BOB.node)], 'elsewhere', [2n])
      .add('routes', [home(M1.node)], 'route', [BigInt(M1.port), mac(M1.node)])
      .add('routes', [home(ALICE.node)], 'route', [BigInt(ALICE.port), mac(ALICE.node)]);
    for (const port of [...TRUNKS, TO_S3]) this.add('trunks', [exact(port)], 'trunk');
    const table = this.device.control.tables.get('SwitchIngress.next_hops')!;
    const profile = this.device.control.profiles.get('SwitchIngress.paths')!;
    for (const port of TRUNKS) profile.addMember(port, { action: 'SwitchIngress.hop', data: [BigInt(port)] });
    profile.addGroup(1, TRUNKS);
    table.add({ key: [exact(2)], action: { group: 1 } });
  }

  add(table: string, key: EntrySpec['key'], action: string, data: readonly bigint[] = []): this {
    this.device.control.tables
      .get(`SwitchIngress.${table}`)!
      .add({ key, action: { action: `SwitchIngress.${action}`, data } });
    return this;
  }

  allow(domain: number, node: number, rights: number, pointer = 0n): this {
    const pages = { kind: 'lpm', value: pointer, prefixLength: 52 } as const;
    return this.add('permission', [exact(domain), exact(node), pages], 'allow', [BigInt(rights)]);
  }

  /** Ports and bytes of what leaves. */
  send(port: number, frame: Uint8Array): (readonly [number, string])[] {
    return this.device
      .processFrame(port, frame)
      .map(({ port, bytes }) => [port, Buffer.from(bytes).toString('hex')] as const);
  }

  gives(port: number, frame: Uint8Array, to: number, left: Uint8Array): void {
    assert.deepEqual(this.send(port, frame), [[to, Buffer.from(left).toString('hex')]]);
  }

  count(counter: 'refused' | 'punted', cell: number): number {
    return Number(this.device.control.counters.get(`SwitchIngress.${counter}`)?.read(cell).packets);
  }
}

for (const engine of ['compiled', 'interpreter'] as const) {
  describe(`the switch program, between switches (${engine})`, () => {
    let leaf: Leaf;
    const remote = (fields: Partial<wire.Message> = {}) => request({ node: M2.node, ...fields });
    const bobs = (fields: Partial<wire.Message> = {}) => request({ client: BOB.node, ...fields });
    beforeEach(() => {
      leaf = new Leaf(engine);
    });

    it('sends a request on to the home of its page, and leaves the permission to that', () => {
      const [[port, bytes] = [0, '']] = leaf.send(ALICE.port, remote());
      assert.ok(TRUNKS.includes(port));
      assert.equal(bytes, Buffer.from(onward(remote())).toString('hex'));
    });

    it('spreads requests over all paths, and keeps the frames of one on one', () => {
      const portOf = (tag: number) => leaf.send(ALICE.port, remote({ tag }))[0]![0];
      const ports = Array.from({ length: 64 }, (_, tag) => portOf(tag));
      assert.deepEqual([...new Set(ports)].sort(), TRUNKS);
      assert.deepEqual(
        ports,
        ports.map((_, tag) => portOf(tag)),
      );
    });

    it('checks at the home what another switch has let in, in the name of who has sent it', () => {
      leaf.allow(2, M1.node, RIGHTS.READ);
      leaf.gives(TRUNKS[0]!, bobs(), M1.port, routed(bobs(), M1.node));
      const beyond = bobs({ pointer: PAGE });
      const nack = damaged(nackOf(beyond, REASONS.NO_PERMISSION), [21, HOP_LIMIT]);
      leaf.gives(TRUNKS[1]!, beyond, TRUNKS[1]!, nack);
      assert.equal(leaf.count('refused', REASONS.NO_PERMISSION), 1);
    });

    it('gives a node that it does not know no permission', () => {
      leaf.allow(1, M1.node, RIGHTS.READ);
      const stranger = request({ client: 0x99 });
      const nack = damaged(nackOf(stranger, REASONS.NO_PERMISSION), [21, HOP_LIMIT]);
      leaf.gives(TRUNKS[0]!, stranger, TRUNKS[0]!, nack);
    });

    it('brings answers and NACKs of other switches to their client', () => {
      for (const kind of [wire.Kind.REPLY, wire.Kind.NACK]) {
        const frame = answer({ node: M2.node, kind });
        leaf.gives(TRUNKS[0]!, frame, ALICE.port, routed(frame, ALICE.node));
      }
    });

    it('passes on what has its home at another switch, unchecked', () => {
      const frame = request({ client: 0x99, node: M2.node });
      const [[port, bytes] = [0, '']] = leaf.send(TO_S3, frame);
      assert.ok(TRUNKS.includes(port));
      assert.equal(bytes, Buffer.from(onward(frame)).toString('hex'));
    });

    it('lets no host speak for a node of another switch, or for a server', () => {
      leaf.allow(2, M1.node, RIGHTS.READ);
      assert.deepEqual(leaf.send(ALICE.port, bobs()), []);
      assert.deepEqual(leaf.send(ALICE.port, answer({ node: M2.node })), []);
      assert.equal(leaf.count('refused', REASONS.SPOOFED_SOURCE), 2);
    });

    it('refuses where the request came in what no permission can make right', () => {
      const frame = remote({ pointer: 1n, length: 4096 });
      const nack = damaged(nackOf(frame, REASONS.CROSSES_PAGE), [21, HOP_LIMIT]);
      leaf.gives(ALICE.port, frame, ALICE.port, nack);
    });

    it('lets a request ask for a range that has moved: away from here, and to here', () => {
      leaf.allow(1, M1.node, RIGHTS.READ).add('homes', [home(M1.node, 0n, 52)], 'elsewhere', [2n]);
      assert.ok(TRUNKS.includes(leaf.send(ALICE.port, request())[0]![0]));
      leaf
        .add('homes', [home(M2.node, PAGE, 52)], 'here')
        .add('routes', [home(M2.node, PAGE, 52)], 'route_to_node', [
          BigInt(M1.port),
          mac(M1.node),
          BigInt(M1.node),
        ])
        .allow(1, M2.node, RIGHTS.READ, PAGE);
      const moved = remote({ pointer: PAGE });
      leaf.gives(ALICE.port, moved, M1.port, routed(moved, M1.node, true));
    });

    it('sends to the controller what concerns it, at the switch where it came in', () => {
      const alloc = request({ op: wire.Op.ALLOC, node: wire.ANYCAST_NODE });
      leaf.gives(ALICE.port, alloc, CPU, punted(alloc, ALICE.port, PUNTS.ALLOC));
      const free = bobs({ op: wire.Op.FREE, length: 0 });
      leaf.gives(TRUNKS[0]!, free, CPU, punted(free, TRUNKS[0]!, PUNTS.FREE));
    });

    it('hears hellos of its neighbours, and none of hosts', () => {
      const hello = damaged(request().slice(0, 60), [12, 0x88], [13, 0xb5]);
      leaf.gives(TRUNKS[0]!, hello, CPU, punted(hello, TRUNKS[0]!, FABRIC_PUNTS.HELLO));
      assert.deepEqual(leaf.send(ALICE.port, hello), []);
      assert.equal(leaf.count('punted', FABRIC_PUNTS.HELLO), 1);
    });

    it('drops what went in a circle until its hop limit is used up', () => {
      assert.deepEqual(leaf.send(TO_S3, damaged(remote(), [21, 1])), []);
      assert.equal(leaf.count('refused', REASONS.HOP_LIMIT), 1);
    });

    it('refuses what is at home at a switch that it knows no way to', () => {
      leaf.add('homes', [home(0x777)], 'elsewhere', [3n]);
      const frame = request({ node: 0x777 });
      const nack = damaged(nackOf(frame, REASONS.NO_ROUTE), [21, HOP_LIMIT]);
      leaf.gives(ALICE.port, frame, ALICE.port, nack);
    });
  });
}
