/**
 * The app in a process of its own, to be killed: `node faulty-app-process.ts '{"lab", "folders", "resources", "now", "path"}'`
 * plans and burns titan-13 onto the drive of this path.
 */
import { createServices } from '../../../electron/services/create-services.ts';
import type { AppFolders } from '../../../electron/services/folders.ts';

const { lab, folders, resources, now, path } = JSON.parse(process.argv[2] ?? '') as {
  lab: string;
  folders: AppFolders;
  resources: string;
  now: string;
  path: string;
};
const services = await createServices({
  lab,
  folders,
  resources,
  clock: { now: () => new Date(now) },
  log: { line: (text) => console.error(text) },
  version: '0.0.0-test',
});
const { digest } = await services.cards.plan({ node: 'titan-13', target: { kind: 'drive', path } });
const { jobId } = await services.cards.burn(digest);
for await (const event of services.jobs.follow(jobId, {})) {
  if (event.type === 'ended' && event.problem !== undefined) console.error(JSON.stringify(event.problem));
}
await services.close();
