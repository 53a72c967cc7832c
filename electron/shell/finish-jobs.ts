import type { Services } from '../hosts/open-services.ts';

/** Resolves when no job of this process runs any more: a window may close in the middle of a burn, the burn goes on. */
export async function finishJobs(jobs: Services['jobs']): Promise<void> {
  const running = (await jobs.list()).filter((job) => job.mine && job.state === 'running');
  await Promise.all(running.map((job) => ended(jobs, job.id)));
}

async function ended(jobs: Services['jobs'], id: string): Promise<void> {
  for await (const event of jobs.follow(id, {})) if (event.type === 'ended') return;
}
