import { parentPort, workerData } from 'node:worker_threads';
import { MapError } from './errors.js';
import { loadKernel } from './kernel.js';
import type { Answer, Ask, ServeOptions } from './messages.js';
import { Server } from './serve.js';

/** The thread that serves the faults of one mapping; see map.ts. */
const port = parentPort!;

const failure = (error: unknown): Answer['error'] =>
  error instanceof MapError
    ? { code: error.code, message: error.message }
    : { code: 'STORE_FAILED', message: error instanceof Error ? error.message : String(error) };

try {
  const server = await Server.start(await loadKernel(), workerData as ServeOptions);
  port.on('message', async ({ id, ask }: Ask) => {
    const answer = (rest: Omit<Answer, 'id'>) => port.postMessage({ id, ...rest } satisfies Answer);
    try {
      if (ask === 'sync') await server.sync();
      if (ask === 'end') await end(server);
      answer({ status: server.status });
    } catch (error) {
      answer({ error: failure(error) });
    }
    if (ask === 'end') port.close();
  });
  port.postMessage({ id: -1 } satisfies Answer);
} catch (error) {
  port.postMessage({ id: -1, error: failure(error) } satisfies Answer);
}

async function end(server: Server): Promise<void> {
  try {
    if (server.isPersistent) await server.sync();
  } finally {
    await server.end();
  }
}
