/**
 * Works on some at the same time and gives the results in order: what a command on a node costs before its first byte comes
 * is waited for while another one's bytes do. Whoever stops taking leaves nothing behind that would fail unheard.
 */
export async function* ahead<Item, Result>(
  items: Iterable<Item>,
  work: (item: Item) => Promise<Result>,
  depth = 2,
): AsyncGenerator<Result> {
  const running: Promise<Result>[] = [];
  for (const item of items) {
    const run = work(item);
    run.catch(() => undefined);
    running.push(run);
    if (running.length >= depth) {
      const first = running.shift();
      if (first) yield await first;
    }
  }
  for (const run of running) yield await run;
}
