import type { Target } from '../../../shared/schemas/card.ts';
import { LabText } from '../../components/LabText.tsx';
import { PageWords } from '../../components/PageWords.tsx';
import { targetName } from './target-name.ts';

export function TargetName({ kind, label }: Pick<Target, 'kind' | 'label'>) {
  return kind === 'virtual-drive' ? (
    <PageWords text={targetName({ kind, label })} />
  ) : (
    <LabText text={label} />
  );
}
