import type { Fabric } from '@bluebridge/templates';
import type { ControllerObserver } from '../events.js';
import type { Intent } from '../intent/intent.js';
import type { Engine } from '../run/engine.js';
import type { Switches } from '../run/switches.js';
import type { Status } from './operations.js';

/** What operations work on, as long as this controller leads. */
export interface Leading {
  readonly intent: Intent;
  readonly engine: Engine;
  readonly switches: Switches;
}

/** What the controller gives its operations. */
export interface OperationsContext {
  /** Undefined while another controller leads. */
  readonly leading: () => Leading | undefined;
  readonly fabric: Fabric;
  readonly electionId: () => bigint | undefined;
  readonly store: () => Status['store'];
  readonly observers: Set<ControllerObserver>;
}
