// The p4.v1.P4Runtime service as grpc-js wants it described.
import type { MethodDefinition } from '@grpc/grpc-js';
import {
  CapabilitiesRequest,
  CapabilitiesResponse,
  GetForwardingPipelineConfigRequest,
  GetForwardingPipelineConfigResponse,
  type Init,
  type MessageType,
  ReadRequest,
  ReadResponse,
  SetForwardingPipelineConfigRequest,
  SetForwardingPipelineConfigResponse,
  StreamMessageRequest,
  StreamMessageResponse,
  WriteRequest,
  WriteResponse,
} from '../messages.js';

/** A message to send: itself, or its bytes where they were made before. */
export type Outgoing<T> = T | Init<T> | Buffer;

/** What the callee takes, what the caller gives: `decode` makes whole messages, `encode` takes partial ones. */
export type Method<Request, Response> = MethodDefinition<Request, Response>;

function method<Request, Response>(
  name: string,
  request: MessageType<Request>,
  response: MessageType<Response>,
  streams: { readonly request?: boolean; readonly response?: boolean } = {},
): Method<Request, Response> {
  return {
    path: `/p4.v1.P4Runtime/${name}`,
    requestStream: streams.request ?? false,
    responseStream: streams.response ?? false,
    requestSerialize: (message) => bytesOf(request, message),
    requestDeserialize: (bytes) => request.decode(bytes),
    responseSerialize: (message) => bytesOf(response, message),
    responseDeserialize: (bytes) => response.decode(bytes),
  };
}

const bytesOf = <T>(type: MessageType<T>, message: Outgoing<T>): Buffer =>
  Buffer.isBuffer(message) ? message : type.encode(message as Init<T>);

export const methods = {
  write: method('Write', WriteRequest, WriteResponse),
  read: method('Read', ReadRequest, ReadResponse, { response: true }),
  setForwardingPipelineConfig: method(
    'SetForwardingPipelineConfig',
    SetForwardingPipelineConfigRequest,
    SetForwardingPipelineConfigResponse,
  ),
  getForwardingPipelineConfig: method(
    'GetForwardingPipelineConfig',
    GetForwardingPipelineConfigRequest,
    GetForwardingPipelineConfigResponse,
  ),
  streamChannel: method('StreamChannel', StreamMessageRequest, StreamMessageResponse, {
    request: true,
    response: true,
  }),
  capabilities: method('Capabilities', CapabilitiesRequest, CapabilitiesResponse),
} as const;
