const MiB = 2 ** 20;

/**
 * Where marks are put so that every capacity a card may really have, in whole MiB, shows: one that writes what lies beyond
 * its end over something else puts one mark over another, or over something else that is proven. Two marks of some pair are
 * as far apart as any capacity (a difference cover): one in each MiB at the start, one in as many MiB each further on, and
 * one in each MiB at the end; some three times the square root of the card's MiB. Multiples of a MiB, sorted.
 */
export function capacityMarks(size: number): number[] {
  const last = Math.floor((size - 1) / MiB);
  const stride = Math.max(1, Math.ceil(Math.sqrt(last)));
  const marks = new Set<number>();
  for (let number = 1; number <= stride; number += 1) marks.add(number);
  for (let number = stride; number <= last; number += stride) marks.add(number);
  for (let number = last - (last % stride); number <= last; number += 1) marks.add(number);
  return [...marks]
    .filter((number) => number >= 1 && number <= last)
    .toSorted((a, b) => a - b)
    .map((number) => number * MiB);
}
