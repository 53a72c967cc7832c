/** What the stand-in found when it was started. */
export interface StandInReport {
  readonly uid: number;
  readonly parameters: readonly string[];
  readonly input: string;
  readonly inputIsFile: boolean;
  readonly environment: readonly string[];
  readonly session: number;
  readonly processId: number;
}

/** A program in the place of the writer: writes down in its private folder how it was started, and ends as it is told. */
export function standInWriter(end: {
  exitCode?: number;
  words?: string;
  /** It goes on until it is killed, or its report is taken away. */
  waits?: boolean;
}): string {
  return `
import { existsSync, fstatSync, readFileSync, renameSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
const folder = process.argv[2];
const stat = readFileSync('/proc/self/stat', 'latin1');
writeFileSync(join(folder, 'report.new'), JSON.stringify({
  uid: process.getuid(),
  parameters: process.argv.slice(2),
  input: readFileSync(0, 'latin1'),
  inputIsFile: fstatSync(0).isFile(),
  environment: Object.keys(process.env),
  processId: process.pid,
  session: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]),
}));
renameSync(join(folder, 'report.new'), join(folder, 'report.json'));
process.stderr.write(${JSON.stringify(end.words ?? '')});
process.exitCode = ${end.exitCode ?? 0};
if (${end.waits ?? false}) {
  const watcher = watch(folder, () => existsSync(join(folder, 'report.json')) || watcher.close());
  existsSync(join(folder, 'report.json')) || watcher.close();
}
`;
}
