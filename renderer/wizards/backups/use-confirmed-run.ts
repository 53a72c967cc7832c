import { t } from '@lingui/core/macro';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { goTo } from '../../app/route.ts';
import { useApi } from '../../connection/client.ts';
import { useSession } from '../../connection/use-session.ts';

/**
 * Runs a plan that takes something away: a permission for exactly this plan first, for which the operator may be asked beside
 * the page. `asked` is what is said on the page meanwhile.
 */
export function useConfirmedRun<Planned extends { readonly digest: string }>(
  start: (confirmed: { planDigest: string; confirmation: string }) => Promise<{ jobId: string }>,
) {
  const { client } = useApi();
  const { asksIn } = useSession();
  const [isAsked, setIsAsked] = useState(false);
  const asking = useRef<AbortController>(undefined);
  // Who leaves the review takes the question back: a yes to it later would be to what nobody looks at any more.
  useEffect(() => () => asking.current?.abort(), []);
  const run = useMutation({
    mutationFn: async ({ digest }: Planned) => {
      const { signal } = (asking.current = new AbortController());
      setIsAsked(true);
      const { confirmation } = await client.backups
        .confirm({ planDigest: digest }, { signal })
        .finally(() => setIsAsked(false));
      signal.throwIfAborted();
      return start({ planDigest: digest, confirmation });
    },
    onSuccess: ({ jobId }) => goTo({ page: 'backup-job', id: jobId }),
  });
  return { run, asked: isAsked ? whereAsked(asksIn) : undefined };
}

function whereAsked(asksIn: 'window' | 'terminal' | 'nowhere'): string | undefined {
  if (asksIn === 'nowhere') return undefined;
  return asksIn === 'window'
    ? t`Sifaka asks once more, in a window of the system. Nothing is done until you have answered there.`
    : t`Sifaka asks once more, in the terminal it was started in. Nothing is done until you have answered there.`;
}
