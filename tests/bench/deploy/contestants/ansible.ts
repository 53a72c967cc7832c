import { mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runTool } from '../../burn/run-tool.ts';
import { nodesCpu } from '../nodes-cpu.ts';
import { timedRun } from '../timed-run.ts';
import { designFolder } from '../two-designs.ts';
import type { Contestant, Task } from './contestant.ts';

/**
 * What an operator would write: every file by `copy` with its owner and mode, then the three commands. `gathers`: with
 * the facts that a play gathers unless it is told not to.
 */
export function ansible({ gathers }: { readonly gathers: boolean }): Contestant {
  const settings = 'forks for all nodes, pipelining, ControlPersist, the path of Python given';
  return {
    name: gathers ? 'Ansible, gathering facts' : 'Ansible',
    once: gathers,
    method: `\`ansible-playbook\`: \`file\` for folders, \`copy\` of each file with owner and mode, \`command\` for the same three commands; ${settings}, facts ${gathers ? 'gathered, as is the default' : 'off'}`,
    async run(task) {
      const { cluster, signal } = task;
      const { folder, control } = await writePlay(task, gathers);
      const argv = ['ansible-playbook', '-i', 'inventory.json', 'play.json'] as const;
      const env = { ANSIBLE_CONFIG: join(folder, 'ansible.cfg'), HOME: folder };
      const before = nodesCpu(cluster);
      const { seconds } = await timedRun({ argv: [...argv], cwd: folder, env }, signal);
      // Its connections would be there for the next round.
      await Promise.all(
        cluster.nodes.map(({ name }) =>
          runTool('ssh', ['-F', task.client.plain, '-o', `ControlPath=${control}/%n`, '-O', 'exit', name]),
        ),
      );
      await rm(folder, { recursive: true });
      return { push: seconds, whole: seconds, nodesCpu: nodesCpu(cluster) - before };
    },
  };
}

/** JSON is YAML; a play in it reads the same. */
async function writePlay({ cluster, design, files, client }: Task, gathers: boolean) {
  const folder = join(cluster.folder, 'play');
  const control = join(folder, 'control');
  mkdirSync(control, { recursive: true });
  const inventory = {
    all: {
      hosts: Object.fromEntries(cluster.nodes.map(({ name }) => [name, { files: files.get(name) ?? [] }])),
      vars: {
        design: designFolder(cluster, design),
        ansible_python_interpreter: '/usr/bin/python3',
        folders: foldersOf(files),
      },
    },
  };
  const play = [
    {
      hosts: 'all',
      gather_facts: gathers,
      tasks: [
        {
          name: 'Folders',
          'ansible.builtin.file': { path: '{{ item }}', state: 'directory', mode: '0755' },
          loop: '{{ folders }}',
        },
        {
          name: 'Files',
          'ansible.builtin.copy': {
            src: '{{ design }}/{{ item.source }}',
            dest: '{{ item.path }}',
            owner: 'root',
            group: 'root',
            mode: '{{ item.mode }}',
          },
          loop: '{{ files }}',
          loop_control: { label: '{{ item.path }}' },
        },
        ...['udevadm control --reload', 'systemctl daemon-reload', 'ifreload -a'].map((command) => ({
          name: command,
          'ansible.builtin.command': command,
        })),
      ],
    },
  ];
  const configuration = [
    '[defaults]',
    `forks = ${cluster.nodes.length}`,
    'host_key_checking = True',
    '[ssh_connection]',
    'pipelining = True',
    `control_path_dir = ${control}`,
    'control_path = %(directory)s/%%n',
    `ssh_args = -F ${client.plain} -C -o ControlMaster=auto -o ControlPersist=60s`,
    '',
  ];
  writeFileSync(join(folder, 'inventory.json'), JSON.stringify(inventory));
  writeFileSync(join(folder, 'play.json'), JSON.stringify(play));
  writeFileSync(join(folder, 'ansible.cfg'), configuration.join('\n'));
  return { folder, control };
}

/** Those that a Debian system does not have: of drop-ins. */
function foldersOf(files: Task['files']): string[] {
  const folders = [...files.values()].flat().map(({ path }) => dirname(path));
  return [...new Set(folders)].filter(
    (folder) => folder.endsWith('.d') && folder.startsWith('/etc/systemd/system/'),
  );
}
