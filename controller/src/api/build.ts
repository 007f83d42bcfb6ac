import type { Fabric } from '@bluebridge/templates';
import swagger from '@fastify/swagger';
import fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { OperationError, type Operations } from '../operations/index.js';
import { type ApiFailure, HTTP_STATUS } from './errors.js';
import { addRoutes } from './routes.js';
import { isSameToken } from './secrets.js';

/** As a metrics library has it (prom-client's Registry). */
export interface MetricsSource {
  readonly contentType: string;
  metrics(): Promise<string>;
}

export interface ApiTls {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  /** PEM: certificates that clients have to be signed by (mTLS). */
  readonly clientCa?: string;
}

export interface ApiOptions {
  readonly operations: Operations;
  readonly fabric: Fabric;
  readonly log: Logger;
  /** What callers have to show, `Authorization: Bearer TOKEN`. */
  readonly token?: string;
  readonly tls?: ApiTls;
  readonly metrics?: MetricsSource;
}

/** Bytes: far more than any body needs. */
const BODY_LIMIT = 16 * 1024;
/** Milliseconds in which a request has to be there whole. */
const REQUEST_TIMEOUT = 10_000;
/** Whoever asks whether this process lives needs no secret for it, and learns nothing more. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

/** The HTTP+JSON API, not listening yet. */
export async function buildApi(options: ApiOptions): Promise<FastifyInstance> {
  const { operations, fabric, log, token, tls } = options;
  const api = fastify({
    logger: false, // requests hold the token
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT,
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allowUnionTypes: true } },
    ...(tls && {
      https: {
        cert: tls.cert,
        key: tls.key,
        minVersion: 'TLSv1.2',
        ...(tls.clientCa !== undefined && {
          ca: tls.clientCa,
          requestCert: true,
          rejectUnauthorized: true,
        }),
      },
    }),
  } as object) as unknown as FastifyInstance;

  if (token !== undefined) {
    api.addHook('onRequest', async (request) => {
      if (!OPEN_PATHS.has(request.url) && !isAuthenticated(request, token)) throw unauthenticated();
    });
  }
  api.setErrorHandler((error: FastifyError | Error, request, reply) => {
    const failure = failureOf(error);
    if (failure.code === 'INTERNAL') log.error({ err: error, path: request.routeOptions.url }, 'API');
    if (failure.code === 'UNAUTHENTICATED') reply.header('www-authenticate', 'Bearer');
    return reply.status(HTTP_STATUS[failure.code]).send(failure);
  });
  api.setNotFoundHandler((_request, reply) =>
    reply.status(404).send({
      code: 'NO_SUCH_PATH',
      message: 'there is no such path, or not with this method; GET /v1/openapi.json lists all',
    } satisfies ApiFailure),
  );
  await api.register(swagger, { openapi: DOCUMENT });
  await api.register(async (scope) => {
    addRoutes(scope, operations, fabric);
    scope.get('/v1/openapi.json', { schema: { hide: true } }, async () => api.swagger());
    addHealth(scope, options);
  });
  return api;
}

function addHealth(api: FastifyInstance, { operations, metrics }: ApiOptions): void {
  const hide = { schema: { hide: true } };
  api.get('/healthz', hide, async () => ({ status: 'alive' }));
  // Ready: it leads, its store takes changes, and every switch is attached.
  api.get('/readyz', hide, async (_request, reply) => {
    const { leading, store, switches } = operations.status();
    const isReady = leading && store.pending === 0 && switches.every((s) => s.state === 'attached');
    return reply.status(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'not ready' });
  });
  if (!metrics) return;
  api.get('/metrics', hide, async (_request, reply) => {
    reply.header('content-type', metrics.contentType);
    return metrics.metrics();
  });
}

const DOCUMENT = {
  openapi: '3.1.0' as const,
  info: {
    title: 'BlueBridge controller',
    version: '1',
    description:
      'Adds and removes servers, clients and grants of a running fabric, and tells how it is. A change is answered when it is stored and ' +
      'every attached switch has acknowledged it; with an error, nothing has changed. `GET /healthz`, `/readyz` and `/metrics` are for machines.',
  },
  components: { securitySchemes: { token: { type: 'http' as const, scheme: 'bearer' } } },
  security: [{ token: [] }],
};

function isAuthenticated({ headers }: FastifyRequest, token: string): boolean {
  const [, given] = /^Bearer (\S+)$/i.exec(headers.authorization ?? '') ?? [];
  return given !== undefined && isSameToken(given, token);
}

class Unauthenticated extends Error {}

const unauthenticated = (): Error =>
  new Unauthenticated('a token is needed: send the header "Authorization: Bearer TOKEN"');

function failureOf(error: FastifyError | Error): ApiFailure {
  if (error instanceof OperationError) return { code: error.code, message: error.message };
  if (error instanceof Unauthenticated) return { code: 'UNAUTHENTICATED', message: error.message };
  const { statusCode = 500, validation } = error as Partial<FastifyError>;
  if (validation) return { code: 'INVALID', message: validationInWords(error as FastifyError) };
  if (statusCode === 413) return { code: 'TOO_LARGE', message: `the body is over ${BODY_LIMIT} bytes` };
  if (statusCode >= 400 && statusCode < 500) return { code: 'INVALID', message: error.message };
  return { code: 'INTERNAL', message: 'this is a fault of the controller; its log says more' };
}

function validationInWords({ validation = [], validationContext }: FastifyError): string {
  return validation
    .map(({ instancePath, message, params }) => {
      const extra = params.additionalProperty ?? params.allowedValues;
      const where = `${validationContext}${instancePath.replaceAll('/', '.')}`;
      return `${where} ${message}${extra === undefined ? '' : `: ${[extra].flat().join(', ')}`}`;
    })
    .join('; ');
}
