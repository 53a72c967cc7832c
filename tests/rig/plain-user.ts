/**
 * Does something as a user from whom files can be kept: root becomes `nobody` (65534) for the time of it, everybody else is
 * one already. POSIX only. The folders above must let others in.
 */
export async function asPlainUser<Result>(work: () => Promise<Result>): Promise<Result> {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
