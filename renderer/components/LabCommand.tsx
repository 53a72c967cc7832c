import { useQuery } from '@tanstack/react-query';
import { useApi } from '../connection/client.ts';
import { CommandLine } from './CommandLine.tsx';

/** A command about the open lab, complete: it does the same from any folder of the checkout. */
export function LabCommand({ command }: { command: string }) {
  const { query } = useApi();
  const lab = useQuery(query.lab.state.queryOptions());
  if (!lab.data) return null;
  return <CommandLine command={`npx sifaka --lab ${quoted(lab.data.path)} ${command}`} />;
}

/** As POSIX shells and PowerShell read it, when it is more than plain characters. */
function quoted(path: string): string {
  return /^[\w./:\\~-]+$/.test(path) ? path : `'${path.replaceAll("'", `'"'"'`)}'`;
}
