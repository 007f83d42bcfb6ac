import type { Intent } from '../intent/intent.js';
import { planRegion, planUncached } from '../plan/coherence.js';
import type { PlannedEntry } from '../plan/entry.js';
import { planClient } from '../plan/plan.js';
import type { DirectoryChannel, SlotContents } from './channel.js';
import type { CoherencePort } from './coordinator.js';
import type { Region } from './regions.js';
import type { Session } from './sessions.js';

/** Entries of the switch that holds the directory. */
export interface EntryWriter {
  /**
   * Bring entries to what they should be, in turn with everything else that is written.
   * @param wanted what is wanted when its turn has come; an entry of `concerned` that is not in it is deleted
   * @throws Error if the switch refuses one, or gives no word, or another controller leads
   */
  write(concerned: () => PlannedEntry[], wanted: () => PlannedEntry[]): Promise<void>;
}

/** A switch's directory: its registers by frames through the pipeline, its entries by P4Runtime. */
export class SwitchPort implements CoherencePort {
  constructor(
    private readonly channel: DirectoryChannel,
    private readonly writer: EntryWriter,
    private readonly intent: Intent,
  ) {}

  /** A client that is not in the fabric any more has no entry. */
  writeGuard({ node }: Session): Promise<void> {
    const guard = (): PlannedEntry[] => {
      const client = this.intent.client(node);
      return client ? [planClient(this.intent.fabric, client, this.intent.coherence)] : [];
    };
    return this.writer.write(guard, guard);
  }

  insertRegion(region: Region): Promise<void> {
    const entry = () => [planRegion(region)];
    return this.writer.write(entry, entry);
  }

  modifyRegion(region: Region): Promise<void> {
    return this.insertRegion(region);
  }

  deleteRegion(region: Region): Promise<void> {
    return this.writer.write(
      () => [planRegion(region)],
      () => [],
    );
  }

  writeUncached(node: number, generation: number): Promise<void> {
    const entry = () => [planUncached(node, generation)];
    return this.writer.write(entry, entry);
  }

  reset(slot: number): Promise<void> {
    return this.channel.reset(slot);
  }

  fence(slot: number, index: number): Promise<void> {
    return this.channel.fence(slot, index);
  }

  read(slot: number): Promise<SlotContents> {
    return this.channel.read(slot);
  }

  recall(address: { readonly node: number; readonly pointer: bigint }): Promise<boolean> {
    return this.channel.recall(address);
  }
}
