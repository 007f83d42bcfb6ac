export {
  bitLength,
  byteLength,
  canonicalBits,
  clearLowBits,
  compare as compareBytes,
  fromNumber as bytesFromNumber,
  ones,
  padded,
  toBigInt as bytesToBigInt,
  toNumber as bytesToNumber,
  trim as trimBytes,
} from './bitstring.js';
export { formatIpv4, parseIpv4 } from './ipv4.js';
export { formatIpv6, parseIpv6 } from './ipv6.js';
export { formatMac, parseMac } from './mac.js';
export { encodeMatch, formatMatch, type MatchInput, type MatchKey, type MatchKind } from './match.js';
export { fromSigned as signedToBytes, toSigned as bytesToSigned } from './signed.js';
export {
  bitType,
  encodeValue,
  formatValue,
  STRING_TYPE,
  type ValueFormat,
  type ValueInput,
  type ValueType,
} from './value.js';
