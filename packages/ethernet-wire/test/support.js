/** A frame of `length` bytes whose first bytes name it. */
export function numberedFrame(n, length = 64) {
  const frame = new Uint8Array(length);
  new DataView(frame.buffer).setUint32(0, n);
  return frame;
}
export function frameNumber(frame) {
  return new DataView(frame.buffer, frame.byteOffset, frame.byteLength).getUint32(0);
}
/** Become the wire's receiver and keep what arrives. */
export function collect(wire) {
  const frames = [];
  const batches = [];
  let waiter;
  const check = () => {
    if (waiter !== undefined && frames.length >= waiter.count) {
      waiter.resolve(frames);
      waiter = undefined;
    }
  };
  wire.onFrames((batch) => {
    batches.push(batch.length);
    for (const frame of batch) frames.push(frame.slice());
    check();
  });
  return {
    frames,
    batches,
    until: (count) =>
      new Promise((resolve) => {
        waiter = { count, resolve };
        check();
      }),
  };
}
/** One turn of the event loop. */
export function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}
//# sourceMappingURL=support.js.map
