import type { BridgeOverview } from '../../../shared/schemas/bridge.ts';

type Cable = BridgeOverview['cables'][number];

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A port at the edge of its node's box; its name stands at `label`. */
export interface PlacedPort extends Point {
  readonly node: string;
  readonly name: string;
  readonly label: Point;
}

export interface PlacedNode extends Point {
  readonly node: string;
}

export interface PlacedCable {
  readonly cable: Cable;
  readonly from: PlacedPort;
  readonly to: PlacedPort;
  readonly middle: Point;
}

/** A drawing in units of its own, from 0,0 to `width`,`height`. A node's point is the middle of its box. */
export interface RingLayout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly cables: readonly PlacedCable[];
  /** Ports that no cable is known of. */
  readonly loose: readonly PlacedPort[];
}

export const nodeBox = { width: 184, height: 68 };

/** Between two cables of the same two nodes. */
const cableGap = 36;
const margin = 28;
/** From a port to the middle of its name: along a steep cable below it, along a flat one beside it and above. */
const labelDistance = { steep: 22, flat: 52, above: 10 };

/** Nodes in the order in which the cables lead from one to the next, so that no two cables of a ring cross. */
export function ringOrder(nodes: readonly string[], cables: readonly Cable[]): string[] {
  const order: string[] = [];
  const neighbours = (node: string) =>
    cables.flatMap(({ from, to }) => {
      if (from.node === node) return [to.node];
      return to.node === node ? [from.node] : [];
    });
  for (const start of nodes) {
    let next: string | undefined = start;
    while (next !== undefined && !order.includes(next)) {
      order.push(next);
      next = neighbours(next).find((node) => nodes.includes(node) && !order.includes(node));
    }
  }
  return order;
}

/** Places nodes on an ellipse, the first one on top, and ports where their cables leave the boxes. */
export function layRing(
  nodes: readonly { readonly node: string; readonly ports: readonly string[] }[],
  cables: readonly Cable[],
): RingLayout {
  const order = ringOrder(
    nodes.map(({ node }) => node),
    cables,
  );
  const radius = radiusOf(order.length);
  const onEllipse = order.map((node, index): PlacedNode => {
    // Two nodes stand beside each other, three and more begin on top.
    const angle = (order.length === 2 ? Math.PI : -Math.PI / 2) + (index * 2 * Math.PI) / order.length;
    return { node, x: radius.x * Math.cos(angle), y: radius.y * Math.sin(angle) };
  });
  // An odd number of nodes leaves the lower end of the ellipse empty.
  const left = Math.min(0, ...onEllipse.map(({ x }) => x)) - nodeBox.width / 2 - margin;
  const top = Math.min(0, ...onEllipse.map(({ y }) => y)) - nodeBox.height / 2 - margin;
  const placed = onEllipse.map(({ node, x, y }) => ({ node, x: round(x - left), y: round(y - top) }));
  const width = Math.max(0, ...placed.map(({ x }) => x)) + nodeBox.width / 2 + margin;
  const height = Math.max(0, ...placed.map(({ y }) => y)) + nodeBox.height / 2 + margin;
  const placedCables = placeCables(placed, cables);
  const used = new Set(placedCables.flatMap(({ from, to }) => [keyOf(from), keyOf(to)]));
  const loose = nodes.flatMap(({ node, ports }) => {
    const box = placed.find((one) => one.node === node);
    const free = ports.filter((name) => !used.has(keyOf({ node, name })));
    return box ? free.map((name, index) => loosePort(box, name, index, free.length)) : [];
  });
  return { width, height, nodes: placed, cables: placedCables, loose };
}

function radiusOf(count: number): Point {
  if (count <= 1) return { x: 0, y: 0 };
  if (count === 2) return { x: 240, y: 24 };
  return { x: Math.max(264, count * 52), y: Math.max(132, count * 34) };
}

function placeCables(placed: readonly PlacedNode[], cables: readonly Cable[]): PlacedCable[] {
  const pairOf = ({ from, to }: Cable) => [from.node, to.node].toSorted().join(' ');
  return cables.flatMap((cable) => {
    const from = placed.find(({ node }) => node === cable.from.node);
    const to = placed.find(({ node }) => node === cable.to.node);
    if (!from || !to || from === to) return [];
    const beside = cables.filter((other) => pairOf(other) === pairOf(cable));
    const offset = (beside.indexOf(cable) - (beside.length - 1) / 2) * cableGap;
    // The same side for both directions of the same pair.
    const [first, second] = from.node < to.node ? [from, to] : [to, from];
    const across = perpendicular(first, second, offset);
    const start = { x: from.x + across.x, y: from.y + across.y };
    const end = { x: to.x + across.x, y: to.y + across.y };
    const a = portAt(from, start, end, cable.from);
    const b = portAt(to, end, start, cable.to);
    return [{ cable, from: a, to: b, middle: { x: round((a.x + b.x) / 2), y: round((a.y + b.y) / 2) } }];
  });
}

/** Where the line from `start`, inside the box, to `end` leaves the box. */
function portAt(box: PlacedNode, start: Point, end: Point, port: Cable['from']): PlacedPort {
  const length = Math.hypot(end.x - start.x, end.y - start.y) || 1;
  const along = { x: (end.x - start.x) / length, y: (end.y - start.y) / length };
  const leave = Math.min(
    reach(start.x, box.x, nodeBox.width / 2, along.x),
    reach(start.y, box.y, nodeBox.height / 2, along.y),
  );
  const at = (distance: number): Point => ({
    x: round(start.x + along.x * distance),
    y: round(start.y + along.y * distance),
  });
  const isFlat = Math.abs(along.y) < 0.35;
  const label = at(leave + (isFlat ? labelDistance.flat : labelDistance.steep));
  return {
    node: port.node,
    name: port.port,
    ...at(leave),
    label: isFlat ? { x: label.x, y: label.y - labelDistance.above } : label,
  };
}

/** How far it is from `at` to the edge of a box that reaches so far from its middle, when each step is `step` of the way. */
function reach(at: number, middle: number, half: number, step: number): number {
  return step === 0 ? Number.POSITIVE_INFINITY : (middle + Math.sign(step) * half - at) / step;
}

/** Below the box, side by side. */
function loosePort(box: PlacedNode, name: string, index: number, count: number): PlacedPort {
  const x = round(box.x + (index - (count - 1) / 2) * (nodeBox.width / Math.max(2, count)));
  const y = box.y + nodeBox.height / 2;
  return { node: box.node, name, x, y, label: { x, y: y + 16 } };
}

function perpendicular(from: Point, to: Point, by: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  return { x: (-(to.y - from.y) / length) * by, y: ((to.x - from.x) / length) * by };
}

const keyOf = ({ node, name }: { node: string; name: string }) => `${node}:${name}`;
const round = (value: number) => Math.round(value * 10) / 10;
