import { makeKubePrograms } from './kube-programs.ts';

/** Makes what the tests' control plane runs where it is missing, so that no test has to wait for it. */
await makeKubePrograms();
