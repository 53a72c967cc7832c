import { useQuery } from '@tanstack/react-query';
import { useApi } from '../connection/client.ts';
import { OwnCommand } from './OwnCommand.tsx';
import { quotedWord } from './quoted-word.ts';

/** A command about the open lab, complete: it does the same from any folder. */
export function LabCommand({ command }: { command: string }) {
  const { query } = useApi();
  const lab = useQuery(query.lab.state.queryOptions());
  if (!lab.data) return null;
  return <OwnCommand words={`--lab ${quotedWord(lab.data.path)} ${command}`} />;
}
