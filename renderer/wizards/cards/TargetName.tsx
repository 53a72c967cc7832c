import type { Target } from '../../../shared/schemas/card.ts';
import { targetName } from './target-name.ts';

export function TargetName({ kind, label }: Pick<Target, 'kind' | 'label'>) {
  return <bdi>{targetName({ kind, label })}</bdi>;
}
