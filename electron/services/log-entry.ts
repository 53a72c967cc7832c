/** One entry of the log file. */
export interface LogEntry {
  /** ISO 8601 in UTC; absent for what is in the file and no entry of ours. */
  readonly at?: string;
  /** Which process wrote it. */
  readonly pid?: number;
  /** Lines, without what was redacted. */
  readonly text: string;
}

/** Characters of one entry; a stack has a few thousand. */
const longestText = 16_384;

/** `<time> <pid> <text>`; further lines are indented, so that no text can pass for another entry. */
export function formatEntry(entry: Required<LogEntry>): string {
  const { text } = entry;
  const fitting = text.length > longestText ? `${text.slice(0, longestText)} […]` : text;
  return `${entry.at} ${entry.pid} ${fitting.trimEnd().replaceAll('\n', '\n    ')}\n`;
}

const entryStart = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z) (\d{1,10}) (.*)$/;

/** The entries of a part of a log file, oldest first. `cut`: it begins in the middle of what is left out. */
export function parseEntries(content: string, { cut }: { readonly cut: boolean }): LogEntry[] {
  const entries: (LogEntry & { text: string })[] = [];
  let leaving = cut;
  for (const line of content.split('\n')) {
    const [, at, pid, text] = entryStart.exec(line) ?? [];
    if (at !== undefined && text !== undefined) {
      leaving = false;
      entries.push({ at, pid: Number(pid), text });
      continue;
    }
    if (leaving || line === '') continue;
    const last = entries.at(-1);
    if (last && (last.at === undefined || line.startsWith('    '))) {
      last.text += `\n${line.replace(/^ {4}/, '')}`;
    } else {
      entries.push({ text: line });
    }
  }
  return entries;
}
