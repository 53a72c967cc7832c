import { useSession } from '../connection/use-session.ts';
import { CommandLine } from './CommandLine.tsx';

/** A command of this program, as it is called where the host runs: by itself when installed, by npx in a checkout. */
export function OwnCommand({ words }: { words: string }) {
  const { command } = useSession();
  return command === undefined ? null : <CommandLine command={`${command} ${words}`} />;
}
