import { terminalText } from '../../../shared/terminal-text.ts';

/** Names of nodes and storages to choose from: data, as LabText is, where no other element may be. */
export function LabOptions({ values }: { values: readonly string[] }) {
  return values.map((value) => (
    <option key={value} value={value} data-lab="">
      {terminalText(value)}
    </option>
  ));
}
