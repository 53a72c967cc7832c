import { Problem, type ProblemData } from '../../../../shared/problem.ts';
import { onOneLine } from '../../lab/plain-text.ts';

type Where = NonNullable<ProblemData['where']>;

export function designUnknown(name: string): Problem {
  return new Problem('DESIGN_UNKNOWN', {
    what: `The lab has no design ${onOneLine(name, 80)}.`,
    state: 'Nothing was read.',
    next: '`sifaka bridge designs` lists those it has; `sifaka bridge new-attempt` makes the next one.',
  });
}

export function designInvalid(file: string, what: string, next: string): Problem {
  const where: Where = { file };
  return new Problem('DESIGN_INVALID', { what, state: 'The design was not read.', next, where });
}

/** `refused` is what is wrong, file by file: a path and the end of a sentence. */
export function pathRefused(
  folder: string,
  refused: readonly { readonly path: string; readonly reason: string }[],
): Problem {
  const lines = refused.map(({ path, reason }) => `${folder}/${onOneLine(path)} ${reason}.`);
  const [first = `${folder} has a path that is refused.`, ...more] = lines;
  return new Problem('DESIGN_PATH_REFUSED', {
    what: first,
    state: 'The design was not read, and nothing of it goes to a node.',
    next: 'Move what does not belong on a node out of the folder, and put what does where a design may have files.',
    where: { file: `${folder}/${onOneLine(refused[0]?.path ?? '')}` },
    ...(more.length > 0 ? { more: more.slice(0, 20) } : {}),
  });
}
