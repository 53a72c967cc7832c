import { Problem } from '../../../shared/problem.ts';
import { onOneLine } from './plain-text.ts';

/** The parts of an RFC 6901 JSON Pointer; INPUT_INVALID when it is none. */
export function pointerParts(pointer: string): string[] {
  if (!/^(\/([^~/]|~[01])*)*$/s.test(pointer)) {
    throw new Problem('INPUT_INVALID', {
      what: `"${onOneLine(pointer)}" is not a JSON Pointer.`,
      state: 'Nothing was read or written.',
      next: 'Write it with slashes, as in /nodes/titan-13/class; ~1 stands for a slash in a name and ~0 for a tilde.',
    });
  }
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The value at a path; only what the file itself has, nothing inherited. LAB_VALUE_MISSING. */
export function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const [index, part] of path.entries()) {
    if (typeof value !== 'object' || value === null) throw valueMissing(path.slice(0, index + 1));
    if (Array.isArray(value) && !/^(0|[1-9]\d*)$/.test(part)) throw valueMissing(path.slice(0, index + 1));
    const property = Object.getOwnPropertyDescriptor(value, part);
    if (!property) throw valueMissing(path.slice(0, index + 1));
    value = property.value;
  }
  return value;
}

export function valueMissing(path: readonly string[]): Problem {
  return new Problem('LAB_VALUE_MISSING', {
    what: `The file has nothing at ${readablePath(path) || 'its top'}.`,
    state: 'Nothing was changed.',
    next: 'Check the spelling; `sifaka lab get` with a shorter pointer shows what is there.',
  });
}

/** `nodes.titan-13.network.addresses.0`, on one line whatever the keys are. */
export function readablePath(path: readonly PropertyKey[]): string {
  return path.map((part) => onOneLine(String(part), 80)).join('.');
}
