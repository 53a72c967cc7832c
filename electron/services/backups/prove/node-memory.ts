import { Problem } from '../../../../shared/problem.ts';
import { formatBytes } from '../../../../shared/quantities.ts';
import { guestCommand, type GuestNode } from '../restore/guest-commands.ts';
import { type GuestConfigText, valueOf } from '../restore/guest-config.ts';

/** What a node keeps for everything else while a guest of a test runs. */
const marginBytes = 512 * 1024 ** 2;
/** Of a guest that does not say (qm.conf(5), pct.conf(5)). */
const usualMebibytes = 512;

/**
 * A guest of a test is started only where its whole memory is free besides: else the kernel might end a guest that people use.
 * NODE_TOO_SMALL, PVE_ANSWER_INVALID when the node does not say, and the problems of `Ssh.run`: none of them says anything about
 * an archive.
 */
export async function refuseMemory(
  node: GuestNode,
  config: GuestConfigText,
  signal: AbortSignal,
): Promise<void> {
  const needed = memoryOf(config) + marginBytes;
  const { stdout } = await guestCommand(node, ['cat', '/proc/meminfo'], { signal });
  const free = availableIn(stdout);
  if (free === undefined)
    throw new Problem('PVE_ANSWER_INVALID', {
      what: `${node.node} does not say how much memory is free (/proc/meminfo).`,
      state: 'No guest was started; nothing is known of the archive.',
      next: `Look at it there: free -m`,
    });
  if (free >= needed) return;
  throw new Problem('NODE_TOO_SMALL', {
    what: `${node.node} has ${formatBytes(free)} of memory free, and the guest of the test needs ${formatBytes(needed)} with what the node keeps for itself.`,
    state: 'No guest was started, since others could be ended for it; nothing is known of the archive.',
    next: `Test it when fewer guests run on ${node.node}, or from a copy at a target on another node.`,
  });
}

/** In bytes. `memory: 2048`, or `memory: current=2048` of later versions. */
function memoryOf(config: GuestConfigText): number {
  const [, mebibytes] = /^(?:current=)?(\d{1,9})(?:,|$)/.exec(valueOf(config, 'memory') ?? '') ?? [];
  return Number(mebibytes ?? usualMebibytes) * 1024 ** 2;
}

/** proc_meminfo(5): `MemAvailable:    1234 kB`, which are KiB. */
function availableIn(meminfo: string): number | undefined {
  const [, kibibytes] = /^MemAvailable:\s+(\d{1,15}) kB$/m.exec(meminfo) ?? [];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}
