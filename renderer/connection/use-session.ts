import { useQuery } from '@tanstack/react-query';
import { useApi } from './client.ts';

/** Who looks at this page; until the host has said it, neither. */
export function useSession(): {
  readonly isOperator: boolean;
  readonly isViewer: boolean;
  /** Where the last question before something is lost is asked. */
  readonly asksIn: 'window' | 'terminal' | 'nowhere';
  /** What the program's command is called where the host runs. */
  readonly command: 'sifaka' | 'npx sifaka' | undefined;
} {
  const { query } = useApi();
  const { data } = useQuery(query.session.info.queryOptions({ staleTime: 60_000 }));
  return {
    isOperator: data?.role === 'operator',
    isViewer: data?.role === 'viewer',
    asksIn: data?.asksIn ?? 'nowhere',
    command: data?.command,
  };
}
