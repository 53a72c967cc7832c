import { plural, t } from '@lingui/core/macro';
import { formatBytes } from '../../text/format.ts';

/** An item of the list, as services/drives/survey/drive-contents.ts writes it; a label may hold anything but a control character. */
const items: readonly { readonly form: RegExp; readonly words: (parts: readonly string[]) => string }[] = [
  { form: /^built into this machine$/, words: () => t`built into this machine` },
  { form: /^nothing that is recognised$/, words: () => t`nothing that is recognised` },
  { form: /^not known without more rights$/, words: () => t`not known without more rights` },
  { form: /^a partition table \((GPT|MBR)\)$/, words: ([kind = '']) => t`a partition table (${kind})` },
  {
    form: /^(GPT|MBR) with (\d+) partitions?$/,
    words: ([kind, count]) => {
      const table = kind ?? '';
      return plural(Number(count), {
        one: `${table} with # partition`,
        other: `${table} with # partitions`,
      });
    },
  },
  {
    form: /^(\d+) partitions?$/,
    words: ([count]) => plural(Number(count), { one: '# partition', other: '# partitions' }),
  },
  { form: /^(\d+) more$/, words: ([count = '']) => t`${count} more` },
  {
    form: /^(.+?)( “.*”)? (\d+(?:\.\d+)?) (B|kB|MB|GB|TB|PB)( locked)?(?: mounted at (.+))?$/,
    words: ([fileSystem = '', label = '', size = '', unit = '', locked, place]) => {
      const part = `${fileSystemWords(fileSystem)}${label} ${sizeWords(size, unit)}`;
      if (place !== undefined && place !== '') return t`${part} mounted at ${place}`;
      return locked === undefined || locked === '' ? part : t`${part} locked`;
    },
  },
];

/** What is on a drive, item by item; `undefined` when one of them is of no known form. */
export function driveContentsWords(contents: string): string | undefined {
  const said: string[] = [];
  for (const item of contents.split('; ')) {
    const known = items.find(({ form }) => form.test(item));
    if (!known) return undefined;
    said.push(known.words(known.form.exec(item)?.slice(1) ?? []));
  }
  return said.join('; ');
}

/** The names of file systems are the same in every language. */
function fileSystemWords(name: string): string {
  if (name === 'something unknown') return t`something unknown`;
  const encrypted = /^(LUKS|BitLocker) \(encrypted\)$/.exec(name)?.[1];
  return encrypted === undefined ? name : t`${encrypted} (encrypted)`;
}

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

function sizeWords(size: string, unit: string): string {
  return formatBytes(Number(size) * 1000 ** units.indexOf(unit));
}
