import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  actionProfileGroup,
  actionProfileMember,
  cloneSession,
  counterEntry,
  DigestList,
  decodeData,
  decodeDigest,
  decodePacketIn,
  decodeTableEntry,
  digestEntry,
  directCounterEntry,
  Entity,
  insert,
  meterEntry,
  multicastGroup,
  P4InfoIndex,
  P4RuntimeError,
  PacketIn,
  packetOut,
  registerEntry,
  remove,
  showEntity,
  showUpdate,
  type TableEntrySpec,
  tableEntry,
  tablePattern,
  valueSetEntry,
} from '../index.js';
import { exampleP4Info } from '../testing/example-p4info.js';

const index = new P4InfoIndex(exampleP4Info());
const route = {
  table: 'ipv6_route',
  match: { 'hdr.ipv6.dst': 'fdbb:102::/32' },
  action: 'forward',
  params: { port: 3, mac: 'aa:bb:cc:00:00:01' },
};

describe('table entries', () => {
  it('are built from names and text', () => {
    assert.deepEqual(
      tableEntry(index, route),
      Entity.from({
        tableEntry: {
          tableId: 33554433,
          match: [
            {
              fieldId: 1,
              lpm: { value: Buffer.from('fdbb0102000000000000000000000000', 'hex'), prefixLen: 32 },
            },
          ],
          action: {
            action: {
              actionId: 16777217,
              params: [
                { paramId: 1, value: Uint8Array.of(3) },
                { paramId: 2, value: Uint8Array.of(0xaa, 0xbb, 0xcc, 0, 0, 1) },
              ],
            },
          },
        },
      }),
    );
  });

  it('come back as the text that builds them', () => {
    const specs: TableEntrySpec[] = [
      route,
      {
        ...route,
        match: {},
        counter: { packets: 5n, bytes: 2n ** 60n },
        meter: { cir: 1n, cburst: 2n, pir: 3n, pburst: 4n },
        idleTimeoutNs: 1000n,
      },
      {
        table: 'acl',
        match: {
          port: 4,
          'hdr.ethernet.src': 'aa:00:00:00:00:00&&&ff:00:00:00:00:00',
          'hdr.udp.dport': '1000..2000',
        },
        action: 'drop',
        priority: 10,
      },
      { table: 'acl', action: 'drop', priority: 1 },
      { table: 'acl', isDefault: true, action: 'drop' },
      { table: 'balance', match: { vrf: 'red', 'hdr.ipv4.dst': '10.0.0.1' }, group: 7 },
      { table: 'balance', match: { vrf: 'red', 'hdr.ipv4.dst': '10.0.0.1' }, member: 7 },
      {
        table: 'balance',
        match: { vrf: '', 'hdr.ipv4.dst': '10.0.0.1' },
        actionSet: [
          { action: 'drop', weight: 2 },
          { action: 'forward', params: { port: 1, mac: 0 } },
        ],
      },
    ];
    for (const spec of specs) {
      const entity = tableEntry(index, spec);
      assert.deepEqual(tableEntry(index, decodeTableEntry(index, entity.tableEntry!)), entity);
      assert.deepEqual(Entity.decode(Entity.encode(entity)), entity);
    }
  });

  it('come back for any address and length', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
        fc.nat(128),
        fc.nat(511),
        (value, prefixLength, port) => {
          const entity = tableEntry(index, {
            ...route,
            match: { 'hdr.ipv6.dst': { value, prefixLength } },
            params: { port, mac: port },
          });
          assert.deepEqual(tableEntry(index, decodeTableEntry(index, entity.tableEntry!)), entity);
        },
      ),
    );
  });

  const refused: [string, TableEntrySpec, RegExp][] = [
    ['an unknown table', { table: 'rotue' }, /no table 'rotue'; it has/],
    [
      'an unknown key',
      { ...route, match: { dst: 1 } },
      /table Ingress.ipv6_route: table Ingress.ipv6_route has no key 'dst'; it has hdr.ipv6.dst/,
    ],
    [
      'a bad value',
      { ...route, match: { 'hdr.ipv6.dst': 'xyz/32' } },
      /table Ingress.ipv6_route: key hdr.ipv6.dst: "xyz" is no value of 128 bits/,
    ],
    [
      'a missing exact key',
      { table: 'balance', match: { vrf: 'red' } },
      /table Ingress.balance: key hdr.ipv4.dst: an exact key needs a value/,
    ],
    [
      'an unknown action',
      { ...route, action: 'fwd' },
      /table Ingress.ipv6_route has no action 'fwd'; it has Ingress.forward, Ingress.drop/,
    ],
    [
      'a missing parameter',
      { ...route, params: { port: 1 } },
      /action Ingress.forward: parameter mac is missing; it takes port, mac/,
    ],
    [
      'an unknown parameter',
      { ...route, params: { port: 1, mac: 1, x: 1 } },
      /action Ingress.forward has no parameter 'x'; it has port, mac/,
    ],
    [
      'a value that does not fit',
      { ...route, params: { port: 512, mac: 1 } },
      /OUT_OF_RANGE: .*parameter port: 512 does not fit in 9 bits/,
    ],
    [
      'a priority that is missing',
      { table: 'acl', action: 'drop' },
      /a priority above 0, as port is optional, hdr.ethernet.src is ternary, hdr.udp.dport is range; found 0/,
    ],
    ['a priority too many', { ...route, priority: 5 }, /no priority, as every key is exact or lpm; found 5/],
    ['a default entry with a match', { ...route, isDefault: true }, /the default entry has no match/],
    [
      'a default entry with a priority',
      { table: 'acl', isDefault: true, priority: 1, action: 'drop' },
      /the default entry has no priority/,
    ],
    ['a default-only action', { ...route, action: 'drop', params: {} }, /Ingress.drop is @defaultonly/],
    [
      'a table-only default',
      { table: 'balance', isDefault: true, action: 'drop' },
      /Ingress.drop is @tableonly/,
    ],
    [
      'an action for a profile',
      { table: 'balance', match: { vrf: 'r', 'hdr.ipv4.dst': 1 }, action: 'drop' },
      /give member, group or actionSet/,
    ],
    [
      'a member without a profile',
      { table: 'acl', priority: 1, member: 3 },
      /no action profile, so give action and params, not member/,
    ],
    ['two actions', { ...route, member: 3 }, /action and member are given, but an entry has one/],
  ];
  for (const [name, spec, pattern] of refused) {
    it(`are refused: ${name}`, () =>
      assert.throws(
        () => tableEntry(index, spec),
        (error) => error instanceof P4RuntimeError && pattern.test(error.message),
      ));
  }

  it('can be read by patterns', () => {
    assert.deepEqual(tablePattern(index), Entity.from({ tableEntry: {} }));
    assert.deepEqual(
      tablePattern(index, { table: 'balance', match: { vrf: 'red' }, action: 'drop', counters: true }),
      Entity.from({
        tableEntry: {
          tableId: 33554435,
          match: [{ fieldId: 1, exact: { value: Buffer.from('red') } }],
          action: { action: { actionId: 16777218 } },
          counterData: {},
        },
      }),
    );
    assert.throws(() => tablePattern(index, { match: { vrf: 'red' } }), /needs a table/);
  });
});

describe('entities in one line', () => {
  const lines: [Entity, string][] = [
    [
      tableEntry(index, route),
      'Ingress.ipv6_route {hdr.ipv6.dst: fdbb:102::/32} -> Ingress.forward(port: 3, mac: aa:bb:cc:00:00:01)',
    ],
    [
      tableEntry(index, { table: 'acl', priority: 9, action: 'drop', match: { 'hdr.udp.dport': 53 } }),
      'Ingress.acl {hdr.udp.dport: 53..53} priority 9 -> Ingress.drop()',
    ],
    [
      tableEntry(index, { table: 'acl', isDefault: true, action: 'drop' }),
      'Ingress.acl default -> Ingress.drop()',
    ],
    [counterEntry(index, { counter: 'denied', index: 0 }), 'counter Ingress.denied[0]'],
    [counterEntry(index), 'counter *[*]'],
    [meterEntry(index, { meter: 'limit', index: 3 }), 'meter Ingress.limit[3]'],
    [registerEntry(index, { register: 'owners' }), 'register Ingress.owners[*]'],
    [directCounterEntry(index, { table: 'ipv6_route' }), 'direct counter of Ingress.ipv6_route {}'],
    [
      multicastGroup({ id: 5, replicas: [{ port: 1 }, { port: 2, instance: 1 }] }),
      'multicast group 5 -> ports 1, 2#1',
    ],
    [
      multicastGroup({ id: 5, replicas: [{ port: 300 }], legacyPorts: true }),
      'multicast group 5 -> ports 300',
    ],
    [cloneSession({ id: 9, replicas: [{ port: 510 }] }), 'clone session 9 -> ports 510'],
    [
      actionProfileMember(index, { profile: 'selector', id: 4, action: 'drop' }),
      'action profile Ingress.selector member 4 -> Ingress.drop()',
    ],
    [
      actionProfileGroup(index, { profile: 'selector', id: 2, members: [{ id: 4, weight: 3 }] }),
      'action profile Ingress.selector group 2 -> members 4 x3',
    ],
    [digestEntry(index, { digest: 'seen_t', maxListSize: 1 }), 'digest seen_t'],
    [
      valueSetEntry(index, { valueSet: 'services', members: [{ port: 80 }] }),
      'value set Parser.services, 1 members',
    ],
    [Entity.from({}), 'an entity that is not set'],
  ];
  for (const [entity, line] of lines) it(line, () => assert.equal(showEntity(index, entity), line));

  it('need no P4Info', () => {
    assert.equal(
      showUpdate(undefined, insert(tableEntry(index, route))),
      'INSERT #33554433 {#1: 0xfdbb0102000000000000000000000000/32} -> #16777217(#1: 0x03, #2: 0xaabbcc000001)',
    );
    assert.equal(showUpdate(index, remove(counterEntry(index))), 'DELETE counter *[*]');
  });
});

describe('P4Data', () => {
  const { typeSpec } = index.registers.get('owners');
  const types = index.p4info.typeInfo;

  it('holds structs as objects by member name', () => {
    const value = { node: 513n, delta: -5n, valid: true, state: 'SHARED' };
    const { data } = registerEntry(index, { register: 'owners', index: 1, value }).registerEntry!;
    assert.deepEqual(decodeData(typeSpec, data!, types), value);
  });

  const refused: [unknown, RegExp][] = [
    [{ node: 1 }, /expected an object with node, delta, valid, state, found an object with node/],
    [
      { node: 65536, delta: 0, valid: true, state: 0 },
      /register Ingress.owners: node: 65536 does not fit in 16 bits/,
    ],
    [{ node: 1, delta: 128, valid: true, state: 0 }, /delta: 128 does not fit in a signed number of 8 bits/],
    [{ node: 1, delta: 1, valid: 1, state: 0 }, /valid: expected true or false, found 1/],
    [{ node: 1, delta: 1, valid: true, state: 'OWNED' }, /state: "OWNED" is no value of 8 bits/],
  ];
  for (const [value, pattern] of refused) {
    it(`is refused: ${JSON.stringify(value)}`, () =>
      assert.throws(() => registerEntry(index, { register: 'owners', value: value as never }), pattern));
  }
});

describe('packets and digests', () => {
  it('carry metadata by name', () => {
    assert.deepEqual(
      packetOut(index, Uint8Array.of(1), { egress_port: 5 }).metadata[0]!.value,
      Uint8Array.of(5),
    );
    assert.throws(
      () => packetOut(index, Uint8Array.of(1)),
      /field egress_port is missing; it has egress_port/,
    );
    assert.throws(
      () => packetOut(index, Uint8Array.of(1), { port: 1 }),
      /packet_out has no field 'port'; it has egress_port/,
    );
    assert.throws(
      () => packetOut(index, Uint8Array.of(1), { egress_port: 512 }),
      /packet_out field egress_port: 512 does not fit/,
    );
    const packet = PacketIn.from({
      payload: Uint8Array.of(1, 2),
      metadata: [
        { metadataId: 1, value: Uint8Array.of(1, 0) },
        { metadataId: 9, value: Uint8Array.of(7) },
      ],
    });
    assert.deepEqual(decodePacketIn(index, packet), {
      payload: Uint8Array.of(1, 2),
      metadata: { ingress_port: 256, '#9': 7 },
    });
  });

  it('digest messages are objects by member name', () => {
    const bits = (value: number) => ({ bitstring: Uint8Array.of(value) });
    const list = DigestList.from({
      digestId: 385875969,
      listId: 1n,
      data: [{ struct: { members: [bits(9), bits(3)] } }],
    });
    assert.deepEqual(decodeDigest(index, list), { digest: 'seen_t', messages: [{ src: 9n, port: 3n }] });
    const short = DigestList.from({ digestId: 385875969, data: [{ struct: { members: [bits(9)] } }] });
    assert.throws(
      () => decodeDigest(index, short),
      /digest seen_t: the value has 1 members, which is too few/,
    );
    const wrong = DigestList.from({ digestId: 385875969, data: [bits(1)] });
    assert.throws(() => decodeDigest(index, wrong), /expected a struct, found bitstring/);
  });
});
