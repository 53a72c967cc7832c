import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../../../../shared/problem.ts';

/** What a design is rendered from: the files of `resources/bridge/design`. */
export const templateNames = [
  'interfaces',
  'modules.conf',
  'networking.conf',
  'port.link',
  'thunderbridge-enlist@.service',
  'thunderbridge.service',
  'thunderbridge.sh',
  '90-thunderbridge.rules',
] as const;

export type TemplateName = (typeof templateNames)[number];
export type Templates = Readonly<Record<TemplateName, string>>;

/** Reads the templates that came with this installation. */
export async function loadTemplates(resources: string | undefined): Promise<Templates> {
  if (resources === undefined) throw noTemplates();
  const folder = join(resources, 'bridge', 'design');
  const read = async (name: TemplateName) => {
    // A checkout on Windows may have other line ends, and a node must not get them.
    const text = await readFile(join(folder, name), 'utf8').catch((error: unknown) => {
      throw noTemplates(error);
    });
    return [name, text.replaceAll('\r\n', '\n')] as const;
  };
  const texts: Partial<Record<TemplateName, string>> = Object.fromEntries(
    await Promise.all(templateNames.map(read)),
  );
  // Every name was read.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return texts as Templates;
}

function noTemplates(cause?: unknown): Problem {
  return new Problem(
    'LAB_FILE_MISSING',
    {
      what: 'The templates of the bridge did not come with this installation.',
      state: 'No design was made.',
      next: 'Install Sifaka again.',
    },
    { cause },
  );
}

/** What a value may be, so that it cannot leave its place in any of the files: no blank but between ports, no quote, no line end. */
const places = {
  BRIDGE: /^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/,
  MTU: /^\d{4,5}$/,
  STP: /^(on|off)$/,
  FORWARD_DELAY: /^\d{1,2}$/,
  PORTS: /^[A-Za-z0-9][A-Za-z0-9._-]{0,14}( [A-Za-z0-9][A-Za-z0-9._-]{0,14}){0,15}$/,
  PORT: /^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/,
  /** Of udev: alternatives; none of the characters of a name means something there. */
  PORT_PATTERN: /^[A-Za-z0-9][A-Za-z0-9._-]{0,14}(\|[A-Za-z0-9][A-Za-z0-9._-]{0,14}){0,15}$/,
  /** Of Python, anchored: ifupdown2 matches with it. */
  PORT_REGEX: /^\^\(([A-Za-z0-9_-]|\\\.)+(\|([A-Za-z0-9_-]|\\\.)+){0,15}\)\$$/,
  PATH: /^[a-z][a-z0-9]*-[A-Za-z0-9.:_-]{1,120}$/,
  DRIVER: /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/,
  FAMILY: /^inet6?$/,
  ADDRESS: /^[0-9A-Fa-f.:]{2,45}\/\d{1,3}$/,
} as const satisfies Record<string, RegExp>;

export type Values = Readonly<Partial<Record<keyof typeof places, string>>>;

/** The template with its `@NAME@` replaced. What does not fit its place is a mistake of whoever made the value. */
export function fill(template: string, values: Values): string {
  return template.replaceAll(/@([A-Z_]+)@/g, (_match, name: string) => {
    const pattern: RegExp | undefined = Object.entries(places).find(([place]) => place === name)?.[1];
    const value: string | undefined = Object.entries(values).find(([place]) => place === name)?.[1];
    if (pattern === undefined || value === undefined || !pattern.test(value)) {
      throw new Error(`the value for @${name}@ cannot be rendered`);
    }
    return value;
  });
}
