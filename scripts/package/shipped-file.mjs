/**
 * Whether a file of an installed package is of use when the app runs: not what a debugger, a compiler, a test or a reader of
 * the sources needs. `path` is below the package, with forward slashes. The licence texts are in THIRD-PARTY-NOTICES.md.
 */
export function isShipped(path) {
  const folders = path.split('/');
  const name = folders.pop() ?? '';
  if (folders.some((folder) => folder.startsWith('.') || notShippedFolders.has(folder))) return false;
  if (name.startsWith('.') || notShippedNames.test(name)) return false;
  return !notShippedEndings.some((ending) => name.endsWith(ending));
}

/** Tests, and what node-gyp compiles or leaves. Folders named `src` stay: some packages run from them. */
const notShippedFolders = new Set([
  '__tests__',
  'benchmark',
  'benchmarks',
  'coverage',
  'example',
  'examples',
  'fixtures',
  'node_gyp_bins',
  'prebuilds',
  'test',
  'tests',
]);

const notShippedNames =
  /^(readme|changelog|history|changes|contributing|makefile|binding\.gyp|tsconfig.*\.json|karma\.conf\.js|bower\.json)(\..*)?$/i;

const notShippedEndings = [
  '.map',
  '.ts',
  '.mts',
  '.cts',
  '.tsx',
  '.tsbuildinfo',
  '.md',
  '.markdown',
  '.flow',
  '.test.js',
  '.spec.js',
  '.c',
  '.cc',
  '.cpp',
  '.h',
  '.hpp',
  '.m',
  '.mm',
  '.o',
  '.a',
  '.gyp',
  '.gypi',
  '.node',
  '.exe',
  '.dll',
  '.so',
  '.dylib',
  '.tgz',
];
