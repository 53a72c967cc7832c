import { startCluster } from '../../rig/cluster/start-cluster.ts';

/** Owns a cluster until it is killed; prints where it is once it is up. */
const cluster = await startCluster({ nodes: ['baobab'] });
console.log(cluster.folder);
