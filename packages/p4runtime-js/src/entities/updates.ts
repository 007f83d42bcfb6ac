import type { Entity } from '../messages.js';
import { Update, UpdateType } from '../messages.js';
import type { Init } from '../wire/message-type.js';

/** Fails with ALREADY_EXISTS where the entity is there. */
export const insert = (entity: Init<Entity>): Update => Update.from({ type: UpdateType.INSERT, entity });

/** Replaces the whole entity; fails with NOT_FOUND where it is not there. The only update of a default entry. */
export const modify = (entity: Init<Entity>): Update => Update.from({ type: UpdateType.MODIFY, entity });

/** Only the entity's key counts; fails with NOT_FOUND where it is not there. */
export const remove = (entity: Init<Entity>): Update => Update.from({ type: UpdateType.DELETE, entity });
