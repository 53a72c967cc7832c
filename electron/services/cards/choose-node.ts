import { Problem } from '../../../shared/problem.ts';
import type { GoldenImage, Inventory, NodeClass, NodeEntry } from '../../../shared/schemas/inventory.ts';

/** A node of the inventory with what it refers to. */
export interface ChosenNode {
  readonly name: string;
  readonly node: NodeEntry;
  readonly nodeClass: NodeClass;
  readonly imageName: string;
  readonly image: GoldenImage;
}

/**
 * Finds a node by its name, or by the other name people use for it. NODE_UNKNOWN, NODE_NOT_RECOVERABLE;
 * LAB_FILE_INVALID when it refers to a class or image that is not there.
 */
export function chooseNode(inventory: Inventory, asked: string): ChosenNode {
  const name = nameOf(inventory, asked);
  const node = name === undefined ? undefined : own(inventory.nodes, name);
  if (name === undefined || node === undefined) throw unknownNode(inventory, asked);
  if (!node.recoverable) {
    throw new Problem('NODE_NOT_RECOVERABLE', {
      what: `${name} is known to the lab, but not rebuilt by a card.`,
      state: 'Nothing was written.',
      next: `Set /nodes/${name}/recoverable to true in metis/inventory.yaml when its entry is complete.`,
    });
  }
  const nodeClass = own(inventory.classes, node.class);
  if (nodeClass === undefined) throw dangling(`${name} is of class ${node.class}`, node.class, 'class');
  const image = own(inventory.images, nodeClass.image);
  if (image === undefined) {
    throw dangling(`Class ${node.class} uses the golden image ${nodeClass.image}`, nodeClass.image, 'image');
  }
  return { name, node, nodeClass, imageName: nodeClass.image, image };
}

function nameOf(inventory: Inventory, asked: string): string | undefined {
  if (Object.hasOwn(inventory.nodes, asked)) return asked;
  return Object.entries(inventory.nodes).find(([, node]) => node.alias === asked)?.[0];
}

/** A key of the record itself: a node may be called `constructor`. */
function own<Value>(record: Record<string, Value>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function dangling(who: string, name: string, kind: 'class' | 'image'): Problem {
  return new Problem('LAB_FILE_INVALID', {
    what: `${who}, and the inventory has no ${kind} of that name.`,
    state: 'Nothing was written.',
    next: `Add the ${kind} ${name} to metis/inventory.yaml, or correct the reference.`,
    where: { file: 'metis/inventory.yaml' },
  });
}

function unknownNode(inventory: Inventory, asked: string): Problem {
  const names = Object.keys(inventory.nodes);
  const nearest = names
    .map((name) => ({ name, distance: editDistance(name, asked) }))
    .toSorted((a, b) => a.distance - b.distance)
    .find(({ name, distance }) => distance <= Math.max(1, Math.floor(name.length / 3)));
  const known = names.length === 0 ? 'The inventory has no nodes yet.' : `Known nodes: ${names.join(', ')}.`;
  return new Problem('NODE_UNKNOWN', {
    what: `There is no node named ${asked} in metis/inventory.yaml.`,
    state: 'Nothing was written.',
    next: nearest === undefined ? known : `Did you mean ${nearest.name}? ${known}`,
  });
}

/** Levenshtein distance: insertions, deletions and substitutions of one character. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
