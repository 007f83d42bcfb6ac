import {
  BUSY_HINT,
  COHERENCE_FLAGS,
  COHERENCE_GROUP,
  CONTROLLER_INDEX,
  DIRECTORY_COMMANDS,
} from '../program/index.js';
import type { Coherence } from '../spec/fabric.js';
import { type ConstantGroup, enumeration } from './constants.js';

/** Bytes of the UDP header, the BlueBridge header and the coherence header. */
const ACK_LENGTH = 8 + 24 + 32;

/** What the switch's clock counts: microseconds. */
const TICK = 1024;

/** Constants of a program with `features.coherence`. */
export function coherenceGroups({ mode, slots, lockLease }: Coherence, udpPort: number): ConstantGroup[] {
  const common: ConstantGroup = {
    title: 'Coherence: the flags of its header.',
    constants: [
      ...enumeration('bit<8>', 'FLAG', COHERENCE_FLAGS, {
        GRANTED: 'set by the switch alone, as CLEAR is',
        HOME: 'within the switch: one copy goes to the home',
      }),
      {
        type: 'bit<16>',
        name: 'ACK_LENGTH',
        value: String(ACK_LENGTH),
        note: 'of its UDP datagram: no payload',
      },
    ],
  };
  if (mode === 'home') return [common];
  return [
    common,
    {
      title: 'The directory in the switch.',
      constants: [
        { type: 'bit<32>', name: 'SLOTS', value: String(slots), note: 'cells of each register' },
        {
          type: 'bit<32>',
          name: 'LOCK_LEASE',
          value: String(Math.max(1, Math.round((lockLease * 1000) / TICK))),
          note: `in units of ${TICK} microseconds`,
        },
        { type: 'bit<8>', name: 'BUSY_HINT', value: String(BUSY_HINT), note: 'milliseconds' },
        { type: 'bit<8>', name: 'CONTROLLER_INDEX', value: String(CONTROLLER_INDEX), note: 'it has no bit' },
        { type: 'bit<16>', name: 'PROBE_PORT', value: String(udpPort + 1), note: 'UDP port of clients' },
        {
          type: 'bit<16>',
          name: 'COHERENCE_GROUP',
          value: String(COHERENCE_GROUP),
          note: 'multicast to all hosts',
        },
        ...enumeration('bit<8>', 'DIRECTORY', DIRECTORY_COMMANDS),
      ],
    },
  ];
}
