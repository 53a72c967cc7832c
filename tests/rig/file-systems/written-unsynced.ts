/** The kernel writes by itself what has waited for thirty seconds (vm.dirty_expire_centisecs), seldom sooner; milliseconds. */
const certainlyUnwritten = 20_000;

/**
 * Whether a disk has what `attempt` wrote and synced nowhere, as that one says. Made again where the machine was so slow that
 * the kernel may have written it by itself.
 */
export async function isWrittenUnsynced(attempt: (number: number) => Promise<boolean>): Promise<boolean> {
  for (let number = 1; ; number += 1) {
    const since = performance.now();
    if (!(await attempt(number))) return false;
    if (performance.now() - since < certainlyUnwritten || number === 3) return true;
  }
}
