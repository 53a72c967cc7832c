import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

const project = 'k8s.io/kubernetes';
const version = 'v1.20.2';

/** What the program follows from, beside its source. */
export const compilation = {
  flags: ['-trimpath'],
  package: `${project}/cmd/kube-apiserver`,
  /** `-s -w`: no symbols, which is a third of its size. */
  linking: ['-s', '-w', ...namedVersions([`gitVersion=${version}`, 'gitMajor=1', 'gitMinor=20'])],
  generator: `${project}/vendor/k8s.io/kube-openapi/cmd/openapi-gen`,
  generated: `${project}/pkg/generated/openapi`,
};

function namedVersions(values: readonly string[]): string[] {
  return values.flatMap((value) => ['-X', `k8s.io/component-base/version.${value}`]);
}

/**
 * Builds `src/k8s.io/kubernetes` of a GOPATH, as it was before modules: its go.mod satisfies no compiler of Debian's. The
 * model that every object is checked by is not in the source: it is generated from it first, as its Makefile does.
 */
export async function compileApiServer(from: {
  /** The GOPATH. */
  readonly workspace: string;
  /** The GOROOT. */
  readonly compiler: string;
  /** For what is only used meanwhile. */
  readonly work: string;
  /** The program's path. */
  readonly output: string;
}): Promise<void> {
  const { workspace, compiler, work, output } = from;
  const source = join(workspace, 'src', project);
  const env = {
    PATH: `${join(compiler, 'bin')}:${process.env['PATH'] ?? ''}`,
    HOME: work,
    GOROOT: compiler,
    GOPATH: workspace,
    GOCACHE: join(work, 'cache'),
    GOTMPDIR: work,
    GO111MODULE: 'off',
    GOFLAGS: '',
    // Everything it needs lies in the source package.
    GOPROXY: 'off',
    CGO_ENABLED: '0',
    LC_ALL: 'C',
  };
  // Whatever else uses the processors while this is made goes first.
  const run = async (...command: string[]) =>
    (await execute('nice', ['-n', '19', ...command], { cwd: source, env, maxBuffer: 64 << 20 })).stdout;
  const generator = join(work, 'openapi-gen');
  await run('go', 'build', '-o', generator, compilation.generator);
  const places = await packagesWithModels(run);
  await run(
    generator,
    `--input-dirs=${places.map((place) => `${project}/${place}`).join(',')}`,
    `--output-package=${compilation.generated}`,
    '--output-file-base=zz_generated.openapi',
    '--go-header-file=vendor/k8s.io/code-generator/hack/boilerplate.go.txt',
    `--report-filename=${join(work, 'violations')}`,
  );
  const flags = [...compilation.flags, '-ldflags', compilation.linking.join(' ')];
  await run('go', 'build', ...flags, '-o', output, compilation.package);
}

/** As Makefile.generated_files finds them: every folder with a file that asks for a model. */
async function packagesWithModels(run: (...command: string[]) => Promise<string>): Promise<string[]> {
  const listed = await run('find', 'vendor/k8s.io', '-mindepth', '1', '-maxdepth', '1');
  const folders = ['cmd', 'pkg', 'plugin', ...listed.trim().split('\n')].filter(
    (folder) => !/\/(?:code-generator|sample-apiserver|kube-openapi)$/.test(folder),
  );
  // The ones in vendor/ are links, which are followed with a slash behind them.
  const found = await run(
    'grep',
    '-rl',
    '--include=*.go',
    '--exclude=*_test.go',
    '--exclude=zz_generated*',
    '+k8s:openapi-gen=',
    ...folders.map((folder) => `${folder}/`),
  );
  const names = found
    .trim()
    .split('\n')
    .map((file) => file.slice(0, file.lastIndexOf('/')).replaceAll('//', '/'));
  return [...new Set(names)].toSorted();
}
