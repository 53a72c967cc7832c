import { Problem } from '../../../../shared/problem.ts';
import { onOneLine } from '../../lab/plain-text.ts';

/**
 * The problems of targets. None has a cause: what an S3 client throws may carry the headers of its request, and what a server
 * or a node says is shown as one short line or not at all.
 */

const nothingCopied = 'Nothing was copied there.';

/** Why something is not usable, as the parts of a problem. */
export interface Reason {
  /** A sentence's end: "it does not answer at https://…". */
  readonly why: string;
  readonly next: string;
}

export function targetUnknown(name: string): Problem {
  return new Problem('TARGET_UNKNOWN', {
    what: `The cluster file has no backup target ${onOneLine(name, 80)}.`,
    state: 'Nothing was asked or copied.',
    next: 'Add it below clusters.<name>.backups.targets, or choose one of `sifaka backups targets`.',
  });
}

export function targetUnreachable(name: string, { why, next }: Reason, state = nothingCopied): Problem {
  return new Problem('TARGET_UNREACHABLE', {
    what: `The backup target ${name} cannot be reached: ${why}.`,
    state,
    next,
  });
}

/** It answers, and does not let us do what we have to. */
export function targetRefused(name: string, { why, next }: Reason, state = nothingCopied): Problem {
  return new Problem('TARGET_REFUSED', { what: `The backup target ${name} refuses: ${why}.`, state, next });
}

export function targetUnmounted(name: string, { why, next }: Reason): Problem {
  return new Problem('TARGET_UNMOUNTED', {
    what: `The backup target ${name} is not what was set up: ${why}.`,
    state: nothingCopied,
    next,
  });
}

export function targetNotSetUp(name: string, where: string): Problem {
  return new Problem('TARGET_UNMOUNTED', {
    what: `The backup target ${name} was never set up: ${where} has no mark of this lab.`,
    state: nothingCopied,
    next: `See that it is the right place (mounted, the right bucket), then: sifaka backups targets init ${name}`,
  });
}

export function targetOther(name: string, where: string, whose: string): Problem {
  return new Problem('TARGET_OTHER', {
    what: `${where} is not the backup target ${name} of this lab: it has the mark of ${onOneLine(whose, 120)}.`,
    state: 'Nothing was changed there.',
    next: 'Give each lab and each target a folder or a prefix of its own. If this is the same lab, bring its backups/targets.json back.',
  });
}

export function copyFailed(name: string, { why, next }: Reason, state: string): Problem {
  return new Problem('COPY_FAILED', { what: `The copy to ${name} failed: ${why}.`, state, next });
}

export function copyMismatch(name: string, file: string): Problem {
  return new Problem('COPY_MISMATCH', {
    what: `What is at ${name} after the copy is not ${onOneLine(file, 255)}: its bytes differ.`,
    state: 'The wrong copy was taken away; the archive it was made of is untouched.',
    next: 'Run the backup again, which copies it anew. If it happens again, check the disk, memory and network there.',
  });
}

/** What is copied is no longer what the record says. */
export function sourceChanged(file: string, node: string): Problem {
  return new Problem('ARCHIVE_CHANGED', {
    what: `${onOneLine(file, 300)} on ${node} is not the file that was backed up: its bytes changed since.`,
    state: 'No copy was made of it.',
    next: 'Verify the archive, and make a new backup of the guest.',
  });
}

export function archiveGone(name: string, archive: string): Problem {
  return new Problem('ARCHIVE_GONE', {
    what: `The backup target ${name} does not have ${onOneLine(archive, 255)} any more, or not all of it.`,
    state: 'Nothing was changed.',
    next: 'Discover again; the same backup may be at another place.',
  });
}

export function recordInvalid(name: string, archive: string): Problem {
  return new Problem('ARCHIVE_CORRUPT', {
    what: `The record beside ${onOneLine(archive, 255)} at ${name} is damaged, or is not of this archive.`,
    state: 'Nothing was changed.',
    next: 'Somebody may have changed what is there. Copy the archive anew, or restore from another place.',
  });
}
