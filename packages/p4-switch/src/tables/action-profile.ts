import { P4SwitchError } from '../errors.js';
import type { Action, ActionProfileDecl } from '../ir/program.js';
import type { ActionSpec, ProfileControl } from '../switch/control-plane.js';
import { bindAction, specOf } from './action-binding.js';
import { Group, Member } from './entry.js';

/** Members and groups that several tables may share. */
export class ActionProfile implements ProfileControl {
  readonly name: string;
  readonly size: number;
  readonly hasSelector: boolean;
  private readonly membersById = new Map<number, Member>();
  private readonly groupsById = new Map<number, Group>();

  constructor(
    readonly decl: ActionProfileDecl,
    private readonly actions: readonly Action[],
  ) {
    this.name = decl.name;
    this.size = decl.size;
    this.hasSelector = decl.selector !== undefined;
  }

  member(id: number): Member {
    return this.membersById.get(id) ?? this.missing('member', id);
  }

  group(id: number): Group {
    return this.groupsById.get(id) ?? this.missing('group', id);
  }

  addMember(id: number, spec: ActionSpec): void {
    if (this.membersById.has(id)) throw this.exists('member', id);
    if (this.size > 0 && this.membersById.size >= this.size) {
      throw new P4SwitchError('TABLE_FULL', `action profile "${this.name}" is full (${this.size} members)`);
    }
    this.membersById.set(id, new Member(id, this.bind(spec)));
  }

  modifyMember(id: number, spec: ActionSpec): void {
    this.member(id).bound = this.bind(spec);
  }

  removeMember(id: number): void {
    const member = this.member(id);
    if (member.uses > 0) throw this.inUse('member', id, member.uses);
    this.membersById.delete(id);
  }

  *members(): IterableIterator<{ id: number; action: ActionSpec }> {
    for (const member of this.membersById.values()) yield { id: member.id, action: specOf(member.bound) };
  }

  addGroup(id: number, members: readonly number[]): void {
    if (!this.hasSelector) {
      throw new P4SwitchError('BAD_ARGUMENT', `action profile "${this.name}" has no selector, so no groups`);
    }
    if (this.groupsById.has(id)) throw this.exists('group', id);
    const found = this.resolve(members);
    for (const member of found) member.uses++;
    this.groupsById.set(id, new Group(id, found));
  }

  modifyGroup(id: number, members: readonly number[]): void {
    const group = this.group(id);
    const found = this.resolve(members);
    for (const member of found) member.uses++;
    for (const member of group.members) member.uses--;
    group.members = found;
  }

  removeGroup(id: number): void {
    const group = this.group(id);
    if (group.uses > 0) throw this.inUse('group', id, group.uses);
    for (const member of group.members) member.uses--;
    this.groupsById.delete(id);
  }

  *groups(): IterableIterator<{ id: number; members: readonly number[] }> {
    for (const group of this.groupsById.values()) {
      yield { id: group.id, members: group.members.map((member) => member.id) };
    }
  }

  private resolve(members: readonly number[]): Member[] {
    return members.map((member) => this.member(member));
  }

  private bind(spec: ActionSpec) {
    return bindAction(`action profile "${this.name}"`, this.actions, spec);
  }

  private missing(kind: string, id: number): never {
    throw new P4SwitchError('NOT_FOUND', `action profile "${this.name}" has no ${kind} ${id}`);
  }

  private exists(kind: string, id: number): P4SwitchError {
    return new P4SwitchError('ALREADY_EXISTS', `action profile "${this.name}" has a ${kind} ${id} already`);
  }

  private inUse(kind: string, id: number, uses: number): P4SwitchError {
    return new P4SwitchError(
      'IN_USE',
      `${kind} ${id} of action profile "${this.name}" is used ${uses} times`,
    );
  }
}
