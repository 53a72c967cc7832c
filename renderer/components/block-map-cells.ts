/** `free`: left as it is. `partial`: the work is inside this cell now. */
export type CellState = 'free' | 'mapped' | 'partial-write' | 'written' | 'partial-verify' | 'verified';

export interface MapProgress {
  /** Shares of what is to be written and to be read back, 0 to 1. */
  readonly written: number;
  readonly verified: number;
}

/** What each cell of the picture shows: the work goes through the mapped bytes from the card's start to its end. */
export function cellStates(cells: readonly number[], progress: MapProgress): CellState[] {
  const total = cells.reduce((sum, share) => sum + share, 0);
  let before = 0;
  return cells.map((share) => {
    if (share <= 0) return 'free';
    const start = before / total;
    before += share;
    // The end of the last cell must be reached by a progress of exactly 1, whatever the sums were rounded to.
    const end = before / total - 1e-9;
    if (progress.verified >= end) return 'verified';
    if (progress.verified > start) return 'partial-verify';
    if (progress.written >= end) return 'written';
    if (progress.written > start) return 'partial-write';
    return 'mapped';
  });
}
