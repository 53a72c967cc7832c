import type { Order } from './apply-step.ts';
import { below } from './byte-names.ts';
import type { ByteName, Entry } from './entry.ts';
import { splitPath } from './folder-chain.ts';
import type { Step } from './rows.ts';
import type { PlannedOperation } from './sync-plan.ts';

/** A copy that waits for its name. */
export interface Copy {
  readonly step: Step;
  readonly temporary: ByteName;
  readonly made: Entry;
  readonly started: number;
}

/** One step of a batch after everything is durable. */
export interface Change {
  readonly order: Order;
  readonly step: Step;
  readonly copy?: Copy;
}

export function placeOf(copy: Copy): Change {
  const { path, destination } = copy.step.planned;
  const { made, step } = copy;
  return { order: { do: 'place', path, from: temporaryPath(copy), made, before: destination }, step, copy };
}

export function removalOf(step: Step): Change {
  const { path, destination, kind } = step.planned;
  if (!destination) throw new TypeError('what is to be deleted is there');
  const remove = kind === 'folder' ? 'remove-folder' : 'remove';
  return { order: { do: remove, path, before: destination, missingAtSource: true }, step };
}

export function folderOrder({ path, source, destination }: PlannedOperation): Order {
  if (!source) throw new TypeError('a folder that is to be made has a source');
  return { do: 'make-folder', path, source, before: destination };
}

export function makesFolder({ operation, kind }: PlannedOperation): boolean {
  return operation !== 'delete' && kind === 'folder';
}

export function makesFile({ operation, kind }: PlannedOperation): boolean {
  return operation !== 'delete' && kind !== 'folder';
}

/** Takes away copies that will not be given their names. */
export function discardOrders(copies: readonly Copy[]): Order[] {
  return copies.map(({ step, temporary }) => ({ do: 'discard', path: step.planned.path, temporary }));
}

export function temporaryPath({ step, temporary }: Copy): ByteName {
  return below(splitPath(step.planned.path).folder, temporary);
}
