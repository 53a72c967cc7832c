import { styleText } from 'node:util';
import type { Problem } from '../../../shared/problem.ts';
import { terminalText } from '../../../shared/terminal-text.ts';

/** A problem for a person: what happened, in which state things are, what to do; the code is small print to search for. */
export function problemText({ code, data }: Problem, stream: NodeJS.WritableStream): string {
  const place = data.where && [data.where.file, data.where.line, data.where.column].filter(Boolean).join(':');
  const mark = code === 'CANCELLED' ? 'Cancelled' : 'Not done';
  const lines = [`${styleText(['bold', 'red'], mark, { stream })}: ${terminalText(data.what)}`];
  if (place) lines.push(`  at     ${terminalText(place)}`);
  for (const finding of data.more ?? []) lines.push(`  also   ${terminalText(finding)}`);
  lines.push(`  state  ${terminalText(data.state)}`, `  next   ${terminalText(data.next)}`);
  lines.push(styleText('dim', `  ${code}`, { stream }));
  return lines.join('\n');
}
