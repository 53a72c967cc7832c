import { asProblem, Problem } from '../../shared/problem.ts';
import { type CommandPair, readCommandDatabase, readCommandPair } from '../hosts/sync-command.ts';
import type { CommandContext } from './command-context.ts';
import { problemBehind } from './failure.ts';
import { type Session, withIdentity, withSession } from './session.ts';

const foldersInstead =
  'Name both folders as well, --src DIR --dest DIR; or write the pair into sync/pairs.yaml of your lab, and be in that lab or name it with --lab DIR.';

/**
 * What the lab says of a pair that was named alone; no secret is opened for it. LAB_NOT_FOUND, SYNC_PAIR_UNKNOWN, each with both
 * ways to name folders, or with what a command takes `instead` of the pair.
 */
export function labPairOf(
  context: CommandContext,
  name: string,
  instead = foldersInstead,
): Promise<CommandPair> {
  return inLab(context, instead, ({ services }) => readCommandPair(services, name));
}

/** A pair whose records are written or read, with the address of their database: for that an identity may have to be unlocked. */
export interface PairWithDatabase extends CommandPair {
  readonly dsn: string | undefined;
}

/** The same, and SECRET_…, IDENTITY_… */
export function labPairWithDatabase(
  context: CommandContext,
  name: string,
  instead = foldersInstead,
): Promise<PairWithDatabase> {
  return inLab(context, instead, (session) =>
    withIdentity(context, session, async () => ({
      ...(await readCommandPair(session.services, name)),
      dsn: await readCommandDatabase(session.services, name),
    })),
  );
}

/** For who has something to tell without the database, too: in its place, why its address cannot be read. */
export async function labDatabaseOrWhyNot(
  context: CommandContext,
  name: string,
): Promise<string | Problem | undefined> {
  try {
    return (await labPairWithDatabase(context, name)).dsn;
  } catch (error) {
    const problem = problemBehind(error, context.interrupts.signal.aborted);
    if (/^(?:IDENTITY|SECRET)_/.test(problem.code)) return problem;
    throw error;
  }
}

async function inLab<Result>(
  context: CommandContext,
  instead: string,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  try {
    return await withSession(context, 'lab', work);
  } catch (error) {
    throw withOtherWays(error, instead);
  }
}

/**
 * The same where a log folder of one's own counts as well: nothing without a lab, or when the lab that happens to be open does
 * not have the pair.
 */
export async function labPairIfAny(context: CommandContext, name: string): Promise<CommandPair | undefined> {
  try {
    return await labPairOf(context, name);
  } catch (error) {
    const code = asProblem(error)?.code;
    const isAbsent = code === 'LAB_NOT_FOUND' || code === 'SYNC_PAIR_UNKNOWN';
    if (isAbsent && context.options.lab === undefined) return undefined;
    throw error;
  }
}

export function withOtherWays(error: unknown, instead = foldersInstead): unknown {
  const { code, data } = problemBehind(error, false);
  if (code !== 'LAB_NOT_FOUND' && code !== 'SYNC_PAIR_UNKNOWN') return error;
  const known = code === 'SYNC_PAIR_UNKNOWN' && data.next.startsWith('Name one of') ? `${data.next} ` : '';
  return new Problem(code, { ...data, next: `${known}${instead}` }, { cause: error });
}
