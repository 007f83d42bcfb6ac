import assert from 'node:assert/strict';
import { Code, P4InfoIndex, P4RuntimeError } from '../index.js';
import { exampleP4Info } from '../testing/example-p4info.js';

describe('P4InfoIndex', () => {
  const index = new P4InfoIndex(exampleP4Info());

  it('finds an object by id, full name or alias', () => {
    for (const ref of [33554433, 'Ingress.ipv6_route', 'ipv6_route'])
      assert.equal(index.tables.get(ref).name, 'Ingress.ipv6_route');
    assert.equal(index.actions.get('forward').params.get('mac').type.format, 'mac');
    assert.equal(index.counters.get('denied').unit, 'both');
    assert.equal(index.meters.get('limit').size, 4n);
    assert.equal(index.registers.get('owners').size, 64);
    assert.equal(index.digests.get('seen_t').id, 385875969);
    assert.equal(index.valueSets.get('services').keys.get('port').kind, 'exact');
    assert.equal(index.packetHeaders.get('packet_in').fields.get(2).name, 'reason');
    assert.equal(index.tables.find('nothing'), undefined);
  });

  it('knows what belongs to a table', () => {
    const route = index.tables.get('ipv6_route');
    assert.deepEqual(
      route.keys.all.map(({ name, kind, type }) => [name, kind, type.width]),
      [['hdr.ipv6.dst', 'lpm', 128]],
    );
    assert.equal(route.directCounter?.name, 'Ingress.route_counter');
    assert.equal(route.directMeter?.unit, 'packets');
    assert.equal(route.hasIdleTimeout, true);
    assert.equal(route.needsPriority, false);
    assert.equal(route.actions.get('drop').inEntries, false);
    const balance = index.tables.get('balance');
    assert.equal(balance.implementation?.withSelector, true);
    assert.equal(balance.keys.get('vrf').type.kind, 'string');
    assert.equal(balance.keys.get('hdr.ipv4.dst').type.format, 'ipv4');
    assert.equal(balance.actions.get('drop').asDefault, false);
    assert.equal(index.tables.get('acl').needsPriority, true);
  });

  const unknown: [string, () => unknown, RegExp][] = [
    [
      'a table',
      () => index.tables.get('rotue'),
      /NOT_FOUND: the program has no table 'rotue'; it has Ingress.ipv6_route, Ingress.acl, Ingress.balance$/,
    ],
    [
      'an id',
      () => index.actions.get(7),
      /the program has no action with id 7; it has Ingress.forward, Ingress.drop$/,
    ],
    [
      'a key',
      () => index.tables.get('acl').keys.get('dst'),
      /table Ingress.acl has no key 'dst'; it has port, hdr.ethernet.src, hdr.udp.dport$/,
    ],
    [
      'a parameter',
      () => index.actions.get('drop').params.get('port'),
      /action Ingress.drop has no parameter 'port'; it has none$/,
    ],
    ['a name that every object has', () => index.tables.get('constructor'), /no table 'constructor'/],
  ];
  for (const [name, act, pattern] of unknown) {
    it(`lists what there is when asked for ${name} that is not there`, () =>
      assert.throws(
        act,
        (error) =>
          error instanceof P4RuntimeError && error.code === Code.NOT_FOUND && pattern.test(error.message),
      ));
  }

  const contradictions: [string, object, RegExp][] = [
    [
      'two tables with one id',
      { tables: [{ preamble: { id: 5, name: 'a' } }, { preamble: { id: 5, name: 'b' } }] },
      /two tables with one id or name: a \(id 5\) and b \(id 5\)/,
    ],
    ['an object without a name', { actions: [{ preamble: { id: 5 } }] }, /an? action without a name/],
    ['an object without an id', { actions: [{ preamble: { name: 'a' } }] }, /action without an id: a/],
    [
      'a reference to no action',
      { tables: [{ preamble: { id: 5, name: 't' }, actionRefs: [{ id: 9 }] }] },
      /table t refers to action 9, which the P4Info does not have/,
    ],
    [
      'a key without a width',
      { tables: [{ preamble: { id: 5, name: 't' }, matchFields: [{ id: 1, name: 'k' }] }] },
      /gives k no bitwidth/,
    ],
  ];
  for (const [name, p4info, pattern] of contradictions) {
    it(`refuses ${name}`, () =>
      assert.throws(
        () => new P4InfoIndex(p4info),
        (error) =>
          error instanceof P4RuntimeError &&
          error.code === Code.INVALID_ARGUMENT &&
          pattern.test(error.message),
      ));
  }
});
