import { useEffect } from 'react';
import { useRealDrives } from '../../components/drives/use-real-drives.ts';
import { useCardWizard } from '../../stores/card-wizard.ts';
import { lossOf } from './real-drives.ts';

/** Takes back the choice of a drive that is gone, and remembers what to say about it. */
export function useRemovedDrive(): void {
  const { data } = useRealDrives();
  const { target, loseTarget } = useCardWizard();
  useEffect(() => {
    const loss = data && target && lossOf(target, data);
    if (target && loss !== undefined) loseTarget({ label: target.label, loss });
  }, [data, target, loseTarget]);
}
