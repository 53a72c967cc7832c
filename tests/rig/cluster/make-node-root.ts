import { nodeRoot } from './node-root.ts';

/** Makes the nodes' common root where it is missing, so that no test has to wait for it. */
await nodeRoot();
