import { z } from 'zod';
import { asProblem, Problem } from '../../../../shared/problem.ts';
import {
  type DeployRecord,
  deployRecordSchema,
  type DeploySummary,
} from '../../../../shared/schemas/bridge.ts';
import type { LabFolder } from '../../lab/lab-folder.ts';

const folder = 'deploy/history';
/** 64 nodes with half a megabyte of files each, before and after, and their quoting. */
const largest = 128 * 1024 * 1024;
const named = z.uuid();

export function recordFile(id: string): string {
  return `${folder}/${id}.json`;
}

/** LAB_FILE_EXISTS unless it is to replace an earlier state of the same deploy; LAB_…. */
export async function writeDeployRecord(
  lab: LabFolder,
  record: DeployRecord,
  { replaces }: { readonly replaces: boolean },
): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify(deployRecordSchema.parse(record), undefined, 2)}\n`);
  await lab.writeBytes(recordFile(record.id), bytes, { mustNotExist: !replaces });
}

/** DEPLOY_UNKNOWN when there is none, or what is there is none. */
export async function readDeployRecord(lab: LabFolder, id: string): Promise<DeployRecord> {
  if (!named.safeParse(id).success) throw unknown(id);
  try {
    const bytes = await lab.readBytes(recordFile(id), largest);
    const record = deployRecordSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    if (record.id !== id) throw unknown(id);
    return record;
  } catch (error) {
    const isDamaged = error instanceof z.ZodError || error instanceof SyntaxError;
    if (isDamaged || asProblem(error)?.code === 'LAB_FILE_MISSING') throw unknown(id, error);
    throw error;
  }
}

/** Newest first. A file that is no record, or cannot be read, is left out: one such file must not hide all others. */
export async function listDeployRecords(lab: LabFolder): Promise<DeployRecord[]> {
  const names = await lab.listFiles(folder);
  const records: DeployRecord[] = [];
  for (const name of names) {
    const id = /^([0-9a-f-]{36})\.json$/.exec(name)?.[1];
    if (id === undefined) continue;
    try {
      records.push(await readDeployRecord(lab, id));
    } catch (error) {
      if (asProblem(error) === undefined) throw error;
    }
  }
  return records.toSorted((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
}

/** Without what its files hold. */
export function summaryOf(record: DeployRecord): DeploySummary {
  return { ...record, nodes: record.nodes.map(({ node, state }) => ({ node, state })) };
}

function unknown(id: string, cause?: unknown): Problem {
  return new Problem(
    'DEPLOY_UNKNOWN',
    {
      what: `There is no record of the deploy ${JSON.stringify(id.slice(0, 40))} in the lab.`,
      state: 'No node was asked.',
      next: '`sifaka bridge deploys` lists those there are.',
    },
    { cause },
  );
}
