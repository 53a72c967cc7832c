/** From and to, milliseconds since 1970 by the clock. */
export type ClockStretch = readonly [number, number];

/** Of clocks that are far apart; the one that was not gone through for longest is forgotten. */
export const mostStretches = 32;

/** What a clock has gone through from one look to the next: of a stretch that it goes through again, nothing is new. */
export class ClockStretches {
  #known: readonly ClockStretch[];

  constructor(known: readonly ClockStretch[] = []) {
    this.#known = known;
  }

  /** Apart from one another; the one that was gone through last is the last. */
  get known(): readonly ClockStretch[] {
    return this.#known;
  }

  /** How much of it is new, milliseconds. */
  add(from: number, to: number): number {
    const isApart = ([start, end]: ClockStretch): boolean => end < from || start > to;
    const touched = this.#known.filter((stretch) => !isApart(stretch));
    const old = touched.reduce((sum, [start, end]) => sum + Math.min(end, to) - Math.max(start, from), 0);
    const joined: ClockStretch = [
      Math.min(from, ...touched.map(([start]) => start)),
      Math.max(to, ...touched.map(([, end]) => end)),
    ];
    this.#known = [...this.#known.filter(isApart), joined].slice(-mostStretches);
    return to - from - old;
  }

  /** But for the last one. */
  forget(): void {
    this.#known = this.#known.slice(-1);
  }
}
