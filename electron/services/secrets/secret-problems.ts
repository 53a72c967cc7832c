import { Problem, type ProblemCode } from '../../../shared/problem.ts';
import { onOneLine } from '../lab/plain-text.ts';

/**
 * The problems of secrets and identities. None has a cause: the libraries below quote what they were given, and that
 * may be a key or a value.
 */

const nothingChanged = 'Nothing was changed.';

function problem(code: ProblemCode, what: string, next: string, state = nothingChanged): Problem {
  return new Problem(code, { what, state, next });
}

export function secretNameInvalid(name: string): Problem {
  return problem(
    'SECRET_NAME_INVALID',
    `“${onOneLine(name, 80)}” cannot be the name of a secret.`,
    'Use lower-case letters, digits, dot, hyphen and underscore, 63 at most.',
  );
}

export function secretUnknown(name: string): Problem {
  return problem(
    'SECRET_UNKNOWN',
    `The lab has no sealed secret “${name}”.`,
    `Seal it: sifaka secrets seal ${name}`,
  );
}

export function secretUnreadable(name: string, reason: string, next: string): Problem {
  return problem('SECRET_UNREADABLE', `The sealed secret “${name}” cannot be opened: ${reason}.`, next);
}

export function sealingFailed(name: string, state: string): Problem {
  return problem(
    'SECRET_UNREADABLE',
    `What was sealed for “${name}” does not read back as it was given.`,
    'Seal it again. If this happens again, check the disk the lab is on.',
    state,
  );
}

export function secretExists(name: string): Problem {
  return problem(
    'SECRET_EXISTS',
    `The lab already has a sealed secret “${name}”.`,
    'Seal it with --replace if the old value may go, or choose another name.',
  );
}

export function secretTooLarge(name: string, limitBytes: number): Problem {
  return problem(
    'SECRET_TOO_LARGE',
    `The value for “${name}” is larger than ${limitBytes} bytes.`,
    'Seal keys, tokens and passwords; put larger files onto the card by a hook.',
  );
}

export function identityMissing(file: string): Problem {
  return problem(
    'IDENTITY_MISSING',
    `There is no age identity at ${onOneLine(file)}.`,
    'Make one (sifaka secrets init), or name yours with SIFAKA_IDENTITY.',
  );
}

export function identityLocked(file: string): Problem {
  return problem(
    'IDENTITY_LOCKED',
    `The age identity at ${onOneLine(file)} is locked by a passphrase.`,
    'Unlock it with its passphrase, then try again.',
  );
}

export function wrongPassphrase(file: string): Problem {
  return problem(
    'IDENTITY_LOCKED',
    `That passphrase does not open the age identity at ${onOneLine(file)}.`,
    'Try again with the passphrase it was made with.',
    'The identity stays locked.',
  );
}

export function identityInvalid(file: string, reason: string, next: string): Problem {
  return problem(
    'IDENTITY_INVALID',
    `The age identity at ${onOneLine(file)} cannot be used: ${reason}.`,
    next,
  );
}

export function identityExists(file: string): Problem {
  return problem(
    'IDENTITY_EXISTS',
    `There is an age identity at ${onOneLine(file)} already.`,
    'Use it, or move it to a safe place first: what was sealed for it can be opened by nothing else.',
  );
}

export function recipientsMissing(file: string): Problem {
  return problem(
    'RECIPIENTS_MISSING',
    `${file} names nobody to seal secrets for.`,
    'Add your recipient with sifaka secrets init, or write age1… recipients into that file, one on a line.',
  );
}

export function recipientInvalid(file: string, line: number): Problem {
  return new Problem('LAB_FILE_INVALID', {
    what: `Line ${line} of ${file} is no X25519 recipient of age.`,
    state: 'Nothing was sealed.',
    next: 'Write age1… recipients as age-keygen prints them, one on a line; comments begin with #.',
    where: { file, line },
  });
}

export function keyFileUnusable(file: string, reason: string, next: string): Problem {
  return problem('KEY_FILE_UNUSABLE', `The key file ${onOneLine(file)} cannot be used: ${reason}.`, next);
}
