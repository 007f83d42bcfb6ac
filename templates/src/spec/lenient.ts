import { z } from 'zod';
import { clientSchema, linkShape, type Spec, serverSchema, specSchema, switchSchema } from './schema.js';
import type { Path } from './source.js';

/**
 * Whatever of a specification can be understood, also when other parts of it are wrong: so that one run can tell of
 * a port used twice and of a misspelt key. What is missing or wrong is undefined.
 */
export interface Lenient {
  readonly target?: Spec['target'];
  readonly pageSize?: number;
  readonly features?: Spec['features'];
  readonly tables?: Spec['tables'];
  readonly switches: readonly At<Partial<z.output<typeof switchSchema>>>[];
  readonly links: readonly At<Partial<Spec['links'][number]>>[];
  readonly hosts: readonly At<LenientHost>[];
}

export type LenientHost = Partial<z.output<typeof serverSchema>> & Partial<z.output<typeof clientSchema>>;

/** A value with its place. */
export type At<T> = T & { readonly path: Path };

export function lenient(value: unknown): Lenient {
  const spec = understand(specSchema.shape, value);
  const list = <S extends z.ZodRawShape>(key: string, shape: S): At<Understood<S>>[] => {
    const raw = isRecord(value) ? value[key] : undefined;
    return Array.isArray(raw)
      ? raw.map((item, index) => ({ ...understand(shape, item), path: [key, index] }))
      : [];
  };
  return {
    target: spec.target,
    pageSize: spec.pageSize,
    features: spec.features,
    tables: spec.tables,
    switches: list('switches', switchSchema.shape),
    links: list('links', linkShape),
    hosts: [...list('servers', serverSchema.shape), ...list('clients', clientSchema.shape)],
  };
}

type Understood<S extends z.ZodRawShape> = Partial<z.output<z.ZodObject<S>>>;

function understand<S extends z.ZodRawShape>(shape: S, value: unknown): Understood<S> {
  if (!isRecord(value)) return {};
  const fields = Object.entries(shape).map(([key, schema]) => [key, z.safeParse(schema, value[key]).data]);
  return Object.fromEntries(fields) as Understood<S>;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
