import { once } from 'node:events';
import { rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Hazard } from '../hazard.ts';
import { liveTree } from '../../../../rig/sync-property/snapshot.ts';

const mebibyte = 1024 * 1024;
/** Every KiB of it says the same, so that a mixture shows. */
const generation = (number: number, size: number): Buffer =>
  Buffer.alloc(size, `${number}`.padStart(15, '0') + '\n');

function isWhole(content: string | undefined, size: number): boolean {
  return content !== undefined && content.length === size && new Set(content.match(/.{15}\n/g)).size === 1;
}

/** Writes one generation after the other over a file, in place, as a database or a disk of a virtual machine is written. */
const writing = `
  const { openSync, writeSync } = require('node:fs'), { parentPort, workerData } = require('node:worker_threads');
  const file = openSync(workerData.path, 'r+');
  for (let number = 1; ; number++) {
    const line = Buffer.alloc(65536, String(number).padStart(15, '0') + '\\n');
    for (let at = 0; at < workerData.size; at += line.length) writeSync(file, line, 0, line.length, at);
    if (number === 1) parentPort.postMessage('writing');
  }`;

/** What a pass must survive: full disks, files that are written meanwhile, sides that are not there. */
export const trouble: readonly Hazard[] = [
  {
    title: 'the disk is full',
    disk: 'ext4',
    prepare: ({ a, b }) => {
      a.file('big', Buffer.alloc(4 * mebibyte, 'new'), 100);
      b.file('big', 'the old one');
      const { bavail, bsize } = statfsSync(b.path);
      b.file('../fills', Buffer.alloc(bavail * bsize - mebibyte, 1));
    },
    seen: ({ a, b }, { exit }) => {
      const source = a.text('big')?.length === 4 * mebibyte ? '' : ', **the source was overwritten with it**';
      const torn =
        b.text('big') === 'the old one'
          ? 'target intact'
          : `**a torn file of ${b.text('big')?.length} bytes**`;
      const names = [...liveTree(b.path).keys()];
      return `${exit}, ${torn}${source}${names.length > 1 ? ', temporary left' : ''}`;
    },
    sifaka: {
      words: 'exit 1, target intact',
      rows: ['a→b update file big newer fail'],
      problem: 'SYNC_INCOMPLETE',
      b: { big: 'the old one' },
    },
  },
  {
    title: 'a file is written while it is copied',
    prepare: ({ a }) => a.file('big', generation(0, 32 * mebibyte)),
    meanwhile: async ({ a }) => {
      const worker = new Worker(writing, {
        eval: true,
        workerData: { path: join(a.path, 'big'), size: 32 * mebibyte },
      });
      await once(worker, 'message');
      return {
        async [Symbol.asyncDispose]() {
          await worker.terminate();
        },
      };
    },
    onlyForth: true,
    undisturbed: '**exit 0**, whole',
    seen: ({ b }, { clean, says, exit }) => {
      const content = b.text('big');
      const said = says.includes('changed') || !clean ? `said (${exit})` : '**exit 0**';
      if (content === undefined) return `${said}, nothing copied`;
      return `${said}, ${isWhole(content, 32 * mebibyte) ? 'whole' : '**torn copy**'}`;
    },
    sifaka: {
      words: 'said (exit 0), nothing copied',
      rows: [],
      notices: ['a→b changed-meanwhile big'],
    },
  },
  {
    title: 'deleted on A, edited on B',
    prepare: ({ a }) => {
      a.file('name', 'first');
      a.file('other', 'stays');
    },
    afterwards: ({ a, b }) => {
      a.remove('name');
      b.file('name', 'edited on B', 100);
    },
    seen: ({ b }) => (b.text('name') === 'edited on B' ? 'B kept' : '**the edit is gone**'),
    sifaka: { words: 'B kept', rows: ['b→a create file name missing'] },
  },
  {
    title: 'the same, where A deletes on B (`--delete-missing`, `--delete`, `sync`)',
    deletions: true,
    prepare: ({ a }) => {
      a.file('name', 'first');
      a.file('other', 'stays');
    },
    afterwards: ({ a, b }) => {
      a.remove('name');
      b.file('name', 'edited on B', 100);
    },
    seen: ({ b }) => (b.text('name') === 'edited on B' ? 'B kept' : '**the edit is gone**'),
    sifaka: { words: 'B kept', rows: ['b→a create file name missing'], notices: ['a→b kept name'] },
  },
  {
    title: 'A is empty, since its disk is not mounted, and deletes on B',
    deletions: true,
    prepare: ({ a }) => {
      for (let index = 0; index < 20; index++) a.file(`file ${index}`, `content ${index}`);
    },
    afterwards: ({ a }) => {
      rmSync(a.path, { recursive: true });
      a.folder('');
    },
    seen: ({ b }, { clean, exit }) =>
      liveTree(b.path).size === 20 ? `${clean ? '' : `${exit}, `}B kept` : `**all of B deleted**, ${exit}`,
    sifaka: { words: 'exit 3, B kept', rows: [], problem: 'SYNC_ROOT_UNMARKED' },
  },
  {
    title: 'all files of A were emptied by something, and are newest',
    prepare: ({ a }) => {
      for (let index = 0; index < 60; index++) a.file(`file ${index}`, `content ${index}`);
    },
    afterwards: ({ a }) => {
      for (let index = 0; index < 60; index++) a.file(`file ${index}`, '', 100);
    },
    seen: ({ b }, { exit }) =>
      b.text('file 0') === 'content 0' ? `${exit}, B kept` : `**all of B overwritten**, ${exit}`,
    sifaka: { words: 'exit 3, B kept', rows: [], problem: 'SYNC_EVERYTHING_CHANGED' },
  },
  {
    title: 'the power goes right after a run that ended well (XFS)',
    disk: 'xfs',
    onlyForth: true,
    prepare: ({ a, b }) => {
      for (let index = 0; index < 10; index++) {
        a.file(`file ${index}`, generation(index, 160_000), 100);
        if (index < 5) b.file(`file ${index}`, 'the old one');
      }
    },
    finally: (world) => world.cutPower(),
    seen: ({ b }) => {
      const texts = Array.from({ length: 10 }, (_, index) => b.text(`file ${index}`));
      const torn = texts.filter(
        (text) => text !== undefined && text !== 'the old one' && !isWhole(text, 160_000),
      );
      const missing = texts.filter((text) => text === undefined || text === 'the old one');
      if (torn.length > 0) return '**torn files**';
      return missing.length > 0 ? 'nothing torn, copies gone' : 'all there';
    },
    sifaka: {
      words: 'all there',
      rows: Array.from({ length: 10 }, (_, index) =>
        index < 5 ? `a→b update file file ${index} newer trashed` : `a→b create file file ${index} missing`,
      ),
    },
  },
];
