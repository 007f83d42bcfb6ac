import { parentPort, workerData } from 'node:worker_threads';
import { openWire } from 'ethernet-wire';
import { MemoryServer, type MemoryServerOptions } from '../../server/server.js';

/** A memory server in a thread of its own, for tests whose main thread waits for pages in the kernel. Answers with its status when asked. */
const { wire, ...options } = workerData as Omit<MemoryServerOptions, 'wire'> & { wire: string };
const server = new MemoryServer({ ...options, wire: await openWire(wire) });
parentPort!.on('message', async (ask: 'status' | 'close') => {
  if (ask === 'close') await server.close();
  parentPort!.postMessage(server.status.allocatedBytes);
  if (ask === 'close') parentPort!.close();
});
parentPort!.postMessage('ready');
