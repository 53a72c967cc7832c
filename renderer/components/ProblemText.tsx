import type { ShownProblem } from '../connection/problem-of.ts';
import { PageWords } from './PageWords.tsx';
import { ServiceText } from './ServiceText.tsx';

/** One sentence of a problem, in the language it was said in. */
export function ProblemText({ problem, part }: { problem: ShownProblem; part: 'what' | 'state' | 'next' }) {
  const text = problem[part];
  return problem.saidByPage ? <PageWords text={text} /> : <ServiceText text={text} />;
}
