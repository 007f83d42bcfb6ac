import { MemoryClient, MemoryServer } from '@bluebridge/memory';
import { wirePair } from 'ethernet-wire';

const [near, far] = wirePair();
const server = new MemoryServer({ node: 0x101, mac: '02:00:00:00:01:01', capacity: 64 << 20, wire: far });
const client = new MemoryClient({
  node: 1,
  mac: '02:00:00:00:00:01',
  gatewayMac: '02:00:00:00:01:01',
  wire: near,
});
const mode = process.argv[2];
const into = new Uint8Array(4096);
const B = 8 << 20;
const big = new Uint8Array(B);
const region = await client.alloc(B, { node: 0x101 });
const step = {
  r: () => client.read(region, 4096),
  i: () => client.read(region, 4096, { into }),
  w: () => client.write(region, into),
  R: () => client.read(region, B, { into: big }),
  W: () => client.write(region, big),
}[mode];
const n = mode < 'a' ? 8 : 15000;
const per = mode < 'a' ? B / 4096 : 1;
let best = 1e9;
for (let r = 0; r < 10; r++) {
  const t = process.cpuUsage();
  for (let i = 0; i < n; i++) await step();
  const u = process.cpuUsage(t);
  best = Math.min(best, (u.user + u.system) / n / per);
}
console.log(mode, 'cpu us/page', best.toFixed(2), 'resent', client.counters.retransmissions);
await client.close();
await server.close();
