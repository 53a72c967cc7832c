import type { Problem } from '../../../../../shared/problem.ts';
import { onOneLine } from '../../../lab/plain-text.ts';
import {
  digestAnswer,
  millisecondsFor,
  type NodeFiles,
  nodeFileFailed,
  rangeBytes,
} from '../../node/node-files.ts';
import { isPlainName, markFile, type PlaceFile, recordFile } from '../archive-layout.ts';
import { limits, type SourceFile, type TargetPlace } from '../target-place.ts';
import {
  archiveGone,
  copyMismatch,
  sourceChanged,
  targetRefused,
  targetUnmounted,
} from '../target-problems.ts';
import { folderMissing, leadsElsewhere, noRoom, tooLong } from './folder-problems.ts';
import {
  answers,
  beginScript,
  digestFileScript,
  finishScript,
  listScript,
  lookScript,
  pieceScript,
  readScript,
  removeScript,
  writeMarkScript,
  writeScript,
} from './node-scripts.ts';

/** Copied by one command on the node: so much is done again after a cut, and so often it is said how far it is. */
const pieceBytes = 256 * 1024 * 1024;
/** A line of a list: two numbers and a path. */
const lineBytes = 1100;

interface Asking {
  readonly signal: AbortSignal;
  readonly milliseconds?: number;
  readonly bytes?: number;
  readonly input?: Uint8Array;
}

/**
 * A folder on a node, where a NAS is mounted. `name` is the target's, and `lab` the id that its mark has. What is on the same
 * node goes there without passing here.
 */
export function createNodePlace(name: string, folder: string, lab: string, files: NodeFiles): TargetPlace {
  const { node } = files;

  async function ask(script: string, parameters: readonly string[], options: Asking) {
    const result = await files.script(script, [folder, lab, ...parameters], options);
    if (result.code === answers.noFolder) throw folderMissing(name, `${folder} on ${node}`);
    if (result.code === answers.elsewhere) throw leadsElsewhere(name, `${folder} on ${node}`);
    if (result.code === answers.noMark) throw markGone(name, folder, node);
    return result;
  }

  /** As `ask`; a program that failed is a problem too. */
  async function done(script: string, parameters: readonly string[], options: Asking): Promise<string> {
    const { code, stdout, stderr } = await ask(script, parameters, options);
    if (code !== 0) throw nodeFileFailed(node, 'write', folder, stderr);
    return stdout.toString('latin1').trim();
  }

  async function digest(path: string, signal: AbortSignal, bytes = 2 ** 40) {
    const { code, stdout, stderr } = await ask(digestFileScript, split(path), {
      signal,
      milliseconds: millisecondsFor(bytes),
    });
    if (code === answers.noFile) return undefined;
    const found = digestAnswer(stdout);
    if (found === undefined) throw nodeFileFailed(node, 'read', `${folder}/${path}`, stderr);
    return found;
  }

  /** What is there of the file already. */
  async function begin(path: string, sizeBytes: number, signal: AbortSignal): Promise<number> {
    const { code, stdout, stderr } = await ask(beginScript, [...split(path), String(sizeBytes)], { signal });
    const [first = '', second = ''] = stdout.toString('latin1').trim().split(' ');
    if (code === answers.noRoom) throw noRoom(name, Number(first) || 0, Number(second) || 0);
    if (code !== 0 || !/^\d{1,15}$/.test(first)) throw nodeFileFailed(node, 'write', folder, stderr);
    return Math.min(sizeBytes, Number(first));
  }

  return {
    where: `${folder} on ${node}`,
    node,

    async look(signal) {
      const { code, stdout, stderr } = await files.script(lookScript, [folder, lab], { signal });
      if (code === answers.noFolder) return undefined;
      if (code === answers.elsewhere) throw leadsElsewhere(name, `${folder} on ${node}`);
      const [, free, root] = /^(\d{1,20}) (yes|no)$/.exec(stdout.toString('latin1').trim()) ?? [];
      if (free === undefined) throw nodeFileFailed(node, 'read', folder, stderr);
      return { availableBytes: Number(free), onRoot: root === 'yes' };
    },

    async read(path, limitBytes, signal) {
      const { code, stdout, stderr } = await ask(readScript, [path, String(limitBytes)], {
        signal,
        bytes: limitBytes + 64 * 1024,
      });
      if (code === answers.noFile) return undefined;
      if (code !== 0) throw nodeFileFailed(node, 'read', `${folder}/${path}`, stderr);
      if (stdout.length > limitBytes) throw tooLong(name, path);
      return stdout;
    },

    async write(path, bytes, signal) {
      if (path === markFile) await done(writeMarkScript, ['', path], { signal, input: bytes });
      else await done(writeScript, split(path), { signal, input: bytes });
    },

    async list(signal) {
      const { code, stdout } = await ask(listScript, [], {
        signal,
        milliseconds: 600_000,
        bytes: limits.files * lineBytes,
      });
      if (code !== 0) throw unreadableList(name, `${folder} on ${node}`);
      return listedFiles(stdout);
    },

    async put(path, source, { signal, progress }) {
      const { sizeBytes, sha256 } = source;
      if ((await digest(path, signal, sizeBytes))?.sha256 === sha256) {
        progress(sizeBytes);
        return 'read-back';
      }
      for (;;) {
        const had = await begin(path, sizeBytes, signal);
        for (let have = had; have < sizeBytes; ) {
          const length = Math.min(pieceBytes, sizeBytes - have);
          const piece = [...split(path), source.path, String(have), String(length)];
          await done(pieceScript, piece, { signal, milliseconds: millisecondsFor(length) });
          have += length;
          progress(have);
        }
        const whole = [...split(path), sha256, String(sizeBytes)];
        const answer = await done(finishScript, whole, { signal, milliseconds: millisecondsFor(sizeBytes) });
        if (answer === 'same') return 'read-back';
        await requireSource(source, signal);
        // What was gone on with was not the beginning of this file.
        if (had === 0) throw copyMismatch(name, path);
      }
    },

    digest: async (path, { signal, progress }) => {
      const found = await digest(path, signal);
      if (found) progress(found.sizeBytes);
      return found;
    },

    async bring(path, to, size, { signal, progress }) {
      const from = `${folder}/${path}`;
      let have = Math.min(size, (await to.files.size(to.path, signal)) ?? 0);
      while (have < size) {
        const bytes = await files.read(from, have, Math.min(rangeBytes, size - have), signal);
        await to.files.write(to.path, have, bytes, signal);
        have += bytes.length;
        progress(have);
      }
    },

    async remove(relative, signal) {
      const { code, stderr } = await ask(removeScript, [relative], { signal });
      if (code === answers.noFile) throw archiveGone(name, relative);
      if (code !== 0) throw nodeFileFailed(node, 'write', `${folder}/${relative}/${recordFile}`, stderr);
    },
  };
}

/** `find -printf '%s %T@ %P\0'`; lines that are none are left out, as they are no archives. */
export function listedFiles(stdout: Buffer): PlaceFile[] {
  return stdout
    .toString('utf8')
    .split('\0')
    .slice(0, limits.files)
    .flatMap((line) => {
      const [, size, seconds, path] = /^(\d{1,15}) (\d{1,12})(?:\.\d+)? ([^\0]+)$/.exec(line) ?? [];
      return path === undefined ? [] : [{ path, sizeBytes: Number(size), changed: Number(seconds) }];
    });
}

/** Folder and file of a path whose parts are plain names: what it is not is a bug of the caller. */
function split(path: string): [folder: string, file: string] {
  const parts = path.split('/');
  const file = parts.pop() ?? '';
  if (parts.length === 0 || ![...parts, file].every((part) => isPlainName(part)))
    throw new TypeError('no path of an archive');
  return [parts.join('/'), file];
}

async function requireSource(
  { files, path, sizeBytes, sha256 }: SourceFile,
  signal: AbortSignal,
): Promise<void> {
  if ((await files.digest(path, sizeBytes, signal))?.sha256 !== sha256) throw sourceChanged(path, files.node);
}

function markGone(name: string, folder: string, node: string): Problem {
  return targetUnmounted(name, {
    why: `${folder} on ${node} does not have the mark of the target`,
    next: `See that the NAS is mounted on ${node}: findmnt ${onOneLine(folder, 200)}`,
  });
}

function unreadableList(name: string, where: string): Problem {
  return targetRefused(name, {
    why: `${where} cannot be listed`,
    next: 'See that its folders can be read there.',
  });
}
