import assert from 'node:assert/strict';
import { newSwitch } from '../../test/support.js';
import { P4SwitchError } from '../errors.js';
import type { EntrySpec, TableControl } from '../switch/control-plane.js';

const route: EntrySpec = {
  key: [
    { kind: 'exact', value: 9n },
    { kind: 'lpm', value: 0x1000n << 48n, prefixLength: 16 },
  ],
  action: { action: 'In.forward', data: [3n, 0x0a0b0c0d0e0fn] },
};

function fails(code: string, pattern: RegExp, run: () => unknown): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof P4SwitchError);
    assert.equal(error.code, code);
    assert.match(error.message, pattern);
    return true;
  });
}

describe('table entries', () => {
  let table: TableControl;
  let control: ReturnType<typeof newSwitch>['sw']['control'];
  let environment: ReturnType<typeof newSwitch>['environment'];
  beforeEach(() => {
    const made = newSwitch('router6', 'interpreter');
    control = made.sw.control;
    environment = made.environment;
    table = control.tables.get('In.route')!;
  });

  it('are added, found by key or handle, modified and removed', () => {
    const handle = table.add(route);
    assert.equal(table.find(route.key)?.handle, handle);
    assert.deepEqual(table.get(handle)?.action, route.action);
    table.modify(handle, { action: 'In.deny', data: [2n] });
    assert.deepEqual(table.get(handle)?.action, { action: 'In.deny', data: [2n] });
    table.remove(handle);
    assert.equal(table.entryCount, 0);
    assert.equal(table.find(route.key), undefined);
    fails('NOT_FOUND', /"In\.route" has no entry 1/, () => table.remove(handle));
  });

  it('keep their key in canonical form: masked-out bits are zero', () => {
    const handle = table.add({
      ...route,
      key: [route.key[0]!, { kind: 'lpm', value: 0x1000ffffn << 32n, prefixLength: 16 }],
    });
    assert.deepEqual(table.get(handle)?.key[1], { kind: 'lpm', value: 0x1000n << 48n, prefixLength: 16 });
    fails('ALREADY_EXISTS', /entry with this key/, () => table.add(route));
  });

  it('never share a handle, also after removal', () => {
    const first = table.add(route);
    table.remove(first);
    assert.notEqual(table.add(route), first);
  });

  it('are refused with a message that lists what would be right', () => {
    fails('BAD_MATCH_KEY', /takes 2 match fields \(.*dst_node.*\), found 1/, () =>
      table.add({ ...route, key: [route.key[0]!] }),
    );
    fails('BAD_MATCH_KEY', /0x10000 of ".*dst_node" does not fit its 16 bits/, () =>
      table.add({ ...route, key: [{ kind: 'exact', value: 0x10000n }, route.key[1]!] }),
    );
    fails('BAD_MATCH_KEY', /prefix length 65 .* is not in 0 to 64/, () =>
      table.add({ ...route, key: [route.key[0]!, { kind: 'lpm', value: 0n, prefixLength: 65 }] }),
    );
    fails('BAD_MATCH_KEY', /matched exact, a value of kind ternary/, () =>
      table.add({ ...route, key: [{ kind: 'ternary', value: 0n, mask: 0n }, route.key[1]!] }),
    );
    fails('BAD_MATCH_KEY', /is lpm: no priority/, () => table.add({ ...route, priority: 5 }));
    fails('BAD_ACTION', /no action "In\.admit"; it has: In\.forward, In\.deny/, () =>
      table.add({ ...route, action: { action: 'In.admit', data: [1n] } }),
    );
    fails('BAD_ACTION', /takes 2 values \(port, mac\), found 1/, () =>
      table.add({ ...route, action: { action: 'In.forward', data: [1n] } }),
    );
    fails('BAD_ACTION', /value 512 of parameter "port" .* does not fit its 9 bits/, () =>
      table.add({ ...route, action: { action: 'In.forward', data: [512n, 0n] } }),
    );
    fails('BAD_ACTION', /it has no action profile/, () => table.add({ ...route, action: { member: 1 } }));
    assert.equal(table.entryCount, 0);
  });

  it('fill the table up to its size', () => {
    const guard = control.tables.get('In.guard')!;
    const entry = (node: number): EntrySpec => ({
      key: [
        { kind: 'exact', value: 1n },
        { kind: 'exact', value: BigInt(node) },
      ],
      action: { action: 'In.admit', data: [0n] },
    });
    for (let node = 0; node < guard.info.size; node++) guard.add(entry(node));
    fails('TABLE_FULL', /full \(1024 entries\)/, () => guard.add(entry(5000)));
  });

  it('have counters that the control plane reads and sets, exactly', () => {
    const handle = table.add(route);
    table.setCounter(handle, { packets: (1n << 63n) + 1n, bytes: 7n });
    assert.deepEqual(table.get(handle)?.counter, { packets: (1n << 63n) + 1n, bytes: 7n });
  });

  it('are listed as idle when their timeout went by without a hit', () => {
    const handle = table.add({ ...route, idleTimeout: 10 });
    environment.time += 9_999;
    assert.deepEqual(table.idleEntries(), []);
    environment.time += 1;
    assert.deepEqual(
      table.idleEntries().map((entry) => [entry.handle, entry.idleFor]),
      [[handle, 10]],
    );
  });

  it('fall back to a default that can be changed and reset', () => {
    assert.equal(table.defaultEntry?.isInitial, true);
    table.setDefault({ action: 'In.deny', data: [3n] });
    assert.deepEqual(table.defaultEntry?.action, { action: 'In.deny', data: [3n] });
    table.setDefault(undefined);
    assert.deepEqual(table.defaultEntry?.action, { action: 'In.deny', data: [2n] });
  });
});

describe('const entries and ternary tables', () => {
  it('cannot be touched, and their priorities run downwards from the first', () => {
    const { sw } = newSwitch('kitchen', 'interpreter');
    const fixed = sw.control.tables.get('In.fixed')!;
    assert.deepEqual(
      [...fixed.entries()].map(({ priority, isConst }) => [priority, isConst]),
      [
        [3, true],
        [2, true],
        [1, true],
      ],
    );
    const [first] = fixed.entries();
    fails('IMMUTABLE', /its entries const/, () => fixed.remove(first!.handle));
    fails('IMMUTABLE', /its entries const/, () =>
      fixed.add({ key: [], priority: 1, action: { action: 'In.drop', data: [] } }),
    );
    fixed.clear();
    assert.equal(fixed.entryCount, 3);
  });

  it('need a priority', () => {
    const { sw } = newSwitch('kitchen', 'interpreter');
    const table = sw.control.tables.get('In.by_type')!;
    fails('BAD_MATCH_KEY', /needs a priority/, () =>
      table.add({
        key: [{ kind: 'any' }, { kind: 'exact', value: 0n }, { kind: 'any' }],
        action: { action: 'In.drop', data: [] },
      }),
    );
  });
});

describe('action profiles', () => {
  it('guard members and groups that are in use', () => {
    const { sw } = newSwitch('kitchen', 'interpreter');
    const profile = sw.control.profiles.get('In.picks')!;
    const table = sw.control.tables.get('In.pick')!;
    profile.addMember(1, { action: 'In.set_mac', data: [5n] });
    profile.addGroup(9, [1, 1]);
    const handle = table.add({ key: [{ kind: 'exact', value: 1n }], action: { group: 9 } });
    fails('IN_USE', /member 1 .* is used 2 times/, () => profile.removeMember(1));
    fails('IN_USE', /group 9 .* is used 1 times/, () => profile.removeGroup(9));
    fails('BAD_ACTION', /takes members or groups of "In\.picks"/, () =>
      table.add({ key: [{ kind: 'exact', value: 2n }], action: { action: 'NoAction', data: [] } }),
    );
    table.remove(handle);
    profile.removeGroup(9);
    profile.removeMember(1);
    fails('NOT_FOUND', /no member 1/, () => profile.addGroup(9, [1]));
  });
});
