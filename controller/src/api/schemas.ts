import { RIGHTS_IN_WORDS } from './present.js';

const closed = { type: 'object', additionalProperties: false } as const;
const text = (description: string, example: string) => ({
  type: 'string' as const,
  minLength: 1,
  maxLength: 200,
  description,
  examples: [example],
});
const whole = (description: string, minimum: number, maximum: number) => ({
  type: 'integer' as const,
  minimum,
  maximum,
  description,
});

const host = {
  name: text('what it is called; no other host or switch may be', 'dave'),
  node: whole('its node id', 1, 0xfffe),
  mac: text('its MAC address', '02:bb:00:00:00:04'),
  switch: text('the switch that it stands at; may be left out where there is one', 's1'),
  port: whole('the port of that switch', 1, 510),
};
const range = {
  address: text('where the range starts', 'fdbb:101::2000'),
  length: whole('bytes, a multiple of the page size', 1, Number.MAX_SAFE_INTEGER),
};
const client = text('name of the client whose domain it is for', 'bob');

export const SERVER_BODY = {
  ...closed,
  required: ['name', 'node', 'mac', 'port', 'capacity'],
  properties: {
    ...host,
    capacity: whole('bytes that it serves, a multiple of the page size', 1, Number.MAX_SAFE_INTEGER),
  },
} as const;

export const CLIENT_BODY = {
  ...closed,
  required: ['name', 'node', 'mac', 'port'],
  properties: {
    ...host,
    domain: whole('its protection domain; its node id unless given', 1, 0xffff),
  },
} as const;

export const DRAINING_BODY = {
  ...closed,
  required: ['draining'],
  properties: { draining: { type: 'boolean', description: 'no new allocations are placed on it' } },
} as const;

export const GRANT_BODY = {
  ...closed,
  required: ['address', 'length', 'client', 'rights'],
  properties: { ...range, client, rights: { type: 'string', enum: Object.keys(RIGHTS_IN_WORDS) } },
} as const;

export const REVOCATION_BODY = {
  ...closed,
  required: ['address', 'length', 'client'],
  properties: { ...range, client },
} as const;

export const NAME_PARAM = {
  ...closed,
  required: ['name'],
  properties: { name: { type: 'string', minLength: 1, maxLength: 200 } },
} as const;

export const FORCE_QUERY = {
  ...closed,
  properties: { force: { type: 'string', enum: ['true', 'false'], description: 'also while it is in use' } },
} as const;

export const ALLOCATIONS_QUERY = {
  ...closed,
  properties: {
    server: { type: 'string', maxLength: 200, description: 'only those of this server' },
    client: { type: 'string', maxLength: 200, description: 'only those that this client may use' },
    limit: {
      type: 'string',
      pattern: '^[1-9][0-9]{0,5}$',
      description: 'at most so many; 1000 unless given',
    },
  },
} as const;

const done = {
  type: 'object',
  required: ['updates', 'pending'],
  properties: {
    updates: { type: 'integer', description: 'updates that were written to switches' },
    pending: {
      type: 'array',
      items: { type: 'string' },
      description: 'switches that are not attached now; they get the change when they are',
    },
  },
} as const;

const failure = {
  type: 'object',
  required: ['code', 'message'],
  properties: {
    code: { type: 'string', description: 'stable' },
    message: { type: 'string', description: 'what was wrong and what to do, for people' },
  },
} as const;

const failures = { '4xx': failure, '5xx': failure } as const;

/** Answers of what changes something. */
export const CHANGED = { 200: done, ...failures } as const;
/** Answers of what only looks. */
export const LOOKED = {
  200: { description: 'as it is now' },
  ...failures,
} as const;
