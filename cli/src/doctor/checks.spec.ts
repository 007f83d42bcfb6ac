import assert from 'node:assert/strict';
import { examine } from './checks.js';
import type { Machine } from './finding.js';

const machine = (over: Partial<Machine> = {}): Machine => ({
  nodeVersion: 'v20.19.0',
  platform: 'linux',
  run: async () => undefined,
  rawSockets: async () => undefined,
  ...over,
});
const find = async (m: Machine, name: string) => (await examine(m)).find((f) => f.name === name);

describe('doctor', () => {
  it('takes Node 20.19 and refuses what is older', async () => {
    assert.equal((await find(machine(), 'node'))?.state, 'ok');
    assert.equal((await find(machine({ nodeVersion: 'v22.1.0' }), 'node'))?.state, 'ok');
    const old = await find(machine({ nodeVersion: 'v20.18.3' }), 'node');
    assert.deepEqual([old?.state, old?.advice], ['bad', 'install Node 20.19 or newer']);
  });

  it('says why raw sockets do not work and what works instead', async () => {
    const refused = await find(machine({ rawSockets: async () => 'operation not permitted' }), 'if: wires');
    assert.equal(refused?.found, 'operation not permitted');
    assert.match(refused?.advice ?? '', /CAP_NET_RAW; udp: wires need neither/);
    assert.match(
      (await find(machine({ platform: 'darwin' }), 'if: wires'))?.advice ?? '',
      /AF_PACKET is Linux/,
    );
  });

  it('reads versions out of what programs print', async () => {
    const printed: Record<string, string> = {
      'p4c-bm2-ss': 'p4c-bm2-ss\nVersion 1.2.5.10 (SHA: abc BUILD: Release)\n',
      tshark: 'TShark (Wireshark) 4.0.17 (Git v4.0.17 packaged as 4.0.17-0+deb12u1).\n',
    };
    const m = machine({ run: async (program) => printed[program] });
    const versions = Object.fromEntries((await examine(m)).map((f) => [f.name, f.found]));
    assert.equal(versions.simple_switch_grpc, 'not installed');
    assert.equal(versions['p4c-bm2-ss'], '1.2.5.10');
    assert.equal(versions.tshark, '4.0.17');
    assert.equal(versions['p4c-barefoot'], 'not installed');
  });
});
