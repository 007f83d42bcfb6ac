import { createHash } from 'node:crypto';
import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import {
  ForwardingPipelineConfig,
  type Init,
  SetForwardingPipelineConfigRequestAction as PipelineAction,
  GetForwardingPipelineConfigRequestResponseType as ResponseType,
} from '../messages.js';
import type { P4RuntimeClient } from './p4runtime-client.js';

/** Names a pipeline by what is in it: 64 bits of SHA-256, never zero. */
export function pipelineCookie(
  config: Pick<Init<ForwardingPipelineConfig>, 'p4info' | 'p4DeviceConfig'>,
): bigint {
  const { p4info, p4DeviceConfig } = config;
  const digest = createHash('sha256')
    .update(ForwardingPipelineConfig.encode({ p4info, p4DeviceConfig }))
    .digest();
  return digest.readBigUInt64BE(0) || 1n;
}

/** - `unchanged`: the device runs it already, tables and all - `reconciled`: it runs it now with its tables kept
 * - `replaced`: it runs it now with empty tables */
export type PipelineOutcome = 'unchanged' | 'reconciled' | 'replaced';

/**
 * Makes sure that the device runs a pipeline, with the cookie that names its content.
 * @param options.keepEntries to try RECONCILE_AND_COMMIT first, which a target may not have or may refuse
 * @throws P4RuntimeError when the device cannot run it
 */
export async function ensurePipeline(
  client: P4RuntimeClient,
  config: Pick<Init<ForwardingPipelineConfig>, 'p4info' | 'p4DeviceConfig'>,
  options: { readonly keepEntries?: boolean } = {},
): Promise<PipelineOutcome> {
  const cookie = pipelineCookie(config);
  const full = { ...config, cookie: { cookie } };
  const running = await runningCookie(client);
  if (running === cookie) {
    if (config.p4info) client.useP4Info(config.p4info);
    return 'unchanged';
  }
  if (options.keepEntries && running !== undefined) {
    try {
      await client.setPipeline(full, { action: PipelineAction.RECONCILE_AND_COMMIT });
      return 'reconciled';
    } catch (thrown) {
      const { code } = P4RuntimeError.from(thrown);
      // INVALID_ARGUMENT: the entries do not fit the new pipeline. UNKNOWN is what some servers say for either.
      if (code !== Code.UNIMPLEMENTED && code !== Code.INVALID_ARGUMENT && code !== Code.UNKNOWN)
        throw thrown;
    }
  }
  await client.setPipeline(full);
  return 'replaced';
}

/** Of the pipeline that the device runs; undefined while it runs none, or one that nobody gave a cookie. */
async function runningCookie(client: P4RuntimeClient): Promise<bigint | undefined> {
  try {
    const config = await client.getPipeline({ responseType: ResponseType.COOKIE_ONLY });
    return config?.cookie?.cookie;
  } catch (thrown) {
    // BMv2's server answers so, rather than with an empty config, before the first pipeline.
    if (P4RuntimeError.from(thrown).code === Code.FAILED_PRECONDITION) return undefined;
    throw thrown;
  }
}
