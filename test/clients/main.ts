// `npm run test:clients`: P4Runtime clients that others wrote drive the embedded switch. Those that Python cannot import are said to be missing.
import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { openUdpWire } from 'ethernet-wire';
import { RunningSwitch } from 'p4-switch';

const HERE = import.meta.dirname;
const PROGRAM = `${HERE}/../../packages/p4-switch/fixtures/control`;
const PYTHON = process.env.BLUEBRIDGE_PYTHON ?? 'python3';
const CPU_PORT = 510;
const CLIENTS = [
  { name: 'p4runtime-shell', module: 'p4runtime_sh.shell', script: 'shell_drive.py' },
  { name: 'finsy', module: 'finsy', script: 'finsy_drive.py' },
];

/** A UDP port of the loopback that is free now: Python binds it a moment later. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

/** Run one client's driver against a switch of its own; resolves to its exit code and counts. */
async function drive(script: string): Promise<{ code: number; passed: number; failed: number }> {
  const ports = new Map<number, Awaited<ReturnType<typeof openUdpWire>>>();
  for (const number of [1, 2]) {
    const remote = { host: '127.0.0.1', port: await freePort() };
    ports.set(number, await openUdpWire({ local: { host: '127.0.0.1', port: 0 }, remote }));
  }
  const running = await RunningSwitch.start({ p4runtime: '127.0.0.1:0', cpuPort: CPU_PORT, ports });
  const BLUEBRIDGE_SWITCH = JSON.stringify({
    address: running.address,
    p4info: `${PROGRAM}.p4info.txtpb`,
    json: `${PROGRAM}.json`,
    ports: Object.fromEntries(
      [...ports].map(([n, { local, remote }]) => [n, { switch: local.port, host: remote.port }]),
    ),
  });
  try {
    const child = spawn(PYTHON, [script], {
      cwd: HERE,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, BLUEBRIDGE_SWITCH, PYTHONDONTWRITEBYTECODE: '1' },
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
      process.stdout.write(chunk);
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    const counts = /^\{.*\}$/m.exec(output)?.[0];
    // A driver that ended before it could count has failed, whatever it printed.
    return { ...(counts ? JSON.parse(counts) : { passed: 0, failed: 1 }), code: code ?? 1 };
  } finally {
    await running.close();
  }
}

let passed = 0;
let failed = 0;
const missing: string[] = [];
for (const { name, module, script } of CLIENTS) {
  const found = spawnSync(PYTHON, ['-c', `import ${module}`], { encoding: 'utf8' });
  if (found.status !== 0) {
    missing.push(
      `${name}: not installed (${found.error?.message ?? found.stderr.trim().split('\n').at(-1)})`,
    );
    continue;
  }
  const counts = await drive(script);
  passed += counts.passed;
  failed += counts.failed + (counts.code !== 0 && counts.failed === 0 ? 1 : 0);
}
for (const line of missing) console.log(line);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || missing.length === CLIENTS.length ? 1 : 0;
