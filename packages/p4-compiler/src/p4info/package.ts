import type { Init, p4 } from 'p4runtime-js';
import { findAnnotation } from '../elaborate/index.js';
import type * as ast from '../syntax/ast.js';
import { annotationFields, documentation } from './annotations.js';
import type { Context } from './context.js';

const STRINGS = ['name', 'version', 'organization', 'contact', 'url', 'arch'] as const;

const PLATFORM = {
  multicast_group_table_size: 'multicastGroupTableSize',
  multicast_group_table_total_replicas: 'multicastGroupTableTotalReplicas',
  multicast_group_table_max_replicas_per_entry: 'multicastGroupTableMaxReplicasPerEntry',
} as const;

/** `pkg_info`: the architecture, and what `@pkginfo` and `@platform_property` on `main` say. */
export function describePackage(context: Context): Init<p4.config.v1.PkgInfo> {
  const { main, architecture } = context.program;
  const { annotations } = main;
  const said = pairsOf(findAnnotation(annotations, 'pkginfo'));
  const platform = findAnnotation(annotations, 'platform_property');
  const strings = STRINGS.flatMap((key) => (said.has(key) ? [[key, said.get(key)!] as const] : []));
  return {
    arch: architecture.name,
    ...Object.fromEntries(strings),
    platformProperties: platform ? platformProperties(platform) : null,
    doc: documentation(annotations),
    ...annotationFields(
      annotations.filter((annotation) => annotation !== platform),
      ['pkginfo', 'platform_property'],
    ),
  };
}

function platformProperties(annotation: ast.Annotation): Init<p4.config.v1.PlatformProperties> {
  const said = pairsOf(annotation);
  return Object.fromEntries(
    Object.entries(PLATFORM).flatMap(([key, field]) =>
      said.has(key) ? [[field, Number(said.get(key))]] : [],
    ),
  );
}

/** `(key = value, ...)` or `[key = value, ...]`, values as text. */
function pairsOf(annotation: ast.Annotation | undefined): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const { key, value } of annotation?.structured?.pairs ?? []) {
    if (value.kind === 'StringLiteral') pairs.set(key, value.value);
    if (value.kind === 'NumberLiteral') pairs.set(key, value.value.toString());
  }
  for (const [, key, text, number] of (annotation?.body ?? '').matchAll(
    /(\w+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|(\d+))/g,
  )) {
    pairs.set(key!, text ?? number!);
  }
  return pairs;
}
