import type { ClientSpec, Fabric, ServerSpec } from '@bluebridge/templates';
import type { FastifyInstance } from 'fastify';
import { OperationError, type Operations } from '../operations/index.js';
import {
  parseRange,
  presentAllocation,
  presentDone,
  presentEntry,
  presentMove,
  presentServer,
  presentStatus,
  RIGHTS_IN_WORDS,
  type RightsInWords,
} from './present.js';
import {
  ALLOCATIONS_QUERY,
  CHANGED,
  CLIENT_BODY,
  DRAINING_BODY,
  FORCE_QUERY,
  GRANT_BODY,
  LOOKED,
  NAME_PARAM,
  REVOCATION_BODY,
  SERVER_BODY,
} from './schemas.js';

interface Named {
  readonly Params: { readonly name: string };
}
interface Forced extends Named {
  readonly Querystring: { readonly force?: 'true' | 'false' };
}
interface RangeBody {
  readonly address: string;
  readonly length: number;
  readonly client: string;
}
type Placed<H> = Omit<H, 'switch'> & { readonly switch?: string };

const DEFAULT_LIMIT = 1000;

/** What an operator may do, as paths. Bodies and queries are checked against their schemas before a handler sees them. */
export function addRoutes(api: FastifyInstance, operations: Operations, fabric: Fabric): void {
  addHosts(api, operations, fabric);
  addGrants(api, operations, fabric);
  addViews(api, operations, fabric);
}

function addHosts(api: FastifyInstance, operations: Operations, fabric: Fabric): void {
  const placed = <H extends ServerSpec | ClientSpec>(host: Placed<H>): H =>
    ({ ...host, mac: host.mac.toLowerCase(), switch: host.switch ?? theSwitch(fabric) }) as unknown as H;

  api.post<{ Body: Placed<ServerSpec> }>(
    '/v1/servers',
    { schema: { operationId: 'addServer', summary: 'Add a server', body: SERVER_BODY, response: CHANGED } },
    async ({ body }) => presentDone(await operations.addServer(placed<ServerSpec>(body))),
  );
  api.delete<Forced>(
    '/v1/servers/:name',
    {
      schema: {
        operationId: 'removeServer',
        summary: 'Remove a server; 409 IN_USE while it holds memory of anybody',
        params: NAME_PARAM,
        querystring: FORCE_QUERY,
        response: CHANGED,
      },
    },
    async ({ params, query }) =>
      presentDone(await operations.removeServer(params.name, { force: query.force === 'true' })),
  );
  api.put<Named & { Body: { draining: boolean } }>(
    '/v1/servers/:name/draining',
    {
      schema: {
        operationId: 'setDraining',
        summary: 'Place no new allocations on a server, or do so again',
        params: NAME_PARAM,
        body: DRAINING_BODY,
        response: CHANGED,
      },
    },
    async ({ params, body }) => presentDone(await operations.setDraining(params.name, body.draining)),
  );
  api.post<{ Body: Placed<Omit<ClientSpec, 'domain'>> & { domain?: number } }>(
    '/v1/clients',
    { schema: { operationId: 'addClient', summary: 'Add a client', body: CLIENT_BODY, response: CHANGED } },
    async ({ body }) =>
      presentDone(
        await operations.addClient(placed<ClientSpec>({ ...body, domain: body.domain ?? body.node })),
      ),
  );
  api.delete<Forced>(
    '/v1/clients/:name',
    {
      schema: {
        operationId: 'removeClient',
        summary: 'Remove a client; 409 IN_USE while it is the last of a domain that owns memory',
        params: NAME_PARAM,
        querystring: FORCE_QUERY,
        response: CHANGED,
      },
    },
    async ({ params, query }) =>
      presentDone(await operations.removeClient(params.name, { force: query.force === 'true' })),
  );
}

function theSwitch({ switches }: Fabric): string {
  if (switches.length === 1) return switches[0]!.name;
  const names = switches.map((s) => s.name).join(', ');
  throw new OperationError('INVALID', `say which switch it stands at: ${names}`);
}

function addGrants(api: FastifyInstance, operations: Operations, fabric: Fabric): void {
  api.post<{ Body: RangeBody & { rights: RightsInWords } }>(
    '/v1/grants',
    {
      schema: {
        operationId: 'grant',
        summary: "Let a client's domain use a part of an allocation",
        body: GRANT_BODY,
        response: CHANGED,
      },
    },
    async ({ body }) => {
      const { client, rights } = body;
      const range = parseRange(fabric, body);
      return presentDone(await operations.grant({ ...range, client, rights: RIGHTS_IN_WORDS[rights] }));
    },
  );
  api.post<{ Body: RangeBody }>(
    '/v1/revocations',
    {
      schema: {
        operationId: 'revoke',
        summary: 'Take that away again',
        body: REVOCATION_BODY,
        response: CHANGED,
      },
    },
    async ({ body }) =>
      presentDone(await operations.revoke({ ...parseRange(fabric, body), client: body.client })),
  );
}

function addViews(api: FastifyInstance, operations: Operations, fabric: Fabric): void {
  const view = (operationId: string, summary: string, more = {}) => ({
    schema: { operationId, summary, response: LOOKED, ...more },
  });
  api.get('/v1/status', view('status', 'How the fabric is'), async () => presentStatus(operations.status()));
  api.get('/v1/servers', view('servers', 'All servers'), async () => operations.servers().map(presentServer));
  api.get('/v1/clients', view('clients', 'All clients'), async () => operations.clients());
  api.get('/v1/moves', view('moves', 'Ranges that are at home on another server than their own'), async () =>
    operations.moves().map((move) => presentMove(nowOf(operations, fabric), move)),
  );
  api.get<{ Querystring: { server?: string; client?: string; limit?: string } }>(
    '/v1/allocations',
    view('allocations', 'Who owns and shares which memory, ascending', { querystring: ALLOCATIONS_QUERY }),
    async ({ query }) => {
      const now = nowOf(operations, fabric);
      const node = query.server === undefined ? undefined : find(now.servers, query.server, 'server').node;
      const domain =
        query.client === undefined ? undefined : find(now.clients, query.client, 'client').domain;
      const limit = query.limit === undefined ? DEFAULT_LIMIT : Number(query.limit);
      const allocations = [];
      let more = false;
      for (const allocation of operations.allocations({ node, domain })) {
        if (allocations.length === limit) {
          more = true;
          break;
        }
        allocations.push(presentAllocation(now, allocation));
      }
      return { allocations, more };
    },
  );
  api.get<Named>(
    '/v1/switches/:name/planned',
    view('planned', 'The entries that a switch should hold', { params: NAME_PARAM }),
    async ({ params }) => operations.planned(params.name).map(presentEntry),
  );
  api.get<Named>(
    '/v1/switches/:name/actual',
    view('actual', 'The entries that it does hold, read now', { params: NAME_PARAM }),
    async ({ params }) => (await operations.actual(params.name)).map(presentEntry),
  );
}

/** The fabric with the hosts that there are now. */
function nowOf(operations: Operations, fabric: Fabric): Fabric {
  return { ...fabric, servers: operations.servers(), clients: operations.clients() };
}

function find<H extends { readonly name: string }>(hosts: readonly H[], name: string, what: string): H {
  const found = hosts.find((host) => host.name === name);
  if (found) return found;
  const names = hosts.map((host) => host.name).join(', ') || 'none';
  throw new OperationError('NOT_FOUND', `there is no ${what} "${name}"; there are: ${names}`);
}
