import type { Cluster } from '../../../rig/cluster/start-cluster.ts';
import type { ClientConfig } from '../client-config.ts';
import type { DesignedFiles, DesignName } from '../two-designs.ts';

/** One design onto a booted cluster whose nodes have the other. */
export interface Task {
  readonly cluster: Cluster;
  readonly design: DesignName;
  readonly files: DesignedFiles;
  readonly client: ClientConfig;
  readonly signal: AbortSignal;
}

/** Seconds. */
export interface Times {
  /** Until the files are on all nodes and the network is reloaded there. */
  readonly push: number | undefined;
  readonly whole: number;
  /** What all nodes together computed during the push. */
  readonly nodesCpu: number | undefined;
  /** Where the time went, in its order. */
  readonly parts?: readonly Part[];
}

export interface Part {
  readonly name: string;
  readonly seconds: number;
}

export interface Contestant {
  readonly name: string;
  /** Exactly what is run, in one line. */
  readonly method: string;
  /** Takes part in the first round only: it is for orientation, or its whole time is all that is asked about. */
  readonly once?: boolean;
  run(task: Task): Promise<Times>;
}
