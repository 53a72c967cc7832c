import type { BootLab } from './boot-lab.ts';

const stamp = '/var/lib/sifaka/bootstrapped';
const starts = 'cat /var/lib/k3s-stand-in/starts';
/** The end of what check-longhorn says in the journal, when the mount was given up a minute after the boot. */
const refusal = 'k3s is not started, so that no volume is written to the card';

/** Runs a command every second until it succeeds; its own exit status says whether it did within `seconds`. */
const until = (seconds: number, command: string) =>
  `timeout ${seconds} sh -c 'until ${command}; do sleep 1; done'`;

/** What a node is asked whose Longhorn disk is missing, once its system has given up waiting for it. */
export function questionsWithoutDisk({ mountPath }: BootLab) {
  return {
    refused: until(150, `sudo -n journalctl -b -u sifaka-longhorn-check | grep -F "${refusal}"`),
    mounted: `findmnt --mountpoint ${mountPath}`,
    mountPoint: `stat -c %a ${mountPath}`,
    k3s: 'systemctl is-enabled k3s-agent.service; systemctl is-active k3s-agent.service',
    stamp: `cat ${stamp}`,
    starts,
  };
}

/** What every node is asked; the last two tell who configures its network. */
export function commonQuestions({ user, interface: name }: BootLab) {
  return {
    settled: until(240, '[ -z "$(systemctl list-jobs --no-legend)" ]'),
    state: 'systemctl is-system-running; systemctl --failed --no-legend --plain',
    bootId: 'cat /proc/sys/kernel/random/boot_id',
    hostname: 'hostname; hostnamectl --static; cat /proc/sys/kernel/hostname',
    machineId: 'cat /etc/machine-id; ls /var/log/journal',
    peers: 'getent ahostsv4 database | head -n 1; getent ahostsv4 "$(hostname)" | head -n 1',
    addresses: 'ip -json address show',
    routes: 'ip -json route show default',
    passwd: `getent passwd ${user}; id -Gn ${user}`,
    shadow: `sudo -n getent shadow ${user}`,
    home: `stat -c "%U %G %a" /home/${user} /home/${user}/.ssh /home/${user}/.ssh/authorized_keys`,
    hostKeys:
      'ls /etc/ssh | grep key; sudo -n stat -c "%U %a" /etc/ssh/ssh_host_ed25519_key; cat /etc/ssh/ssh_host_ed25519_key.pub',
    units: `for unit in sifaka-bootstrap.service k3s.service k3s-agent.service sifaka-longhorn-check.service sifaka-collect-logs.timer; do
      echo "$unit $(systemctl is-enabled "$unit" 2>&1 | grep -v "^Failed") $(systemctl is-active "$unit")"
    done`,
    starts,
    stamp: `cat ${stamp}; stat -c %Y ${stamp}`,
    bootstrapped: 'systemctl show --property=ConditionResult --value sifaka-bootstrap.service',
    bootstraps:
      'sudo -n journalctl --output=cat -u sifaka-bootstrap | grep -c "^bootstrap: .* is enabled and starting"',
    k3sConfig: 'sudo -n cat /var/lib/k3s-stand-in/config.yaml',
    k3sSecrets:
      'cd /etc/rancher && sudo -n cat k3s/token node/password; sudo -n stat -c "%U %a" k3s/token k3s/config.yaml',
    commandLine: 'cat /proc/cmdline',
    hook: 'cat /proc/sys/vm/max_map_count',
    journal: 'sudo -n journalctl -b --output=cat -u systemd-journald',
    errors: 'sudo -n dmesg --level=emerg,alert,crit,err | grep -iE "ext4|fat|i/o error"',
    root: 'findmnt --noheadings --output OPTIONS --mountpoint /',
    networkd: `systemctl is-active systemd-networkd.service; networkctl status ${name}`,
    resolvConf: 'cat /etc/resolv.conf',
  };
}

/** What the node of networkd is asked besides, which has a Longhorn disk. */
export function agentQuestions(lab: BootLab) {
  return {
    bootstrap: until(240, `[ -e ${stamp} ] && systemctl is-active --quiet k3s-agent.service`),
    ...commonQuestions(lab),
    mount: `findmnt --noheadings --output UUID,FSTYPE,OPTIONS --mountpoint ${lab.mountPath}`,
    logs: `sudo -n sh -c 'touch -d "6 days ago" /var/log/old.log.1; touch -d "4 days ago" /var/log/young.log.1
      systemctl start sifaka-collect-logs.service; ls /var/log'`,
  };
}
