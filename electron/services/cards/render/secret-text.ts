import { Problem } from '../../../../shared/problem.ts';
import type { RenderInput } from './desired-entry.ts';

/** The bytes of an unsealed secret. */
export function secretBytes(input: Pick<RenderInput, 'secrets'>, name: string): Uint8Array {
  const bytes = input.secrets.get(name);
  if (bytes === undefined) {
    throw new Problem('SECRET_UNKNOWN', {
      what: `There is no sealed secret named ${name}.`,
      state: 'Nothing was written.',
      next: `Seal it: sifaka secrets seal ${name}`,
    });
  }
  return bytes;
}

/** A secret of one line, with exactly one newline at its end, in a buffer of its own. */
export function secretLine(input: Pick<RenderInput, 'secrets'>, name: string): Uint8Array {
  const bytes = secretBytes(input, name);
  let end = bytes.length;
  while (end > 0 && isLineEnd(bytes[end - 1])) end -= 1;
  const body = bytes.subarray(0, end);
  if (body.length === 0 || body.some((byte) => byte < 0x20 || byte === 0x7f)) {
    throw badSecret(name, 'is not one line of text');
  }
  const line = new Uint8Array(body.length + 1);
  line.set(body);
  line[body.length] = 0x0a;
  return line;
}

/** Never says what the secret is, only what is wrong with it. */
export function badSecret(name: string, what: string): Problem {
  return new Problem('SECRET_UNREADABLE', {
    what: `The sealed secret ${name} ${what}.`,
    state: 'Nothing was written.',
    next: `Seal the right value: sifaka secrets seal ${name} --replace`,
  });
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === 0x0a || byte === 0x0d;
}
