import { isAbsolute, relative, sep } from 'node:path';
import type { Command } from 'commander';
import type { RunCommand } from '../command-context.ts';
import { inputInvalid } from '../failure.ts';
import { runJob } from '../follow-job.ts';
import { withSession } from '../session.ts';
import { imageAddedText, imagesText, imageVerifiedText } from '../text/image-text.ts';

export function addImageCommands(program: Command, run: RunCommand): void {
  const images = program.command('images').description('golden images');

  images
    .command('list')
    .description('the images of the inventory and where each is')
    .action((_options, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          const list = await client.images.list();
          return { report: list, text: imagesText(list) };
        }),
      ),
    );

  images
    .command('add <name> <file>')
    .description('measure an image file, put it into the cache and name it in the inventory')
    .requiredOption('--root <number>', 'partition of the root file system, counted from 1')
    .option('--boot <number>', 'partition of the boot file system')
    .option('--description <text>')
    .action(
      (
        name: string,
        file: string,
        options: { root: string; boot?: string; description?: string },
        command: Command,
      ) =>
        run(command, (context) =>
          withSession(context, 'lab', async ({ client }) => {
            const { jobId } = await client.images.add({
              name,
              file: inLab((await client.lab.state()).path, context.absolutePath(file)),
              rootPartition: partitionNumber(options.root),
              ...(options.boot === undefined ? {} : { bootPartition: partitionNumber(options.boot) }),
              ...(options.description === undefined ? {} : { description: options.description }),
            });
            const report = await runJob(context, client, jobId);
            if (report.kind !== 'image') throw new Error(`an image job reported ${report.kind}`);
            return { report, text: imageAddedText(report) };
          }),
        ),
    );

  images
    .command('verify <name>')
    .description('read the cached image again and compare it with its digest')
    .action((name: string, _options, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          const image = await client.images.verify({ name }, { signal: context.interrupts.signal });
          return { report: image, text: imageVerifiedText(image) };
        }),
      ),
    );
}

/** A file of the lab is named from the lab's folder, so that the inventory is good on every machine. */
function inLab(lab: string, file: string): string {
  const path = relative(lab, file);
  return path === '' || path.startsWith('..') || isAbsolute(path) ? file : path.replaceAll(sep, '/');
}

function partitionNumber(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw inputInvalid(
    `${text} is not the number of a partition.`,
    'Partitions are counted from 1, as `sfdisk -l IMAGE` shows them.',
  );
}
