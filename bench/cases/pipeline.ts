import { type Wire, wirePair } from 'ethernet-wire';
import type { EngineName } from 'p4-switch';
import type { Case, Contender, Contest, Figure, Metrics } from '../lib/contest.js';
import { Inspector, type Load, requests, routed } from '../lib/frames.js';
import { ProbeWire } from '../lib/probe-wire.js';
import { quickstart } from '../lib/program.js';
import { Rig } from '../lib/rig.js';

const LOADS: readonly Load[] = ['read', 'write'];
/** Of each of two clients on each of two servers, an entry each. The interpreter's tables are plain lists, which many entries make slower. */
const PAGES = 64;
/** Frames in flight, well inside a wire's queue. */
const BATCH = 256;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Frames a second through the rendered quick start program in one process, its tables filled over P4Runtime. */
export const pipelineCase: Case = { name: 'pipeline', about: 'frames through the compiled pipeline', open };

async function open(): Promise<Contest> {
  const { fabric, pipeline } = await quickstart(4096);
  const clientPort = fabric.clients[0]!.port;
  const serverPort = fabric.servers[0]!.port;
  const frames = new Map(LOADS.map((load) => [load, requests(fabric, load, PAGES)]));
  const passed = new Map(
    LOADS.map((load) => [load, frames.get(load)!.map((frame) => routed(fabric, frame))]),
  );
  const rigs: Rig[] = [];

  const rigOf = async (engine: EngineName, client: Wire, server: Wire): Promise<void> => {
    const ports = new Map([
      [clientPort, client],
      [serverPort, server],
    ]);
    rigs.push(await Rig.start({ fabric, pipeline, engine, ports, pages: PAGES }));
  };

  /** The pipeline between two ends that only count. */
  const alone = async (engine: EngineName): Promise<Contender> => {
    const [client, server] = [new ProbeWire('client'), new ProbeWire('server')];
    await rigOf(engine, client, server);
    return {
      name: engine === 'compiled' ? 'compiled' : 'interpreter',
      run: (seconds) =>
        perLoad(seconds, async (load, until) => {
          const batch = frames.get(load)!;
          const inspector = new Inspector(passed.get(load)!);
          server.sent = (frame) => inspector.look([frame]);
          client.deliver(batch);
          requireAll(inspector, batch.length, engine);
          const few = batch.slice(0, 48);
          let sent = 0;
          server.sent = () => sent++;
          do client.deliver(few);
          while (performance.now() < until);
          return sent;
        }),
    };
  };

  /** A client's wire, and what its frames arrive at: over the switch, or at once. */
  const wired = async (name: string, through: boolean): Promise<Contender> => {
    const [near, switchNear] = wirePair();
    const [switchFar, far] = wirePair();
    if (through) await rigOf('compiled', switchNear, switchFar);
    const receiver = through ? far : switchNear;
    return {
      name,
      run: (seconds) =>
        perLoad(seconds, async (load, until) => {
          const inspector = new Inspector(through ? passed.get(load)! : frames.get(load)!);
          receiver.onFrames(inspector.look);
          const all = frames.get(load)!;
          let sent = 0;
          do {
            for (let i = 0; i < BATCH; i++) near.send(all[sent++ % all.length]!);
            while (inspector.frames + inspector.wrong < sent) await turn();
          } while (performance.now() < until);
          requireAll(inspector, sent, name);
          return sent;
        }),
    };
  };

  const contenders = [
    await alone('compiled'),
    await alone('interpreter'),
    await wired('wire, switch, wire', true),
    await wired('bare wire', false),
  ];
  return {
    contenders,
    figures: LOADS.flatMap(figuresOf),
    notes: () => [
      'through wires: two wires and the pipeline, against one wire; every frame compared at the end',
    ],
    close: async () => void (await Promise.all(rigs.map((rig) => rig.close()))),
  };
}

/** Each load for its share of the time; as frames a second. */
async function perLoad(
  seconds: number,
  run: (load: Load, until: number) => Promise<number>,
): Promise<Metrics> {
  const metrics: Record<string, number> = {};
  for (const load of LOADS) {
    await run(load, performance.now() + seconds * 100); // warm
    const began = performance.now();
    const count = await run(load, began + seconds * 1000);
    metrics[load] = (count * 1000) / (performance.now() - began);
  }
  return metrics;
}

function requireAll({ frames, wrong }: Inspector, sent: number, name: string): void {
  if (wrong > 0 || frames !== sent) {
    throw new Error(`${name}: of ${sent} frames ${frames} arrived as they should and ${wrong} otherwise`);
  }
}

function figuresOf(load: Load): Figure[] {
  const what = load === 'read' ? 'READ requests' : 'WRITE chunks';
  const figure = (title: string, subject: string, baseline: string): Figure => ({
    title: `${what}, ${title}`,
    unit: 'frames/s',
    subject: { contender: subject, metric: load },
    baseline: { contender: baseline, metric: load },
  });
  return [
    figure('pipeline alone', 'compiled', 'interpreter'),
    figure('through wires', 'wire, switch, wire', 'bare wire'),
  ];
}
