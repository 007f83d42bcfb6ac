export * from './address.js';
export { chunkBytes, chunkCount, impliedChunkBytes, MIN_MTU } from './chunks.js';
export * from './constants.js';
export { DEFECTS, type DecodeOptions, type Defect, decodeFrame } from './decode.js';
export { describeDefect } from './describe.js';
export { encodeFrame, FrameWriter, type FrameWriterOptions } from './encode.js';
export { type MacAddress, macBytes } from './mac.js';
export { Message } from './message.js';
export * from './stamp.js';
