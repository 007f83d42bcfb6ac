import fc from 'fast-check';
import { ALICE, BOB, CPU, damaged, M1, M2, sealed } from './frames.js';
import { vectors } from './vectors.js';

export interface HostileFrame {
  readonly port: number;
  readonly frame: Uint8Array;
}

/**
 * Frames that anybody might send: bytes of chance, and those of `vectors` with some bytes changed, cut or lengthened, with a checksum that is right
 * or not, by any port.
 */
export function hostileFrames(): fc.Arbitrary<HostileFrame> {
  const known = vectors().map(({ frame }) => frame);
  // Most of what the program looks at is in the first 86 bytes.
  const change = fc.tuple(
    fc.nat({ max: 85 }),
    fc.oneof(fc.constantFrom(0, 1, 2, 3, 255), fc.nat({ max: 255 })),
  );
  const nearlyRight = fc
    .record({
      frame: fc.constantFrom(...known),
      changes: fc.array(change, { maxLength: 4 }),
      cut: fc.option(fc.nat({ max: 100 }), { freq: 8 }),
      more: fc.uint8Array({ maxLength: 20 }),
      seal: fc.boolean(),
    })
    .map(({ frame, changes, cut, more, seal }) => {
      const whole = damaged(frame, ...changes.filter(([at]) => at < frame.length));
      const right = seal && whole.length >= 62 ? sealed(whole) : whole;
      return Uint8Array.from([...right.subarray(0, cut ?? right.length), ...more]);
    });
  return fc.record({
    port: fc.constantFrom(...[M1, M2, ALICE, BOB].map(({ port }) => port), 9, CPU),
    frame: fc.oneof(
      { weight: 9, arbitrary: nearlyRight },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
    ),
  });
}
