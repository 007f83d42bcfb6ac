import { once } from 'node:events';
import { Controller, StoreError } from '@bluebridge/controller';
import type { ControllerApi } from '@bluebridge/controller/api';
import type { SwitchSpec } from '@bluebridge/templates';
import { Command } from 'commander';
import { sessions } from 'p4runtime-js';
import { type ApiPlace, startApi } from '../fabric/api.js';
import { pipelineOf } from '../fabric/pipeline.js';
import { type StorePlace, storeOption } from '../fabric/store.js';
import { type Leadership, terms } from '../fabric/terms.js';
import { EXIT, Failure } from '../failure.js';
import { Interrupted, interruptSignal } from '../interrupt.js';
import { logger } from '../output/log.js';
import { Steps } from '../output/steps.js';
import { count } from '../output/units.js';
import { fabricOf, logOption, SPEC_ARGUMENT, wholeNumber } from './options.js';

interface ControllerOptions extends ApiPlace {
  readonly p4runtime?: string;
  readonly pipeline?: string;
  readonly electionId: number;
  readonly replace?: boolean;
  readonly once?: boolean;
  readonly store: StorePlace;
  readonly log: string;
}

export function controllerCommand(): Command {
  return new Command('controller')
    .description("run the fabric's controller as a process of its own")
    .argument('[spec]', SPEC_ARGUMENT)
    .option('--p4runtime <address>', "where the only switch listens; default: the specification's")
    .option(
      '--pipeline <dir>',
      'push the program that generate and compile wrote there; default: out for the target tofino, else none is needed',
    )
    .option('--election-id <n>', 'the controller with the highest one is primary', wholeNumber, 1)
    .option('--replace', 'replace a program of somebody else that the switch runs')
    .option('--once', 'end with an error when the session with the switch ends, instead of connecting again')
    .addOption(storeOption())
    .option('--api <host:port>', 'serve the HTTP API that "bluebridge ctl" uses, such as 127.0.0.1:9560')
    .option(
      '--api-token-file <file>',
      'made, mode 0600, if there is none; default: $BLUEBRIDGE_API_TOKEN_FILE, else ~/.config/bluebridge/api-token',
    )
    .option('--api-cert <file>', 'PEM: serve the API over TLS; demanded off loopback')
    .option('--api-key <file>', 'PEM: the key of that certificate, mode 0600')
    .option(
      '--api-client-ca <file>',
      'PEM: clients of the API need a certificate that this CA has signed, and no token',
    )
    .addOption(logOption('info'))
    .addHelpText(
      'after',
      `
Renders and compiles the program, becomes primary at every switch, pushes it, fills the tables, and answers what the program sends up, until Ctrl-C.
A switch that restarts is brought to the same state again, and so is this controller: what it is told is on the disk before it answers.
Among several switches, frames go around links and switches that fail.

Examples:
  $ bluebridge controller examples/quickstart.yaml
  $ bluebridge controller --api 127.0.0.1:9560                 then: bluebridge ctl status
  $ bluebridge controller --p4runtime 127.0.0.1:9559 --election-id 7
  $ bluebridge controller --store lmdb:/var/lib/bluebridge
  $ bluebridge controller --store etcd:10.0.0.1:2379,10.0.0.2:2379   one of several leads; its election id is etcd's
  $ bluebridge controller tofino.yaml --pipeline out                 see docs/tofino.md`,
    )
    .action(run);
}

async function run(spec: string | undefined, options: ControllerOptions): Promise<void> {
  const interrupt = interruptSignal();
  const { signal } = interrupt;
  const steps = new Steps();
  const log = logger(options.log);
  const fabric = await steps.run(
    'spec',
    () => fabricOf(spec),
    (f) => f.name,
  );
  const { pipeline } = await steps.run(
    'program',
    () => pipelineOf(fabric, options.pipeline),
    ({ origin }) => origin,
  );
  if (options.p4runtime !== undefined && fabric.switches.length > 1) {
    throw new Failure(
      'the fabric has several switches; give each its `p4runtime` in the specification, and leave --p4runtime out',
      EXIT.USAGE,
    );
  }
  const onWaiting = (reason: string): void => log.info({ store: options.store }, `waiting: ${reason}`);
  const leading = terms({
    ...{ place: options.store, fabricName: fabric.name, electionId: BigInt(options.electionId) },
    ...{ signal, onWaiting },
  });
  try {
    for await (const term of leading) {
      await lead(term);
      if (signal.aborted) break;
      log.warn(
        `deposed: ${(term.signal.reason as Error | undefined)?.message ?? 'the store gave no answer'}`,
      );
    }
    if (signal.aborted && !(signal.reason instanceof Interrupted)) throw signal.reason;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
  } finally {
    interrupt.dispose();
  }

  async function lead({ store, electionId, mayWrite, signal }: Leadership): Promise<void> {
    const controller = new Controller({ fabric, pipeline, log, store, mayWrite });
    let api: ControllerApi | undefined;
    try {
      await steps.run(
        'store',
        () => controller.start(),
        () => `${store.name}, ${count(controller.allocations.size)} allocations`,
      );
      api = await startApi(options, { operations: controller.operations, fabric, log });
      if (api) log.info({ api: api.url }, 'API listening');
      await control(controller, electionId, signal);
    } catch (error) {
      // What fails because the term is over is no failure.
      if (!signal.aborted && !isElectable(error, options.store)) throw error;
    } finally {
      await api?.close();
      await controller.close();
    }
  }

  /** All switches, side by side; where one cannot be had any more, none is. */
  async function control(controller: Controller, electionId: bigint, signal: AbortSignal): Promise<void> {
    const ends = new AbortController();
    const either = AbortSignal.any([signal, ends.signal]);
    const attached = new Set<string>();
    const onAttached = (name: string): void => {
      if (attached.has(name)) return;
      attached.add(name);
      if (attached.size === fabric.switches.length) process.stderr.write('every switch is as intended\n');
    };
    await Promise.all(
      fabric.switches.map((spec) =>
        follow(spec, controller, electionId, either, onAttached).catch((error: unknown) => {
          ends.abort();
          throw error;
        }),
      ),
    );
  }

  /** Session after session with one switch. */
  async function follow(
    spec: SwitchSpec,
    controller: Controller,
    electionId: bigint,
    signal: AbortSignal,
    onAttached: (name: string) => void,
  ): Promise<void> {
    const { name, deviceId } = spec;
    const address = options.p4runtime ?? spec.p4runtime;
    const onFailure = (error: Error, waitMs: number) => {
      if (options.once) throw error;
      log.warn({ waitMs }, `${error.message}; trying again`);
    };
    for await (const client of sessions({ address, deviceId, electionId }, { signal, onFailure })) {
      await steps.run(
        fabric.switches.length > 1 ? `control ${name}` : 'control',
        () => controller.attach(client, { replace: options.replace, switch: name }),
        (r) =>
          `primary on ${address}, program ${r.pipeline}, ${count(r.entries)} entries, ${count(r.updates)} updates`,
      );
      onAttached(name);
      if (client.state.kind !== 'ended') await Promise.race([once(client, 'disconnected'), client.ended]);
      if (signal.aborted) break;
      const error = await client.ended;
      if (options.once && error) throw error;
      log.warn(`the session with ${address} ended: ${error?.message ?? 'closed'}; connecting again`);
    }
  }
}

/** Of etcd, which is asked again: somebody else leads, or no member gives an answer. */
const isElectable = (error: unknown, { kind }: StorePlace): boolean =>
  kind === 'etcd' &&
  error instanceof StoreError &&
  (error.code === 'STORE_DEPOSED' || error.code === 'STORE_UNAVAILABLE');
