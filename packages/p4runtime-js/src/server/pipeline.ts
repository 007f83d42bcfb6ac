import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import {
  type ForwardingPipelineConfig,
  type GetForwardingPipelineConfigRequest,
  SetForwardingPipelineConfigRequestAction as PipelineAction,
  GetForwardingPipelineConfigRequestResponseType as ResponseType,
  type SetForwardingPipelineConfigRequest,
} from '../messages.js';
import type { Init } from '../wire/message-type.js';
import type { Device } from './device.js';

/** @throws P4RuntimeError in the order that section "SetForwardingPipelineConfig RPC" gives */
export async function setPipeline(
  device: Device,
  request: SetForwardingPipelineConfigRequest,
): Promise<void> {
  const caller = device.checkPrimary(request);
  const { action, config } = request;
  const name = Object.entries(PipelineAction).find(([, value]) => value === action)?.[0];
  if (!name || action === PipelineAction.UNSPECIFIED) {
    const valid = Object.keys(PipelineAction).slice(1).join(', ');
    throw new P4RuntimeError(
      `the action is ${action ? String(action) : 'not set'}; it is one of ${valid}`,
      Code.INVALID_ARGUMENT,
    );
  }
  if (action === PipelineAction.COMMIT && config) {
    throw new P4RuntimeError(
      'COMMIT takes no config: it commits the one that VERIFY_AND_SAVE saved',
      Code.INVALID_ARGUMENT,
    );
  }
  if (action !== PipelineAction.COMMIT && !config) {
    throw new P4RuntimeError(`${name} needs a config with P4Info and device config`, Code.INVALID_ARGUMENT);
  }
  await device.lock.write(() => device.handler.setPipeline(action, config, caller));
}

/** The parts of the config that were asked for; undefined while there is none. */
export function getPipeline(
  device: Device,
  request: GetForwardingPipelineConfigRequest,
): Init<ForwardingPipelineConfig> | undefined {
  const config = device.handler.pipeline;
  if (!config) return undefined;
  const { p4info, p4DeviceConfig, cookie } = config;
  switch (request.responseType) {
    case ResponseType.ALL:
      return { p4info, p4DeviceConfig, cookie };
    case ResponseType.COOKIE_ONLY:
      return { cookie };
    case ResponseType.P4INFO_AND_COOKIE:
      return { p4info, cookie };
    case ResponseType.DEVICE_CONFIG_AND_COOKIE:
      return { p4DeviceConfig, cookie };
    default:
      throw new P4RuntimeError(
        `${String(request.responseType)} is no response type; it is one of ${Object.keys(ResponseType).join(', ')}`,
        Code.INVALID_ARGUMENT,
      );
  }
}
