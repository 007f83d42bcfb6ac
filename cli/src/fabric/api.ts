import { readFileSync } from 'node:fs';
import type { ApiOptions, ControllerApi } from '@bluebridge/controller/api';
import { EXIT, Failure } from '../failure.js';
import { defaultTokenFile } from './api-token.js';

/** As the command line says it. */
export interface ApiPlace {
  readonly api?: string;
  readonly apiTokenFile?: string;
  readonly apiCert?: string;
  readonly apiKey?: string;
  readonly apiClientCa?: string;
}

/** The API, where it is asked for. It answers as long as its controller leads, also while no switch is attached. */
export async function startApi(
  { api, apiTokenFile, apiCert, apiKey, apiClientCa }: ApiPlace,
  options: Pick<ApiOptions, 'operations' | 'fabric' | 'log'>,
): Promise<ControllerApi | undefined> {
  if (api === undefined) return undefined;
  const { ControllerApi, readOrMakeToken, readSecret } = await import('@bluebridge/controller/api');
  if (
    (apiCert === undefined) !== (apiKey === undefined) ||
    (apiClientCa !== undefined && apiCert === undefined)
  ) {
    throw new Failure('--api-cert and --api-key belong together, and --api-client-ca needs both', EXIT.USAGE);
  }
  const tls = apiCert !== undefined && {
    cert: readFileSync(apiCert, 'utf8'),
    key: readSecret(apiKey!),
    ...(apiClientCa !== undefined && { clientCa: readFileSync(apiClientCa, 'utf8') }),
  };
  // Whoever shows a certificate needs no token, unless one is asked for too.
  const needsToken = apiClientCa === undefined || apiTokenFile !== undefined;
  return ControllerApi.start(api, {
    ...options,
    ...(tls && { tls }),
    ...(needsToken && { token: readOrMakeToken(apiTokenFile ?? defaultTokenFile()) }),
  });
}
