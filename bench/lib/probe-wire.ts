import type { FrameHandler, Wire } from 'ethernet-wire';

/** A wire with nothing behind it: the bench hands frames in, and is told what is sent. */
export class ProbeWire implements Wire {
  readonly maxFrame = 9216;
  readonly stats = { rxFrames: 0, rxBytes: 0, rxDropped: 0, txFrames: 0, txBytes: 0, txDropped: 0 };
  sent: (frame: Uint8Array) => void = () => {};
  #handler: FrameHandler = () => {};

  constructor(readonly name: string) {}

  /** As if the frames had just arrived. */
  deliver(frames: readonly Uint8Array[]): void {
    this.#handler(frames);
  }

  send(frame: Uint8Array): boolean {
    this.sent(frame);
    return true;
  }

  flush(): void {}

  onFrames(handler: FrameHandler): void {
    this.#handler = handler;
  }

  onError(): void {}

  async close(): Promise<void> {}
}
