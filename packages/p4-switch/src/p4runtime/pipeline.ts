import type { DigestList, Entity, IdleTimeoutNotification, Init, Update } from 'p4runtime-js';
import type { ReplicationControl } from '../switch/control-plane.js';
import type { Bindings } from './bindings.js';
import { readCounters, readMeters, readRegisters, writeCounter, writeMeter, writeRegister } from './cells.js';
import { DigestStreams } from './digests.js';
import {
  readDirectCounters,
  readDirectMeters,
  writeDirectCounter,
  writeDirectMeter,
} from './direct-resources.js';
import { translated, translatedEach, unimplemented } from './errors.js';
import { followPorts, type Ports } from './groups.js';
import { IdleWatch } from './idle.js';
import { readGroups, readMembers, writeGroup, writeMember } from './profiles.js';
import { readTableEntries } from './read-tables.js';
import { ReplicationNotes, readReplication, writeReplication } from './replication.js';
import { writeTableEntry } from './tables.js';
import type { Timers } from './timers.js';
import { readValueSets, writeValueSet } from './value-sets.js';

/** Where a pipeline's unasked messages go. @returns to how many controllers */
export interface PipelineEvents {
  digest(list: Init<DigestList>): number;
  idleTimeout(notification: Init<IdleTimeoutNotification>): number;
}

/** A P4Info bound to a pipeline, with all that controllers wrote: the one that runs, or one that waits for COMMIT. */
export class Pipeline {
  readonly digests: DigestStreams;
  readonly replicationNotes = new ReplicationNotes();
  private readonly idle: IdleWatch;

  constructor(
    readonly bindings: Bindings,
    private readonly replication: ReplicationControl,
    private readonly ports: () => Ports,
    timers: Timers,
    events: PipelineEvents,
  ) {
    this.digests = new DigestStreams(bindings, timers, (list) => events.digest(list));
    this.idle = new IdleWatch(bindings, timers, (notification) => events.idleTimeout(notification));
  }

  /** All of an update or nothing. @throws P4RuntimeError */
  write(update: Update): void {
    translated(() => this.apply(update));
  }

  /** What matches a pattern, one by one. @throws P4RuntimeError, also while it is told */
  read(pattern: Entity): Iterable<Init<Entity>> {
    return translatedEach(this.find(pattern));
  }

  /** Ports came or went. */
  portsChanged(): void {
    for (const profile of this.bindings.profiles.values()) followPorts(profile, this.ports());
  }

  close(): void {
    this.digests.close();
    this.idle.close();
  }

  private apply({ type, entity }: Update): void {
    const { bindings } = this;
    switch (entity?.entity) {
      case 'tableEntry':
        writeTableEntry(bindings, type, entity.tableEntry!, this.ports());
        return this.idle.expect(entity.tableEntry!);
      case 'actionProfileMember':
        return writeMember(bindings, type, entity.actionProfileMember!);
      case 'actionProfileGroup':
        return writeGroup(bindings, type, entity.actionProfileGroup!, this.ports());
      case 'meterEntry':
        return writeMeter(bindings, type, entity.meterEntry!);
      case 'directMeterEntry':
        return writeDirectMeter(bindings, type, entity.directMeterEntry!);
      case 'counterEntry':
        return writeCounter(bindings, type, entity.counterEntry!);
      case 'directCounterEntry':
        return writeDirectCounter(bindings, type, entity.directCounterEntry!);
      case 'packetReplicationEngineEntry':
        return writeReplication(
          this.replication,
          this.replicationNotes,
          type,
          entity.packetReplicationEngineEntry!,
        );
      case 'valueSetEntry':
        return writeValueSet(bindings, type, entity.valueSetEntry!);
      case 'registerEntry':
        return writeRegister(bindings, type, entity.registerEntry!);
      case 'digestEntry':
        return this.digests.write(type, entity.digestEntry!);
      default:
        throw unimplemented(`entities of the kind ${entity?.entity ?? 'none'} are not supported`);
    }
  }

  private find(pattern: Entity): Iterable<Init<Entity>> {
    const { bindings } = this;
    switch (pattern.entity) {
      case 'tableEntry':
        return readTableEntries(bindings, pattern.tableEntry!);
      case 'actionProfileMember':
        return readMembers(bindings, pattern.actionProfileMember!);
      case 'actionProfileGroup':
        return readGroups(bindings, pattern.actionProfileGroup!);
      case 'meterEntry':
        return readMeters(bindings, pattern.meterEntry!);
      case 'directMeterEntry':
        return readDirectMeters(bindings, pattern.directMeterEntry!);
      case 'counterEntry':
        return readCounters(bindings, pattern.counterEntry!);
      case 'directCounterEntry':
        return readDirectCounters(bindings, pattern.directCounterEntry!);
      case 'packetReplicationEngineEntry':
        return readReplication(this.replicationNotes, pattern.packetReplicationEngineEntry!);
      case 'valueSetEntry':
        return readValueSets(bindings, pattern.valueSetEntry!);
      case 'registerEntry':
        return readRegisters(bindings, pattern.registerEntry!);
      case 'digestEntry':
        return this.digests.read(pattern.digestEntry!);
      case 'externEntry':
        // There are no externs beyond the architecture's: all of them are none (specification, "Wildcard Reads").
        if (pattern.externEntry!.externTypeId === 0) return [];
        throw unimplemented('extern entries are not supported');
      default:
        throw unimplemented(`entities of the kind ${pattern.entity ?? 'none'} are not supported`);
    }
  }
}
