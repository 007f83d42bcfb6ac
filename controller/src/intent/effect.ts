import type { Fabric } from '@bluebridge/templates';
import type { Fact } from './fact.js';

/** What a change did to the intent: `removed` is no longer so, `added` is so now; a fact that changed is in both. */
export interface Effect {
  readonly removed: readonly Fact[];
  readonly added: readonly Fact[];
  /** Servers whose word was heard: what is known of their life is stored with it. */
  readonly heard?: readonly number[];
  /** Name of a server that gets new allocations no more, or again. */
  readonly draining?: string;
  /** The hosts before and after, where they changed, and the names of those that did. */
  readonly hosts?: { readonly before: Fabric; readonly after: Fabric; readonly changed: readonly string[] };
}
