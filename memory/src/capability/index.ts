export type { HalfSipKey } from './halfsiphash.js';
export { type Capability, type Claim, isGenuine, mint, startOf } from './token.js';
