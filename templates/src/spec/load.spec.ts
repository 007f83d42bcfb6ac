import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { loadFabric, parseFabric } from './load.js';
import { SpecError } from './problems.js';

const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));
const examples = fileURLToPath(new URL('../../../examples/', import.meta.url));

const LAB = `name: lab
switches: [{ name: s1 }]
servers: [{ name: m1, node: 0x101, port: 1, capacity: 1MiB }]
clients: [{ name: alice, node: 0x1, port: 2 }]
`;

function refusal(text: string, file?: string): SpecError {
  try {
    parseFabric(text, file);
  } catch (error) {
    if (error instanceof SpecError) return error;
    throw error;
  }
  assert.fail('the specification was accepted');
}

describe('loadFabric', () => {
  it('reads the examples', async () => {
    for (const file of readdirSync(examples).filter((name) => name.endsWith('.yaml'))) {
      const fabric = await loadFabric(examples + file);
      assert.ok(fabric.servers.length > 0, file);
    }
  });

  it('lets hosts around a Tofino, which are machines of their own, have interfaces of one name', () => {
    const text = readFileSync(`${fixtures}errors/interface-used-twice.yaml`, 'utf8');
    assert.match(refusal(text).message, /if:s1 is used twice/);
    assert.equal(parseFabric(`${text}target: tofino\n`).clients[0]!.wires?.switch, 'if:s1');
  });

  it('fills in defaults', () => {
    const fabric = parseFabric(LAB);
    assert.equal(fabric.prefix, 0xfdbb);
    assert.equal(fabric.udpPort, 5000);
    assert.equal(fabric.pageSize, 4096);
    assert.equal(fabric.mtu, 1500);
    assert.deepEqual(fabric.features, {
      ordinaryTraffic: true,
      refusalLog: true,
      broadcast: false,
      protection: 'permissions',
    });
    assert.deepEqual(fabric.links, []);
    assert.deepEqual(fabric.switches, [
      { name: 's1', deviceId: 1n, p4runtime: '127.0.0.1:9559', cpuPort: 510, mac: '02:bb:00:00:ff:ff' },
    ]);
    assert.deepEqual(fabric.servers, [
      { name: 'm1', node: 0x101, mac: '02:bb:00:00:01:01', switch: 's1', port: 1, capacity: 2 ** 20 },
    ]);
    assert.deepEqual(fabric.clients, [
      { name: 'alice', node: 1, mac: '02:bb:00:00:00:01', switch: 's1', port: 2, domain: 1 },
    ]);
  });

  it('turns the ends of a udp wire round for the switch', () => {
    const fabric = parseFabric(LAB.replace('port: 2', 'port: 2, wire: "udp:127.0.0.1:7102,[::1]:7002"'));
    assert.deepEqual(fabric.clients[0]?.wires, {
      host: 'udp:127.0.0.1:7102,[::1]:7002',
      switch: 'udp:[::1]:7002,127.0.0.1:7102',
    });
  });

  it('takes wires of any kind as two ends', () => {
    const ends = { host: 'if:h2', switch: 'if:s2' };
    const fabric = parseFabric(LAB.replace('port: 2', 'port: 2, wires: { host: "if:h2", switch: "if:s2" }'));
    assert.deepEqual(fabric.clients[0]?.wires, ends);
  });

  it('reads sizes in every way of writing', () => {
    for (const [written, bytes] of [
      ['4096', 4096],
      ['0x2000', 8192],
      ['4KiB', 4096],
      ['"16 MiB"', 2 ** 24],
      ['2GiB', 2 ** 31],
      ['1TiB', 2 ** 40],
    ] as const) {
      assert.equal(parseFabric(LAB.replace('1MiB', written)).servers[0]?.capacity, bytes, written);
    }
  });

  it('lets clients share a protection domain', () => {
    const fabric = parseFabric(
      LAB.replace('port: 2 }', 'port: 2, domain: 7 }, { name: bob, node: 2, port: 3, domain: 7 }'),
    );
    assert.deepEqual(
      fabric.clients.map(({ domain }) => domain),
      [7, 7],
    );
  });

  it('takes links between switches, with wires and with what goes wrong on them', () => {
    const fabric = parseFabric(`name: pair
switches: [{ name: s1 }, { name: s2 }]
links:
  - between: ["s1:9", "s2:8"]
    wire: "udp:127.0.0.1:7301,127.0.0.1:7302"
    impair: { loss: 0.01, delayMs: 2 }
servers: [{ name: m1, node: 0x101, switch: s1, port: 1, capacity: 1MiB, impair: { reorder: 1 } }]
clients: [{ name: alice, node: 0x1, switch: s2, port: 1 }]
`);
    assert.deepEqual(fabric.links, [
      {
        ends: [
          { switch: 's1', port: 9 },
          { switch: 's2', port: 8 },
        ],
        wires: ['udp:127.0.0.1:7301,127.0.0.1:7302', 'udp:127.0.0.1:7302,127.0.0.1:7301'],
        impair: { loss: 0.01, delayMs: 2 },
      },
    ]);
    assert.deepEqual(fabric.servers[0]?.impair, { reorder: 1 });
    assert.deepEqual(
      fabric.switches.map(({ deviceId, p4runtime, mac }) => [deviceId, p4runtime, mac]),
      [
        [1n, '127.0.0.1:9559', '02:bb:00:00:ff:ff'],
        [2n, '127.0.0.1:9560', '02:bb:00:00:ff:ff'],
      ],
    );
  });

  it('gives a value that nobody can change', () => {
    const fabric = parseFabric(LAB);
    assert.ok(
      Object.isFrozen(fabric) && Object.isFrozen(fabric.servers) && Object.isFrozen(fabric.servers[0]),
    );
  });

  it('says which file it cannot read', async () => {
    await assert.rejects(loadFabric('no/such.yaml'), {
      name: 'SpecError',
      code: 'SPEC_UNREADABLE',
      message: 'no/such.yaml:1:1: cannot read the specification: no such file',
    });
  });

  describe('refuses, and says what was found and what was expected', () => {
    for (const file of readdirSync(`${fixtures}errors`).filter((name) => name.endsWith('.yaml'))) {
      it(file.replace('.yaml', '').replaceAll('-', ' '), () => {
        const text = readFileSync(`${fixtures}errors/${file}`, 'utf8');
        const expected = readFileSync(`${fixtures}errors/${file.replace('.yaml', '.txt')}`, 'utf8');
        assert.equal(`${refusal(text, file).message}\n`, expected);
      });
    }
  });

  it('tells apart what is no YAML and what is no fabric', () => {
    assert.equal(refusal('a: [').code, 'SPEC_SYNTAX');
    assert.equal(refusal('a: 1').code, 'SPEC_INVALID');
  });

  it('answers any text with a fabric or a SpecError that points into it', () => {
    const words = fc.constantFrom(
      'name:',
      'switches:',
      'servers:',
      'clients:',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '\n',
      '\n  ',
      ' ',
      ',',
      'node:',
      'lab',
      '0x1',
      '1',
      '&a',
      '*a',
      '"',
      "'",
      '!!binary x',
      '? ',
      '<<:',
      '~',
      '.inf',
      '-',
      'wires:',
      'tables:',
      '#',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(words, { maxLength: 40 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (input) => {
        const lines = input.split(/\r\n|\r|\n/).length;
        for (const { line, column, message } of refusal(input).problems) {
          assert.ok(line >= 1 && line <= lines && column >= 1 && message !== '');
        }
      }),
    );
  });

  it('answers any damage to one value with a fabric or a SpecError', () => {
    const value = fc.oneof(fc.jsonValue(), fc.double(), fc.integer()).map((v) => JSON.stringify(v));
    const field = fc.constantFrom('lab', 's1', 'm1', '0x101', '1MiB', 'alice', '0x1,', '{ name: s1 }');
    fc.assert(
      fc.property(field, value, (target, replacement) => {
        const input = LAB.replace(target, replacement + (target.endsWith(',') ? ',' : ''));
        try {
          parseFabric(input);
        } catch (error) {
          assert.ok(error instanceof SpecError, String(error));
        }
      }),
    );
  });
});
