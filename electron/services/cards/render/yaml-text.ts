import { stringify } from 'yaml';
import { writtenBy } from './desired-entry.ts';

/**
 * A YAML document for readers of YAML 1.1 and 1.2 alike (netplan, cloud-init, k3s): every text value is quoted, since
 * `no`, `1e3` or `12:30` mean something else to one of them.
 */
export function yamlLines(value: unknown): string[] {
  const text = stringify(value, {
    schema: 'yaml-1.1',
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'PLAIN',
    lineWidth: 0,
    aliasDuplicateObjects: false,
  });
  return [writtenBy, ...text.trimEnd().split('\n')];
}
