import { Problem } from '../../../shared/problem.ts';
import { issueFile } from './issue-file.ts';

export function issueUnknown(id: string): Problem {
  return new Problem('ISSUE_UNKNOWN', {
    what: `The lab has no issue ${id}.`,
    state: 'Nothing was changed.',
    next: '`sifaka issues list` names those that it has.',
  });
}

export function issueClosed(id: string, closed: string | null | undefined): Problem {
  return new Problem('ISSUE_CLOSED', {
    what: `${id} was closed${closed ? ` at ${closed}` : ''} already.`,
    state: 'It is as it was.',
    next: 'Open a new issue if it is there again; name this one in it.',
    where: { file: issueFile(id) },
  });
}

export function issueNotProven(
  id: string,
  {
    check,
    nodes,
    since,
    command,
  }: { check: string; nodes: readonly string[]; since: string; command: string },
): Problem {
  return new Problem('ISSUE_NOT_PROVEN', {
    what: `Since ${id} was opened at ${since}, the ${check} check has not passed on ${inWords(nodes)}.`,
    state: 'The issue stays open.',
    next: `Run \`${command}\`. When it has passed, close the issue again.`,
    where: { file: issueFile(id) },
  });
}

export function checkUnknown(check: string, known: readonly string[]): Problem {
  const names = known.length === 0 ? 'This Sifaka has none.' : `There is ${known.join(', ')}.`;
  return new Problem('INPUT_INVALID', {
    what: `No check is called ${check}. ${names}`,
    state: 'Nothing was changed.',
    next: 'Name one that there is, or none: then the issue is closed with a note.',
  });
}

export function noteMissing(id: string): Problem {
  return new Problem('INPUT_INVALID', {
    what: `${id} names no check that could prove it mended, so it is closed with a note.`,
    state: 'The issue stays open.',
    next: 'Say in a note what mended it, or why it no longer matters.',
  });
}

export function nodesMissing(check: string): Problem {
  return new Problem('INPUT_INVALID', {
    what: `An issue that the ${check} check has to prove mended must name its nodes.`,
    state: 'No issue was opened.',
    next: 'Name the nodes that it is about.',
  });
}

export function numbersUsedUp(year: string): Problem {
  return new Problem('ISSUE_NUMBERS_USED_UP', {
    what: `The lab has ISSUE-${year}-999: there is no further number for ${year}.`,
    state: 'No issue was opened.',
    next: 'Look through the open ones; what is one and the same belongs into one issue.',
  });
}

export function changedMeanwhile(id: string): Problem {
  return new Problem('LAB_CHANGED_MEANWHILE', {
    what: `${issueFile(id)} was changed while it was being closed.`,
    state: 'It has that change, and was not closed.',
    next: 'Look at it again, then close it once more.',
    where: { file: issueFile(id) },
  });
}

function inWords(nodes: readonly string[]): string {
  if (nodes.length <= 1) return nodes.join('');
  const shown = nodes.length > 8 ? [...nodes.slice(0, 7), `${nodes.length - 7} others`] : nodes;
  return `all of ${shown.slice(0, -1).join(', ')} and ${shown.at(-1) ?? ''}`;
}
