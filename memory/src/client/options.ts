import type { Wire } from 'ethernet-wire';
import type { MacAddress, MemoryAddress } from '../wire/index.js';

/** A range of a node's memory. */
export interface Region extends MemoryAddress {
  /** Bytes. */
  readonly length: number;
}

export interface CallOptions {
  /** Ends the call with ABORTED. What was sent may take effect all the same; an allocation is then given back. */
  signal?: AbortSignal;
}

export interface Timers {
  setTimeout(run: () => void, milliseconds: number): unknown;
  clearTimeout(timer: unknown): void;
}

export interface MemoryClientOptions {
  /** 0 to 0xfffe. */
  node: number;
  mac: MacAddress;
  /** Where requests are sent: the switch, or the server if there is none between. */
  gatewayMac: MacAddress;
  /** The client owns it from here on, and closes it. */
  wire: Wire;
  /** Of the fabric, bytes, a power of two. Default 4096. */
  pageSize?: number;
  /** Of the path to the servers, bytes. Default 1500. */
  mtu?: number;
  /** First 16 bits of the fabric's addresses. Default `fdbb`. */
  prefix?: number;
  /** As in the fabric's specification: `capability` shows a token with each request (docs/capabilities.md). Default `permissions`. */
  protection?: 'permissions' | 'capability';
  /** UDP port of the servers. Default 5000. */
  port?: number;
  /** This client's own UDP port. Default: one of the dynamic ports (RFC 6335), at random. */
  clientPort?: number;
  /** The most operations in the air to one server, and the pages of one call under way. Default 64. */
  window?: number;
  /** Milliseconds from the first sending of a request to giving up. Default 10,000. */
  timeout?: number;
  /** How often one request is sent at most. Default 12. */
  maxAttempts?: number;
  /** Bounds of the retransmission timeout, milliseconds. Default 200, 40 and 2000. */
  initialRto?: number;
  minRto?: number;
  maxRto?: number;
  /** In [0, 1): for jitter, the first tag and the port. Default Math.random. */
  random?: () => number;
  /** Milliseconds, never running backwards. Default performance.now. */
  clock?: () => number;
  /** Default those of Node. */
  timers?: Timers;
}

export const systemTimers: Timers = {
  setTimeout: (run, milliseconds) => setTimeout(run, milliseconds),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};
