import { type IssueSection, issueSections } from '../../../shared/schemas/issue.ts';

/** The headings of the built-in template. */
export const sectionHeadings: Readonly<Record<IssueSection, string>> = {
  summary: 'Summary',
  environment: 'Environment',
  steps: 'Steps to reproduce',
  expected: 'Expected behaviour',
  actual: 'Actual behaviour',
  evidence: 'Evidence',
  investigation: 'Investigation notes',
  solution: 'Proposed solution',
  related: 'Related issues',
  changelog: 'Changelog entries',
};

/** What labs call them besides: the headings of templates that are in use, as `simplified` has them. */
const otherNames: Readonly<Record<IssueSection, readonly string[]>> = {
  summary: ['overview', 'description', 'problem', 'issue summary'],
  environment: ['affected systems', 'affected nodes', 'system information'],
  steps: ['reproduction', 'reproduction steps', 'how to reproduce', 'steps'],
  expected: ['expected behavior', 'expected', 'expected result'],
  actual: ['actual behavior', 'actual', 'actual result', 'observed behaviour', 'observed behavior'],
  evidence: ['logs', 'evidence and logs', 'logs and evidence', 'evidence logs', 'diagnostics'],
  investigation: ['investigation', 'notes', 'analysis'],
  solution: ['proposed solutions', 'solution', 'proposed fix', 'resolution'],
  related: ['related', 'related issue', 'related issues and changelog entries', 'references'],
  changelog: [
    'changelog',
    'changelog entry',
    'changelog references',
    'changelog reference',
    'related issues and changelog entries',
  ],
};

/** What belongs below a heading, whatever its level: none for one that Sifaka does not know, two where a lab joins them. */
export function sectionsOf(heading: string): IssueSection[] {
  const name = simplified(heading);
  return issueSections.filter(
    (section) => simplified(sectionHeadings[section]) === name || otherNames[section].includes(name),
  );
}

/** `3. **Evidence & Logs:**` and `Evidence and logs` are the same. */
function simplified(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/&|\//g, ' and ')
    .replaceAll(/[^a-z ]+/g, ' ')
    .replaceAll(/ +/g, ' ')
    .trim();
}
