import type { DeviceHandler, P4RuntimeClient } from 'p4runtime-js';
import type { EventQueue } from './queue.js';

/**
 * Between two events promises may go on by so many steps. Letting all of them go on takes a turn of Node's event loop, which costs more than most events;
 * any fixed number makes the run as reproducible.
 */
const HOPS = 4;
/** So often a turn is taken all the same: signals and sockets wait for it. */
const EVENTS_A_TURN = 64;

/**
 * The way between switch and controller is a real P4Runtime session, whose messages take real time. While any of them is under way no time passes in the
 * run, so that what they do is done at one moment of it, whatever the machine is busy with.
 */
export class ControlPath {
  /** Packet-ins and digests that left the device, less those that came to the controller; packet-outs the other way round; calls without an answer. */
  #underWay = 0;
  #held = 0;

  get isQuiet(): boolean {
    return this.#underWay === 0 && this.#held === 0;
  }

  /** No time passes in the run until this work, of more than messages on a session, is done. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#held++;
    try {
      return await work();
    } finally {
      this.#held--;
    }
  }

  /** The device, counted. */
  readonly face = <Device extends DeviceHandler>(device: Device): DeviceHandler =>
    new Proxy(device, {
      get: (target, key) => {
        if (key === 'connect') {
          return (events: Parameters<DeviceHandler['connect']>[0]) =>
            target.connect({
              ...events,
              packetIn: (packet) => this.#sent(events.packetIn(packet)),
              digest: (digest) => this.#sent(events.digest(digest)),
            });
        }
        if (key === 'packetOut') {
          return (...args: Parameters<DeviceHandler['packetOut']>) => {
            this.#underWay--;
            return target.packetOut(...args);
          };
        }
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });

  /** A session, counted: to be called before anybody listens to it. */
  watch(session: P4RuntimeClient): void {
    session.on('packetIn', () => this.#underWay--);
    session.on('digest', () => this.#underWay--);
    const { write, sendPacket } = session;
    session.write = async (...args) => {
      this.#underWay++;
      try {
        return await write.apply(session, args);
      } finally {
        this.#underWay--;
      }
    };
    session.sendPacket = async (...args) => {
      this.#underWay++;
      try {
        await sendPacket.apply(session, args);
      } catch (error) {
        this.#underWay--;
        throw error;
      }
    };
  }

  /** A session ended: nothing is under way any more. */
  reset(): void {
    this.#underWay = 0;
  }

  /** Let promises and messages run until there are none. */
  async settle(): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve));
    while (!this.isQuiet);
  }

  /** Let the run go on until a promise is settled. @throws Error if nothing is left that could settle it */
  async until<Result>(queue: EventQueue, promise: Promise<Result>): Promise<Result> {
    let isSettled = false;
    const settled = () => {
      isSettled = true;
    };
    promise.then(settled, settled);
    for (let events = 1; ; events++) {
      if (this.isQuiet && events % EVENTS_A_TURN !== 0) for (let i = 0; i < HOPS; i++) await undefined;
      else await this.settle();
      if (isSettled) return promise;
      if (!queue.step()) throw new Error('nothing is due any more, and the run is not over');
    }
  }

  #sent(receivers: number): number {
    this.#underWay += receivers;
    return receivers;
  }
}
