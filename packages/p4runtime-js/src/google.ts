export * as protobuf from './generated/google-protobuf.js';
export * as rpc from './generated/google-rpc.js';
