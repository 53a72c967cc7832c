/** Where a deploy is when something happens to it. */
export const faultSteps = ['arm', 'swap', 'reload', 'verify', 'confirm'] as const;
export type FaultStep = (typeof faultSteps)[number];

export const faultNames = [
  'cut',
  'reboot',
  'sshd',
  'disk',
  'ifreload',
  'killed',
  'asleep',
  'operators',
  'clock',
  'program',
] as const;
export type FaultName = (typeof faultNames)[number];

/**
 * old    every node is on the old state
 * new    every node is on the new state, and the app has said so
 * same   every node is on the same of both
 * split  the node where it happened is on the old state, the others on the new: `converge` ends it
 * named  every node is on the new state, and the app could not know it of one: `converge` ends it
 */
export type FaultEnd = 'old' | 'new' | 'same' | 'split' | 'named';

export interface FaultCell {
  readonly fault: FaultName;
  readonly step: FaultStep;
  readonly ends: FaultEnd;
  /** What is on the nodes before: no bridge, or another design's. */
  readonly over: 'nothing' | 'a bridge';
  /** Nobody tells the node: it goes back by its own timer. */
  readonly byTimer: boolean;
}

const ends: Readonly<Record<FaultName, Readonly<Partial<Record<FaultStep, FaultEnd>>>>> = {
  cut: { arm: 'old', swap: 'old', reload: 'old', verify: 'old', confirm: 'named' },
  reboot: { arm: 'old', swap: 'old', reload: 'old', verify: 'old', confirm: 'split' },
  sshd: { arm: 'old', swap: 'old', reload: 'old', verify: 'old', confirm: 'split' },
  disk: { arm: 'old', swap: 'same', reload: 'same', verify: 'same', confirm: 'same' },
  ifreload: { arm: 'old', swap: 'old', reload: 'old', verify: 'old', confirm: 'new' },
  killed: { arm: 'old', swap: 'old', reload: 'old', verify: 'old', confirm: 'named' },
  asleep: { arm: 'old', swap: 'old', reload: 'old', verify: 'old', confirm: 'split' },
  operators: { arm: 'same', swap: 'new', reload: 'new', verify: 'new', confirm: 'new' },
  clock: { arm: 'new', swap: 'new', reload: 'new', verify: 'new', confirm: 'new' },
  // Nothing of it runs while the bridge is proven.
  program: { arm: 'old', swap: 'old', reload: 'old', confirm: 'new' },
};

const lostContact: ReadonlySet<FaultName> = new Set(['cut', 'sshd', 'killed', 'asleep']);

/** Every fault at every step; half of them over nodes that have no bridge. */
export const faultCells: readonly FaultCell[] = faultNames.flatMap((fault, row) =>
  faultSteps.flatMap((step, column): FaultCell[] => {
    const end = ends[fault][step];
    if (end === undefined) return [];
    const over = (row + column) % 2 === 0 ? 'a bridge' : 'nothing';
    const isBack = end === 'old' || end === 'split';
    return [{ fault, step, ends: end, over, byTimer: lostContact.has(fault) && isBack }];
  }),
);

const words: Readonly<Record<FaultName, string>> = {
  cut: 'the management connection of a node is cut',
  reboot: 'a node reboots, as after a cut of its power,',
  sshd: 'sshd on a node is killed',
  disk: 'the disk of a node is full',
  ifreload: '`ifreload` fails on a node',
  killed: 'the app is killed with -9',
  asleep: 'the laptop sleeps past the window',
  operators: 'another operator deploys another design',
  clock: 'the clocks of the laptop and of all nodes are wrong',
  program: "the deploy's program on a node is killed with -9",
};

const moments: Readonly<Record<FaultStep, string>> = {
  arm: 'while it is armed',
  swap: 'between two of its files',
  reload: 'while its network is reloaded',
  verify: 'while the bridge is proven',
  confirm: 'while it is confirmed',
};

/** As in the last column of docs/bridge-faults.md. */
export function nameOf({ fault, step }: FaultCell): string {
  return `${fault} · ${step}`;
}

export function wordsOf({ fault, step }: FaultCell): string {
  return `${words[fault]} ${moments[step]}`;
}
