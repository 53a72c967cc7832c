import { runTool } from '../../burn/run-tool.ts';
import { nodesCpu } from '../nodes-cpu.ts';
import { timedRun } from '../timed-run.ts';
import { designFolder } from '../two-designs.ts';
import type { Contestant } from './contestant.ts';

/** One node after the other: its own files and the common ones in one copy, then one command. */
const script = `set -eu
design=$1; config=$2; shift 2
for node; do
  scp -F "$config" -o LogLevel=ERROR -q -r "$design/common/etc" "$design/common/usr" "$design/$node/etc" "$node:/"
  ssh -F "$config" -o LogLevel=ERROR "$node" 'udevadm control --reload && systemctl daemon-reload && ifreload -a'
done`;

/** The sequential loop of the script that Sifaka's bridge began as; `shared`: over one connection for each node. */
export function sshLoop({ shared }: { readonly shared: boolean }): Contestant {
  const config = shared ? 'shared' : 'plain';
  return {
    name: shared ? 'scp and ssh, ControlMaster' : 'scp and ssh',
    method: `for each node \`scp -r\` of all files at once, then \`ssh NODE 'udevadm control --reload && systemctl daemon-reload && ifreload -a'\`; ${shared ? 'ControlMaster=auto' : 'a connection for each'}`,
    async run({ cluster, design, client, signal }) {
      const names = cluster.nodes.map(({ name }) => name);
      const folder = designFolder(cluster, design);
      const argv = ['/bin/sh', '-c', script, 'loop', folder, client[config], ...names] as const;
      const before = nodesCpu(cluster);
      const { seconds } = await timedRun({ argv: [...argv] }, signal);
      if (shared)
        await Promise.all(names.map((name) => runTool('ssh', ['-F', client.shared, '-O', 'exit', name])));
      return { push: seconds, whole: seconds, nodesCpu: nodesCpu(cluster) - before };
    },
  };
}
