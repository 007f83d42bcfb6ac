import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { type ApiOptions, buildApi } from './build.js';
import { ApiSetupError } from './errors.js';
import { isLoopback, parseListen } from './listen.js';

/** The API of a controller, listening. */
export class ControllerApi {
  private constructor(
    private readonly api: FastifyInstance,
    /** Where it listens, as a URL. */
    readonly url: string,
  ) {}

  /**
   * @param listen `HOST:PORT`; port 0 takes a free one
   * @throws ApiSetupError; off loopback it demands TLS, and everywhere a token or client certificates
   */
  static async start(listen: string, options: ApiOptions): Promise<ControllerApi> {
    const { host, port } = parseListen(listen);
    const { tls, token } = options;
    if (!tls && !isLoopback(host)) {
      throw new ApiSetupError(
        'API_NEEDS_TLS',
        `${host} can be reached from other machines, so the API needs a certificate and a key there; or listen on 127.0.0.1`,
      );
    }
    if (token === undefined && tls?.clientCa === undefined) {
      throw new ApiSetupError(
        'API_NEEDS_AUTHENTICATION',
        'the API needs a token, or a CA that signs the certificates of its clients',
      );
    }
    const api = await buildApi(options);
    try {
      await api.listen({ host, port });
    } catch (error) {
      await api.close();
      throw new ApiSetupError('API_LISTEN', `cannot listen on ${listen}: ${(error as Error).message}`, {
        cause: error,
      });
    }
    const at = api.server.address() as AddressInfo;
    const name = at.family === 'IPv6' ? `[${at.address}]` : at.address;
    return new ControllerApi(api, `${tls ? 'https' : 'http'}://${name}:${at.port}`);
  }

  /** Answer what is under way, then stop. */
  async close(): Promise<void> {
    await this.api.close();
  }
}
