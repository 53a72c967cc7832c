import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { ProblemRecord } from '../../shared/problem.ts';
import { useApi } from '../connection/client.ts';
import { useConnection } from '../connection/connection-store.ts';
import { HostUnreachable } from '../connection/host-link.ts';
import { problemOf } from '../connection/problem-of.ts';
import { addJobEvent, emptyJobView, type JobView } from './job-view.ts';

/** Events come in bursts when a journal is replayed; the page is drawn at most this often. */
const drawEveryMs = 60;

/**
 * Follows a job from its journal's first line. When the connection comes back after a loss it starts again from there,
 * keeping what was last known on the screen meanwhile.
 */
export function useJob(id: string): { view: JobView; problem: ProblemRecord | undefined } {
  const { client, query } = useApi();
  const queryClient = useQueryClient();
  const generation = useConnection((store) => store.generation);
  const [view, setView] = useState(emptyJobView);
  const [problem, setProblem] = useState<ProblemRecord>();

  useEffect(() => {
    const stop = new AbortController();
    let folded = emptyJobView;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const draw = () => {
      timer = undefined;
      setView(folded);
    };
    const follow = async () => {
      for await (const event of await client.jobs.follow({ id }, { signal: stop.signal })) {
        folded = addJobEvent(folded, event);
        timer ??= setTimeout(draw, drawEveryMs);
      }
      await queryClient.invalidateQueries({ queryKey: query.key() });
    };
    setProblem(undefined);
    follow().catch((error: unknown) => {
      // A lost connection is said once for the whole page, and the next one starts this again.
      if (stop.signal.aborted || error instanceof HostUnreachable) return;
      if (useConnection.getState().state.status === 'open') setProblem(problemOf(error));
    });
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [id, client, query, queryClient, generation]);

  return { view, problem };
}
