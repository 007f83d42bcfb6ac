import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Diagnostics } from '../diagnostics.js';
import { Aliases, idOf, jenkinsOneAtATime } from './ids.js';
import { fieldIds, Prefix, Symbols } from './symbols.js';

describe('ids of P4Info objects', () => {
  it('are those that p4c gives', () => {
    // From P4Info that p4c wrote.
    assert.equal(idOf(Prefix.ACTION, jenkinsOneAtATime('NoAction')), 21257015);
    assert.equal(idOf(Prefix.TABLE, jenkinsOneAtATime('IngressI.indirect_ws')), 38116258);
    assert.equal(idOf(Prefix.ACTION_PROFILE, jenkinsOneAtATime('IngressI.as')), 291652621);
  });

  it('put the kind into the top 8 bits, whatever the hash', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 255 }),
        fc.integer({ min: 0, max: 0xffffffff }),
        (prefix, hash) => {
          const id = idOf(prefix, hash);
          assert.equal(id >>> 24, prefix);
          assert.equal(id & 0xffffff, hash & 0xffffff);
        },
      ),
    );
  });

  it('are probed past an id that @id took', () => {
    const symbols = new Symbols(new Diagnostics());
    const natural = idOf(Prefix.TABLE, jenkinsOneAtATime('I.t'));
    symbols.add(Prefix.TABLE, 'I.first', natural);
    symbols.add(Prefix.TABLE, 'I.t');
    symbols.assign();
    assert.equal(symbols.id(Prefix.TABLE, 'I.first'), natural);
    assert.equal(symbols.id(Prefix.TABLE, 'I.t'), natural + 1);
  });

  it('get the prefix of their kind when @id has none', () => {
    const symbols = new Symbols(new Diagnostics());
    symbols.add(Prefix.COUNTER, 'I.c', 7);
    symbols.assign();
    assert.equal(symbols.id(Prefix.COUNTER, 'I.c'), (Prefix.COUNTER << 24) + 7);
  });

  it('refuse an @id with the prefix of another kind, and one given twice', () => {
    const diagnostics = new Diagnostics();
    const symbols = new Symbols(diagnostics);
    symbols.add(Prefix.TABLE, 'I.t', 0x01000007);
    symbols.add(Prefix.TABLE, 'I.u', 8);
    symbols.add(Prefix.TABLE, 'I.v', 8);
    const messages = diagnostics.list.map(({ message }) => message);
    assert.match(
      messages[0]!,
      /@id\(16777223\) of I\.t has the prefix 1 of another kind of object; expected 2 or none/,
    );
    assert.match(messages[1]!, /@id\(8\) is assigned to more than one object/);
  });

  it('count fields from 1, past ids that @id took', () => {
    const ids = fieldIds(['a', 'b', 'c', 'd'], (field) => ({ b: 1, d: 9 })[field], assert.fail);
    assert.deepEqual([...ids.values()].sort(), [1, 2, 3, 9]);
    assert.equal(ids.get('b'), 1);
    assert.equal(ids.get('a'), 2);
    assert.equal(ids.get('c'), 3);
  });
});

describe('aliases', () => {
  const aliasesOf = (names: readonly string[]): Map<string, string> => {
    const aliases = new Aliases();
    for (const name of names) aliases.add(name);
    return new Map(names.map((name) => [name, aliases.of(name)]));
  };

  it('are the shortest suffixes that tell names apart', () => {
    const aliases = aliasesOf(['d.a.c', 'e.b.c', 'x.y']);
    assert.deepEqual([...aliases.values()], ['a.c', 'b.c', 'y']);
  });

  it('are whole names where one is a suffix of another', () => {
    assert.equal(aliasesOf(['c', 'b.c']).get('c'), 'c');
    assert.equal(aliasesOf(['c', 'b.c']).get('b.c'), 'b.c');
  });

  it('are suffixes, and belong to one name only', () => {
    const component = fc.constantFrom('a', 'b', 'c');
    const name = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 12 }), (names) => {
        const aliases = aliasesOf(names);
        for (const [full, alias] of aliases) assert.ok(full === alias || full.endsWith(`.${alias}`));
        assert.equal(new Set(aliases.values()).size, names.length);
      }),
    );
  });
});
