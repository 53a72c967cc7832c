import { requiredTools } from './required-tools.ts';

/**
 * What a node is asked with: constant scripts for its /bin/sh (dash, bash, busybox), whose arguments are names that were
 * checked. They change nothing. A line of the answer is a word and what belongs to it in base64: what is in a file of the
 * node, or in an interface's name, cannot pass for another line. The last line is `end`. What a command says besides its
 * answer is left out, and a part that cannot be had is empty. Each command gets an empty stdin, since the script itself
 * comes there.
 */
const begin = String.raw`PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
line() {
  printf '%s ' "$1"
  most=$2
  shift 2
  "$@" </dev/null 2>/dev/null | head -c "$most" | base64 | tr -d '\n'
  printf '\n'
}
echo sifaka-bridge-facts/1
bridge=$1
shift
`;

/**
 * Over which interfaces this connection comes and goes: sshd says which address of the node it came to, and routing by
 * which interface the answers leave. An address with a zone (fe80::1%eth0) names its interface itself.
 */
const connection = String.raw`server=$(printf '%s\n' "$SSH_CONNECTION" | cut -d ' ' -f 3)
client=$(printf '%s\n' "$SSH_CONNECTION" | cut -d ' ' -f 1)
line server 256 printf '%s' "$server"
line local 1048576 ip -j addr show to "$server"
line route 65536 ip -j route get "$client"
`;

/** What a deploy keeps on the node; `armed/deadline` is on the clock of /proc/uptime, which nobody can set. */
const deployState = String.raw`kept() {
  [ -f "/var/lib/sifaka/bridge/$1" ] && cat "/var/lib/sifaka/bridge/$1"
}
line armed 256 kept armed/deploy
line deadline 64 kept armed/deadline
line uptime 128 cat /proc/uptime
line deployed 262144 kept deployed
`;

const end = 'echo end\n';

/** `$1` is the bridge, the others are the ports it is to have: only these interfaces are looked at, since it is asked often. */
export const lookScript = String.raw`${begin}line links 65536 ip -d -s -j addr show dev "$bridge"
line links 1048576 ip -d -s -j addr show master "$bridge"
for port; do line links 65536 ip -d -s -j addr show dev "$port"; done
${connection}${deployState}${end}`;

/**
 * `$1` is the bridge, the others are the absolute paths of files: each with its kind, owner, group, mode, size and up to
 * 256 KiB of content. `behind` is a path whose folder is no folder, or is reached through a link. Of the kernel's messages
 * the last about Thunderbolt and bridges; `pending` says whether ifupdown2 would change the management interface too.
 */
export const planScript = String.raw`${begin}line user 16 id -u
line links 8388608 ip -d -s -j addr
${connection}${deployState}known() {
  for tool in ${requiredTools.filter((tool) => tool !== 'systemd').join(' ')}; do
    command -v "$tool" >/dev/null && echo "$tool"
  done
  [ -d /run/systemd/system ] && echo systemd
}
line tools 1024 known
messages() { dmesg | grep -i -e thunderbolt -e bridge -e "$bridge" | tail -n 20; }
line kernel 16384 messages
management() {
  command -v ifquery >/dev/null || return
  ip -o addr show to "$server" | while read -r _ name _; do
    ifquery --check "$name" | grep -q -F '[fail]' && echo "$name"
  done
}
line pending 1024 management
behind() {
  folder=${'${1%/*}'}
  while [ -n "$folder" ]; do
    if [ -L "$folder" ] || { [ -e "$folder" ] && [ ! -d "$folder" ]; }; then return 0; fi
    folder=${'${folder%/*}'}
  done
  return 1
}
number=0
for path; do
  if behind "$path"; then echo "behind $number"
  elif [ -L "$path" ]; then echo "link $number"
  elif [ -d "$path" ]; then echo "directory $number"
  elif [ -f "$path" ]; then
    echo "file $number"
    line status 512 stat -c '%U/%G/%a/%s' "$path"
    line content 262145 cat "$path"
  elif [ -e "$path" ]; then echo "other $number"
  else echo "absent $number"; fi
  case $path in
    /etc/systemd/system/*/*) ;;
    /etc/systemd/system/*[!@].service | /etc/systemd/system/*.timer | /etc/systemd/system/*.target)
      line unit 4096 systemctl show --property=Id,LoadState,ActiveState,SubState,Result,UnitFileState "${'${path##*/}'}" ;;
  esac
  number=$((number + 1))
done
${end}`;
