import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { SifakaClient } from '../../shared/contract/index.ts';
import type { ProblemRecord } from '../../shared/problem.ts';
import type { JobEvent } from '../../shared/schemas/job.ts';
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
  const [failure, setFailure] = useState<{ generation: number; problem: ProblemRecord }>();

  useEffect(() => {
    const stop = new AbortController();
    let folded = emptyJobView;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const draw = () => {
      timer = undefined;
      setView(folded);
    };
    const onEvent = (event: JobEvent) => {
      folded = addJobEvent(folded, event);
      timer ??= setTimeout(draw, drawEveryMs);
    };
    const follow = async () => {
      await readEvents(client, id, stop.signal, onEvent);
      await queryClient.invalidateQueries({ queryKey: query.key() });
    };
    follow().catch((error: unknown) => {
      // A lost connection is said once for the whole page, and the next one starts this again.
      if (stop.signal.aborted || error instanceof HostUnreachable) return;
      if (useConnection.getState().state.status === 'open')
        setFailure({ generation, problem: problemOf(error) });
    });
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [id, client, query, queryClient, generation]);

  // A failure to follow is of its connection; the next one tries again.
  return { view, problem: failure?.generation === generation ? failure.problem : undefined };
}

async function readEvents(
  client: SifakaClient,
  id: string,
  signal: AbortSignal,
  onEvent: (event: JobEvent) => void,
): Promise<void> {
  for await (const event of await client.jobs.follow({ id }, { signal })) onEvent(event);
}
