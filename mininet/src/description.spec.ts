import assert from 'node:assert/strict';
import { parseFabric } from '@bluebridge/templates';
import { type DescriptionOptions, describeFabric } from './description.js';
import { hostConfig } from './host-config.js';
import { mininetSpec, spoofedSpec } from './spec.js';

const LONG = 'a-memory-server-of-the-basement';
const fabric = parseFabric(`
name: rack
mtu: 9000
prefix: 0xfdcc
switches: [{ name: s1, deviceId: 7, p4runtime: "10.0.0.1:50001", cpuPort: 200 }]
servers:
  - { name: m1, node: 0x101, port: 9, capacity: 1MiB, wire: "udp:127.0.0.1:7101,127.0.0.1:7001" }
  - { name: ${LONG}, node: 0x1ff, port: 12, capacity: 2MiB, mac: "02:00:00:00:00:05" }
clients:
  - { name: alice, node: 1, port: 3, domain: 40 }
  - { name: bob, node: 2, port: 4 }
`);
const options: DescriptionOptions = {
  mode: { mode: 'serve' },
  folder: '/run/x',
  specFile: '/run/x/fabric.yaml',
  bluebridge: ['node', 'bluebridge.js'],
};

describe('describeFabric', () => {
  const description = describeFabric(fabric, options);

  it('gives every host its MAC, its addresses, the MTU, and servers a process', () => {
    const [m1, , alice] = description.hosts;
    assert.deepEqual(m1, {
      name: 'm1',
      role: 'server',
      node: '0x101',
      memory: 'fdcc:101::',
      mac: '02:bb:00:00:01:01',
      ipv6: 'fd00:bb::101/64',
      mtu: 9000,
      process: {
        name: 'server m1',
        argv: ['node', 'bluebridge.js', 'server', 'm1', '--spec', '/run/x/fabric.yaml'],
        log: '/run/x/m1.log',
        ready: { text: 'Ctrl-C stops it' },
      },
    });
    assert.deepEqual([alice!.role, alice!.process], ['client', undefined]);
  });

  it('links every host to its port, under names that the kernel takes', () => {
    assert.deepEqual(
      description.links.map((l) => [l.host, l.hostInterface, l.switchInterface, l.port]),
      [
        ['m1', 'm1-eth0', 's1-eth9', 9],
        [LONG, 'p12-eth0', 's1-eth12', 12],
        ['alice', 'alice-eth0', 's1-eth3', 3],
        ['bob', 'bob-eth0', 's1-eth4', 4],
      ],
    );
  });

  it('runs our switch on the specification, and BMv2 on the same interfaces', () => {
    const [ours] = describeFabric(fabric, { ...options, pcap: '/p' }).switches;
    assert.deepEqual(ours!.process.argv, [
      ...['node', 'bluebridge.js', 'switch', '/run/x/fabric.yaml', '--name', 's1', '--pcap', '/p/s1.pcapng'],
    ]);
    const [bmv2] = describeFabric(fabric, { ...options, simpleSwitch: '/bin/ssg', pcap: '/p' }).switches;
    assert.equal(
      bmv2!.process.argv.join(' '),
      '/bin/ssg --device-id 7 --no-p4 -i 9@s1-eth9 -i 12@s1-eth12 -i 3@s1-eth3 -i 4@s1-eth4 ' +
        '--notifications-addr ipc:///run/x/s1.ipc --pcap=/p -- --grpc-server-addr 127.0.0.1:9559 --cpu-port 200',
    );
    for (const { process } of [ours!, bmv2!]) assert.deepEqual(process.ready, { tcp: '127.0.0.1:9559' });
  });

  it('is JSON through and through', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(description)), description);
  });
});

describe('mininetSpec', () => {
  it('is the same fabric, with an interface at both ends of every cable and P4Runtime on loopback', () => {
    const read = parseFabric(mininetSpec(fabric));
    const ends = [
      ['if:m1-eth0', 'if:s1-eth9'],
      ['if:p12-eth0', 'if:s1-eth12'],
      ['if:alice-eth0', 'if:s1-eth3'],
      ['if:bob-eth0', 'if:s1-eth4'],
    ].map(([host, switch_]) => ({ host, switch: switch_ }));
    assert.deepEqual(read, {
      ...fabric,
      switches: [{ ...fabric.switches[0], p4runtime: '127.0.0.1:9559' }],
      servers: fabric.servers.map((s, i) => ({ ...s, wires: ends[i] })),
      clients: fabric.clients.map((c, i) => ({ ...c, wires: ends[2 + i] })),
    });
  });
});

describe('spoofedSpec', () => {
  it("is the victim's name, node and MAC behind the liar's cable", () => {
    const [alice, bob] = fabric.clients;
    const { clients } = parseFabric(spoofedSpec(fabric, alice!, bob!));
    assert.deepEqual(
      clients.map((c) => [c.name, c.node, c.mac, c.wires?.host]),
      [['alice', 1, '02:bb:00:00:00:01', 'if:bob-eth0']],
    );
  });
});

describe('hostConfig', () => {
  it('tells a server and a client what they need to take part', () => {
    assert.equal(
      hostConfig(fabric, fabric.servers[0]!),
      [
        ...['NAME=m1', 'ROLE=server', 'INTERFACE=m1-eth0', 'MAC=02:bb:00:00:01:01', 'IPV6=fd00:bb::101'],
        ...['NODE=0x101', 'MEMORY=fdcc:101::', 'ANYCAST=fdcc:ffff::', 'GATEWAY_MAC=02:bb:00:00:ff:ff'],
        ...['UDP_PORT=5000', 'PAGE_SIZE=4096', 'MTU=9000', 'CAPACITY=1048576'],
        ...['SERVERS=fdcc:101::,fdcc:1ff::', ''],
      ].join('\n'),
    );
    const alice = hostConfig(fabric, fabric.clients[0]!);
    assert.match(alice, /^ROLE=client$/m);
    assert.match(alice, /^DOMAIN=40$/m);
    assert.doesNotMatch(alice, /CAPACITY/);
  });
});
