import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/** Two UDP ports of loopback that were free a moment ago. */
export async function freePorts(): Promise<[number, number]> {
  const sockets = [createSocket('udp4'), createSocket('udp4')];
  for (const socket of sockets) {
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
  }
  const [a, b] = sockets.map((socket) => socket.address().port);
  for (const socket of sockets) {
    socket.close();
    await once(socket, 'close');
  }
  return [a!, b!];
}

/** One of the programs beside this file, as a thread. */
export function startThread(name: string, workerData: object): Worker {
  const script = JSON.stringify(new URL(`./${name}.ts`, import.meta.url).href);
  const run = `import('tsx/esm/api').then(({ register }) => (register(), import(${script})))`;
  return new Worker(run, { eval: true, workerData });
}

/** One of the programs beside this file, as a process. */
export function startProcess(name: string, ...args: string[]): ChildProcess {
  const script = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const node = ['--conditions=source', '--import', 'tsx', script, ...args];
  return spawn(process.execPath, node, { stdio: ['ignore', 'inherit', 'pipe'] });
}
