import { Code } from '../../errors/code.js';
import { P4RuntimeError } from '../../errors/p4runtime-error.js';
import { BfPipelineConfig } from '../../generated/stratum.js';
import {
  type DigestListAck,
  Entity,
  ForwardingPipelineConfig,
  type Init,
  type PacketOut,
  SetForwardingPipelineConfigRequestAction as PipelineAction,
  Update,
  WriteRequestAtomicity,
} from '../../messages.js';
import type { Caller, DeviceEvents, DeviceHandler, WriteTransaction } from '../device-handler.js';
import { invalid, unimplemented } from './errors.js';
import { readLikeStratum } from './reads.js';
import { writable } from './writes.js';

/** What Capabilities answers: Stratum is built with this version of P4Runtime. */
export const STRATUM_API_VERSION = '1.4.0-rc.5';

/** Stratum acknowledges digests to the driver itself, and gives all lists the one id -1. */
const LIST_ID = 2n ** 64n - 1n;

export interface StratumLikeOptions {
  /**
   * What runs in place of the chip's binary: the config for the device behind, made of the config that the controller
   * sent. May throw a P4RuntimeError, which refuses the pipeline.
   */
  readonly standIn: (
    sent: ForwardingPipelineConfig,
    pipeline: BfPipelineConfig,
  ) => Init<ForwardingPipelineConfig>;
}

/**
 * A device with the limits of Stratum on a Tofino switch, around any other: for trying a controller without the switch.
 *
 * - `p4_device_config` is a BfPipelineConfig; RECONCILE_AND_COMMIT is UNIMPLEMENTED; there is no config: FAILED_PRECONDITION.
 * - Writes: CONTINUE_ON_ERROR only; no DirectMeterEntry, value sets, `meter_config`, one-shot action sets or optional
 *   matches; priorities to 2^24 - 1; one replica for a clone session; of a replica's port only `egress_port` is read;
 *   metadata and idle timeouts are dropped.
 * - Reads: no filters on wildcard reads; direct counters one by one, or with table entries that ask for `counter_data`;
 *   single entities that are not there are NOT_FOUND; const entries are not marked.
 * - Digests have list id -1 and want no acknowledgement.
 *
 * Not imitated: election id 0 is INVALID_ARGUMENT there; roles with a config; the flow of errors of the driver below.
 */
export class StratumLike implements DeviceHandler {
  readonly deviceId: bigint;
  private given: ForwardingPipelineConfig | null = null;

  constructor(
    private readonly device: DeviceHandler,
    private readonly options: StratumLikeOptions,
  ) {
    this.deviceId = device.deviceId;
  }

  /** @throws P4RuntimeError FAILED_PRECONDITION while there is none */
  get pipeline(): ForwardingPipelineConfig {
    if (this.given) return this.given;
    throw new P4RuntimeError(
      'no valid forwarding pipeline config has been pushed for any node so far',
      Code.FAILED_PRECONDITION,
    );
  }

  connect(events: DeviceEvents): void {
    this.device.connect({
      packetIn: (packet) => events.packetIn(packet),
      idleTimeout: () => 0,
      digest: (list) => events.digest({ ...list, listId: LIST_ID }),
    });
  }

  async setPipeline(
    action: PipelineAction,
    config: ForwardingPipelineConfig | null,
    caller: Caller,
  ): Promise<void> {
    if (action === PipelineAction.RECONCILE_AND_COMMIT)
      throw unimplemented('RECONCILE_AND_COMMIT action not supported yet');
    if (!config) return this.device.setPipeline(action, null, caller);
    const sent = copy(config);
    const inner = ForwardingPipelineConfig.from(this.options.standIn(sent, bfPipelineOf(sent)));
    await this.device.setPipeline(action, inner, caller);
    if (action !== PipelineAction.VERIFY) this.given = sent;
  }

  write(update: Update, caller: Caller): void | Promise<void> {
    return this.device.write(Update.from(writable(update)), caller);
  }

  begin(atomicity: WriteRequestAtomicity): WriteTransaction {
    const [name] = Object.entries(WriteRequestAtomicity).find(([, value]) => value === atomicity)!;
    throw invalid(`request atomicity ${name} is not supported; use CONTINUE_ON_ERROR`);
  }

  read(pattern: Entity, caller: Caller): AsyncIterable<Init<Entity>> {
    return readLikeStratum(pattern, (p) => this.device.read(Entity.from(p), caller));
  }

  packetOut(packet: PacketOut, caller: Caller): void | Promise<void> {
    return this.device.packetOut(packet, caller);
  }

  /** Of no use: what it acknowledges was acknowledged when it was sent. */
  digestAck(_ack: DigestListAck): void {}
}

/** @throws P4RuntimeError INVALID_ARGUMENT */
function bfPipelineOf(config: ForwardingPipelineConfig): BfPipelineConfig {
  if (!config.p4info) throw invalid('missing P4 info');
  if (config.p4DeviceConfig.length === 0) throw invalid('missing P4 device config');
  try {
    return BfPipelineConfig.decode(config.p4DeviceConfig);
  } catch {
    throw invalid('unknown format for p4_device_config; it is a serialized BfPipelineConfig');
  }
}

/** Decoded `bytes` are views of the request's buffer. */
const copy = (config: ForwardingPipelineConfig): ForwardingPipelineConfig =>
  ForwardingPipelineConfig.decode(Buffer.from(ForwardingPipelineConfig.encode(config)));
