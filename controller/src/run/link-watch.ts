import { randomBytes } from 'node:crypto';
import type { SwitchPort } from '@bluebridge/templates';
import type { ControllerObserver } from '../events.js';
import type { Intent } from '../intent/intent.js';
import { describeLink, Liveness } from '../liveness/liveness.js';
import { routeFabric } from '../plan/routing.js';
import type { Punted } from '../punt/outcome.js';
import type { Engine } from './engine.js';
import { reroute } from './reroute.js';
import type { Switches } from './switches.js';

const HELLO_MS = 250;

export interface HelloOptions {
  /** Between two hellos. */
  readonly intervalMs?: number;
  /** So many in a row that stay away make a link suspect. */
  readonly deadAfter?: number;
}

export interface LinkWatchOptions {
  readonly intent: Intent;
  readonly engine: Engine;
  readonly switches: Switches;
  readonly observe: ControllerObserver;
  readonly hello?: HelloOptions;
}

/** Watches the links between switches, and sees to it that frames go around those that fail. Does nothing where there are none. */
export class LinkWatch {
  private readonly liveness: Liveness;
  private timer: NodeJS.Timeout | undefined;
  private pending: Promise<void> | undefined;
  private readonly idle: boolean;

  constructor(private readonly options: LinkWatchOptions) {
    const { spec } = options.intent;
    this.idle = spec.links.length === 0;
    const nonce = randomBytes(8).readBigUInt64BE();
    this.liveness = new Liveness(spec, { deadAfter: options.hello?.deadAfter, nonce });
  }

  /** One more switch has a session: its links may be used. */
  async attached(name: string): Promise<void> {
    if (this.idle) return;
    this.liveness.attach(name);
    this.timer ??= setInterval(() => this.tick(), this.options.hello?.intervalMs ?? HELLO_MS).unref();
    await this.reroute();
  }

  /** A session has ended: nothing is known of what goes through that switch. */
  detached(name: string): void {
    if (this.idle) return;
    this.liveness.detach(name);
    void this.reroute();
  }

  /** A hello came in. */
  heard({ switch: at, ingressPort: port, frame }: Punted): void {
    const { observe } = this.options;
    const heard = this.liveness.heard({ switch: at, port }, frame);
    if (heard.kind === 'usable') {
      observe({ type: 'link', link: describeLink(heard.link), usable: true });
      void this.reroute();
    } else if (heard.kind === 'miscabled') {
      const [from, expected] = [show(heard.from), show(heard.expected)];
      observe({ type: 'miscabled', at: show({ switch: at, port }), from, expected });
    }
  }

  close(): void {
    clearInterval(this.timer);
  }

  private tick(): void {
    const { switches, observe } = this.options;
    const { send, suspect } = this.liveness.tick();
    switches.send(send);
    for (const link of suspect) observe({ type: 'link', link: describeLink(link), usable: false });
    if (suspect.length > 0) void this.reroute();
  }

  /** What changes while a rerouting waits for its turn is in it already. */
  private reroute(): Promise<void> {
    const { intent, engine, switches, observe } = this.options;
    this.pending ??= engine.exclusive(async () => {
      this.pending = undefined;
      const began = performance.now();
      const updates = await reroute(intent, switches, routeFabric(intent.spec, this.liveness.isUsable));
      if (updates > 0) observe({ type: 'rerouted', updates, ms: performance.now() - began });
    });
    return this.pending;
  }
}

const show = (end?: SwitchPort): string => (end ? `${end.switch}:${end.port}` : 'no switch');
