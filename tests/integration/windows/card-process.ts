import { writeFile } from 'node:fs/promises';
import { findResources } from '../../../electron/hosts/resources-folder.ts';
import { appFolders, makeAppFolders } from '../../../electron/services/app-folders.ts';
import { createServices } from '../../../electron/services/create-services.ts';
import type { CardPlan, TargetRequest } from '../../../shared/schemas/card.ts';
import type { Capability } from '../../../shared/contract/session.ts';
import type { Drive } from '../../../shared/schemas/drive.ts';
import type { JobEvent } from '../../../shared/schemas/job.ts';
import type { Behaviour } from './windows-machine.ts';

/** What a test asks for, as the only argument in JSON. */
export interface WindowsQuestion {
  /** A new folder for the demo lab. */
  readonly lab: string;
  /** Where the program is: the built writer is in `../out` of it. */
  readonly resources: string | undefined;
  /** Onto the one disk that is offered, one after the other. */
  readonly jobs: readonly { readonly kind: 'burn' | 'verify'; readonly behaviour?: Behaviour }[];
  /** How the machine behaves is read there. */
  readonly behaviourFile: string;
}

export interface WindowsAnswer {
  readonly drives: readonly Drive[];
  readonly plans: readonly CardPlan[];
  readonly doctor: readonly Capability[];
  /** The events of each. */
  readonly jobs: readonly JobEvent[][];
}

const question: WindowsQuestion = JSON.parse(process.argv[2] ?? '');
const resources = findResources(import.meta.dirname);
const folders = appFolders(process.env);
await makeAppFolders(folders);
const open = (lab: string | undefined) =>
  createServices({
    lab,
    folders,
    clock: { now: () => new Date() },
    log: { line: (text) => process.stderr.write(`${text}\n`) },
    version: '0.0.0-test',
    // The demo lab is in the checkout; the writer that is tried need not be.
    resources: lab === undefined ? resources : (question.resources ?? resources),
  });

const without = await open(undefined);
await without.createDemoLab(question.lab);
await without.close();

const services = await open(question.lab);
await services.secrets.createIdentity({});
for (const name of ['k3s-token', 'titan-13-node-password', 'aye-password']) {
  await services.secrets.seal(name, Buffer.from('$6$salt$hashhashhash\n'), { replace: false });
}
const drives = await services.drives.list();
const disk = drives.find(({ offered }) => offered);
const targets: TargetRequest[] = [
  { kind: 'new-file', path: `${question.lab}.card.img` },
  ...(disk === undefined ? [] : [{ kind: 'drive', path: disk.path } as const]),
];
const plans: CardPlan[] = [];
for (const target of targets) plans.push((await services.cards.plan({ node: 'titan-13', target })).plan);

const jobs: JobEvent[][] = [];
for (const { kind, behaviour } of question.jobs) {
  await writeFile(question.behaviourFile, JSON.stringify(behaviour ?? {}));
  const request = { node: 'titan-13', target: { kind: 'drive', path: disk?.path ?? '' } } as const;
  const { jobId } =
    kind === 'burn'
      ? await services.cards.burn((await services.cards.plan(request)).digest)
      : await services.cards.verify(request);
  const events: JobEvent[] = [];
  for await (const event of services.jobs.follow(jobId, {})) events.push(event);
  jobs.push(events);
}
const doctor = await services.doctor();
await services.close();
const answer: WindowsAnswer = { drives, plans, doctor, jobs };
process.stdout.write(JSON.stringify(answer));
