import { udpEnds } from './scalars.js';

/** The switch's end of a `udp:` cable that is told from the host's end: the two addresses swapped. */
export function switchWire(hostWire: string): string | undefined {
  const ends = udpEnds(hostWire);
  return ends && `udp:${ends.remote},${ends.local}`;
}
