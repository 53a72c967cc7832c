import type { TestProject } from 'vitest/node';
import { buildPage } from './built-page.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the built page. */
    readonly builtPage: string;
  }
}

/** For Vitest, around all of the e2e tests: the page is built once, and again before a run that a change has started. */
export default async function setup(project: TestProject) {
  const built = await buildPage();
  project.provide('builtPage', built.folder);
  project.onTestsRerun(() => built.buildAgain());
  return () => built.remove();
}
