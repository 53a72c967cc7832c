import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compilation, compileApiServer } from './compile-api-server.ts';

const execute = promisify(execFile);

/** What the build follows from: another one is another folder in the tests' cache. */
export const recipe = {
  suite: 'bookworm',
  source: 'kubernetes',
  compiler: ['golang-1.19-go', 'golang-1.19-src'],
  compilerRoot: 'usr/lib/go-1.19',
  compilation,
};

const sources = `Types: deb deb-src
URIs: http://deb.debian.org/debian
Suites: ${recipe.suite}
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;

/**
 * Builds kube-apiserver into `folder`, which is not there yet, from Debian's source package with Debian's compiler: neither
 * is installed, and it takes no root. Six minutes of one processor, 3 GB in the temporary folder.
 */
export async function buildApiServer(folder: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'sifaka-kube-'));
  try {
    console.log('Building kube-apiserver for the tests, once: some minutes …');
    await fetchPackages(work);
    const root = join(work, 'compiler');
    for (const name of await readdir(work))
      if (name.endsWith('.deb')) await execute('dpkg', ['-x', name, root], { cwd: work });
    const source = (await readdir(work)).find((name) => name.startsWith('kubernetes-'));
    if (source === undefined) throw new Error('APT unpacked no source of kubernetes');
    const workspace = join(work, 'go');
    await mkdir(join(workspace, 'src/k8s.io'), { recursive: true });
    await rename(join(work, source), join(workspace, 'src/k8s.io/kubernetes'));
    await mkdir(folder);
    const compiler = join(root, recipe.compilerRoot);
    await compileApiServer({ workspace, compiler, work, output: join(folder, 'kube-apiserver') });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** APT is asked with a list of sources and folders of its own: the system's stay as they are. */
async function fetchPackages(work: string): Promise<void> {
  const lists = join(work, 'lists');
  await mkdir(join(lists, 'partial'), { recursive: true });
  await writeFile(join(work, 'debian.sources'), sources);
  const settings = [
    `Dir::Etc::SourceList=${join(work, 'debian.sources')}`,
    'Dir::Etc::SourceParts=-',
    `Dir::State::Lists=${lists}`,
    `Dir::Cache=${work}`,
    'Dir::Cache::PkgCache=',
    'Dir::Cache::SrcPkgCache=',
    // The folder is only for who runs the tests.
    'APT::Sandbox::User=',
  ].flatMap((setting) => ['-o', setting]);
  const apt = (...args: string[]) =>
    execute('apt-get', ['-qq', ...settings, ...args], { cwd: work, maxBuffer: 64 << 20 });
  await apt('update');
  await apt('download', ...recipe.compiler);
  await apt('source', recipe.source);
}
