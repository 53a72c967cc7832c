import { asProblem, type Problem } from '../../../../shared/problem.ts';
import { refused } from '../target-problems.ts';
import { startBySudo } from './by-sudo.ts';
import type { ChildEnd } from './child-end.ts';
import { writerEndProblem } from './launch-problems.ts';
import { spawnWriter } from './writer-process.ts';
import type { StartedWriter, WriterStart } from './writer-launcher.ts';

/** pkexec(1), "Return value": the prompt was dismissed; it was not authorised, or an error occurred. */
const dismissed = 126;
const notStarted = 127;
/** pkexec.c, main: its words for 127 when somebody answered, and the answer was no. They are in no other language. */
const answeredNo = /^Error executing command as another user: Not authorized$/m;

/**
 * Lets polkit ask for permission to run the installed helper, for as long as the operator takes: neither pkexec nor polkitd
 * has a time-out. Whether there is somebody to ask is polkit's to know; when it has nobody, the operator is told the sudo
 * command instead. WRITER_MISSING, IMAGE_FILE_MISSING.
 */
export async function startByPkexec(
  { pkexec, helper }: { pkexec: string; helper: string },
  request: WriterStart,
): Promise<StartedWriter> {
  const asking = await spawnWriter(
    // Its own agent would ask on the terminal, which is the app's and not there in a session of its own.
    { argv: [pkexec, '--disable-internal-agent', helper] },
    request,
  );
  request.onWaiting('Waiting for permission to use the drive: answer the prompt of your desktop.');
  let kind: StartedWriter['kind'] = 'pkexec';

  async function explain(end: ChildEnd): Promise<Problem | undefined> {
    if (end.code === dismissed) return elevationRefused('The request for permission was dismissed.');
    if (end.code !== notStarted) return writerEndProblem(end);
    if (answeredNo.test(end.said)) return elevationRefused('Permission was not given.');
    kind = 'sudo';
    try {
      return await (await startBySudo({ argv: [helper] }, request)).ended;
    } catch (error) {
      const problem = asProblem(error);
      if (problem) return problem;
      throw error;
    }
  }

  return {
    get kind() {
      return kind;
    },
    ended: asking.end.then(explain),
    // Until it has become root it is ours to end, and the prompt goes with it.
    stop: () => asking.stop(),
  };
}

function elevationRefused(what: string): Problem {
  return refused(
    'ELEVATION_REFUSED',
    what,
    'Start again, and let an administrator of this machine give the permission.',
  );
}
