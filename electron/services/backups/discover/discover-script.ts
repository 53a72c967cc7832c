/** The most that is taken of each part of an answer, in bytes: what is longer is cut, and that is said. */
export const partLimits = {
  /** Some 60,000 guests of a whole cluster. */
  guests: 16 * 1024 * 1024,
  /** Some 50,000 archives of a storage. */
  content: 16 * 1024 * 1024,
  configurations: 16 * 1024 * 1024,
  small: 1024 * 1024,
} as const;

/** What one answer may have in all; base64 adds a third. */
export const answerLimits = { milliseconds: 90_000, bytes: 160 * 1024 * 1024 };

/** What stands for the exit code of a command that had more to say than is taken. */
export const codeOfCut = 141;

/** More storages with backups, or addresses, than these are not asked for. */
const mostStorages = 64;
const mostAddresses = 128;

/**
 * What a node is asked with: one constant script for its /bin/sh, whose arguments are addresses of backup servers that were
 * checked. It changes nothing; what its commands say lies in a folder of its own in memory until it has ended.
 *
 * Each pvesh takes most of a second on a real node to load its modules, so all are started at the same time: also the lists
 * of archives, since /etc/pve/storage.cfg names the storages before pvesh does. `qm list` and `pct list` are asked only
 * where pvesh gave no JSON. A command that hangs, as on a NAS that is gone, is ended after `patience`, and where not even
 * that helps the answer goes without it.
 *
 * A line of the answer is a word, the exit code (or `late`), and what the command said in base64: what stands in a guest's
 * configuration or notes cannot pass for another line. Of a command that failed it is what it said on stderr. The last line
 * is `end`.
 */
export const discoverScript = String.raw`PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
umask 077
echo sifaka-backup-facts/1
echo "clock $(date +%s)"
echo "user $(id -u)"
if ! command -v pvesh >/dev/null && ! command -v qm >/dev/null; then
  if command -v virsh >/dev/null; then echo 'other libvirt'; else echo 'other none'; fi
  echo "clock $(date +%s)"
  echo end
  exit 0
fi
own=$(readlink /etc/pve/local 2>/dev/null)
own=${'${own##*/}'}
[ -n "$own" ] || own=$(uname -n)
own=${'${own%%.*}'}
case $own in
'' | -* | *[!A-Za-z0-9-]*) own=localhost ;;
esac
echo "node $own"

patience=40
folder=$(mktemp -d -p /run 2>/dev/null || mktemp -d) || exit 1
# It goes on to its end, and so to this, although nobody may be listening any more.
trap '' PIPE
trap 'rm -rf "$folder"' EXIT
trap 'exit 143' HUP INT TERM

# What a command says, in files with the name of its part; it has ended once there is the one with its code.
ask() {
  part=$1
  most=$2
  shift 2
  : >"$folder/$part.asked"
  {
    timeout --foreground -k 2 "$patience" "$@" </dev/null 2>"$folder/$part.errors"
    echo $? >"$folder/$part.ended"
  } | head -c "$most" >"$folder/$part.text"
  [ "$(wc -c <"$folder/$part.text")" -lt "$most" ] || echo ${codeOfCut} >"$folder/$part.ended"
  mv "$folder/$part.ended" "$folder/$part.code"
}
gave_json() {
  read -r code <"$folder/$1.code" && [ "$code" = 0 ] && grep -q '[[{]' "$folder/$1.text"
}
guests() {
  ask guests ${partLimits.guests + 1} pvesh get /cluster/resources --output-format json
  gave_json guests || {
    ask qm-list ${partLimits.guests + 1} qm list
    ask pct-list ${partLimits.guests + 1} pct list
  }
}
storages() {
  ask storages ${partLimits.small + 1} pvesh get "/nodes/$own/storage" --output-format json
  gave_json storages || ask pvesm-status ${partLimits.small + 1} pvesm status
}
# Comments and empty lines are left out; each line begins with the name of its file, a number, so that none can pass for
# one of another guest.
configurations() {
  # shellcheck disable=SC2016 # for the shell that is started
  ask "$1-configurations" ${partLimits.configurations + 1} sh -c '
    cd "$1" || exit 1
    set -- [0-9]*.conf
    [ -e "$1" ] || exit 0
    grep -aHs "^[^#]" "$@"
    [ $? -le 1 ]' sh "$2"
}
content() {
  ask "content-$1" ${partLimits.content + 1} pvesh get "/nodes/$own/storage/$1/content" --content backup --output-format json
}
# What a run that was cut off left, and exports, which Proxmox does not list: kind, bytes, time and name, each ended by a NUL.
left_over() {
  # shellcheck disable=SC2016 # for the shell that is started
  ask "folder-$1" ${partLimits.content + 1} sh -c '
    [ -d "$1" ] || exit 0
    exec find "$1" -ignore_readdir_race -mindepth 1 -maxdepth 2 \
      "(" -name "*.dat" -o -name "*.tmp" -o -path "$1/sifaka-export-*" -o -path "$1/.sifaka-export-*" ")" \
      -printf "%y %s %T@ %P\0"' sh "$2"
}
route() {
  # shellcheck disable=SC2016 # for the shell that is started
  ask "route-$1" 65536 sh -c '
    echo "$1"
    found=$(getent ahosts "$1") && ip -j route get "${'${found%% *}'}"' sh "$2"
}
# Of storage.cfg (PVE::SectionConfig): name, server and dump folder of each storage that may hold backups and is used here.
with_backups() {
  awk -v own="$own" '
    function told() {
      if (name == "" || off || !here || (content != "" && content !~ /(^|,)backup(,|$)/)) return
      if (content == "" && type != "pbs") return
      if (path == "" && type ~ /^(nfs|cifs|cephfs|glusterfs)$/) path = "/mnt/pve/" name
      sub(/\/$/, "", path)
      print name "\t" (server == "" ? "-" : server) "\t" (path ~ /^\// ? path "/" dump : "-")
    }
    /^[a-z][a-z0-9]*:[ \t]*[A-Za-z][A-Za-z0-9_.-]*[ \t]*$/ {
      told()
      type = $1; sub(/:.*/, "", type)
      name = $0; sub(/^[a-z0-9]*:[ \t]*/, "", name); sub(/[ \t]*$/, "", name)
      server = path = content = ""; dump = "dump"; off = 0; here = 1
      next
    }
    /^[^ \t#]/ { told(); name = ""; next }
    $1 == "content" { content = $2; gsub(/[ \t]/, "", content) }
    $1 == "disable" && $2 != "0" { off = 1 }
    $1 == "nodes" { here = ("," $2 "," ~ "," own ",") }
    $1 == "server" && $2 ~ /^[0-9A-Za-z:][0-9A-Za-z._:-]*$/ { server = $2 }
    $1 == "path" { path = $0; sub(/^[ \t]*path[ \t]+/, "", path) }
    $1 == "content-dirs" && match($2, /(^|,)backup=[^,]+/) {
      dump = substr($2, RSTART, RLENGTH); sub(/^,?backup=\/?/, "", dump)
    }
    END { told() }
  ' /etc/pve/storage.cfg | head -n ${mostStorages}
}
# The cluster's name is that of corosync.conf, which needs no pvesh; a node that has none is in no cluster.
cluster() {
  ask corosync 4096 sh -c '
    [ -d /etc/pve/nodes ] || exit 1
    [ -e /etc/pve/corosync.conf ] || exit 0
    sed -n "s/^[[:blank:]]*cluster_name:[[:blank:]]*//p" /etc/pve/corosync.conf'
  { read -r code <"$folder/corosync.code" && [ "$code" = 0 ]; } ||
    ask cluster ${partLimits.small + 1} pvesh get /cluster/status --output-format json
}
archives_of() {
  tab=$(printf '\t')
  while IFS=$tab read -r name server path; do
    content "$name" &
    [ "$path" = - ] || left_over "$name" "$path" &
    [ "$server" = - ] || echo "$server" >>"$folder/servers"
  done
  client=${'${SSH_CONNECTION%% *}'}
  route client "${'${client%%%*}'}" &
  number=0
  { for address; do echo "$address"; done; cat "$folder/servers" 2>/dev/null; } | awk '!seen[$0]++' |
    head -n ${mostAddresses} >"$folder/addresses"
  while read -r address; do
    route "$number" "$address" &
    number=$((number + 1))
  done <"$folder/addresses"
  wait
}
# Where storage.cfg cannot be read, pvesh has to name them first.
named_by_pvesh() {
  pvesh get "/nodes/$own/storage" --output-format json 2>/dev/null | tr '{' '\n' | grep '"content":"[^"]*backup' |
    sed -n 's/.*"storage":"\([A-Za-z][A-Za-z0-9_.-]*\)".*/\1\t-\t-/p' | head -n ${mostStorages}
}
archives() {
  : >"$folder/with-backups.asked"
  if [ -r /etc/pve/storage.cfg ]; then with_backups; else named_by_pvesh; fi >"$folder/with-backups.text"
  echo 0 >"$folder/with-backups.code"
  archives_of "$@" <"$folder/with-backups.text"
}

jobs=
# With exec, a shell keeps no copy of the stream that is read until nobody has it any more.
job() {
  (
    exec >/dev/null 2>&1
    "$@"
  ) &
  jobs="$jobs $!"
}
job guests
job storages
job ask version 4096 pveversion
job configurations qemu /etc/pve/qemu-server
job configurations lxc /etc/pve/lxc
job cluster
job archives "$@"
# Not even SIGKILL ends what waits for a file system that is gone.
trap 'late=1' USR1
(
  exec >/dev/null 2>&1
  trap 'kill "$sleeper"; exit 0' TERM
  sleep $((patience + 10)) &
  sleeper=$!
  wait "$sleeper"
  kill -s USR1 "$$"
) &
watch=$!
late=0
for job in $jobs; do
  [ "$late" = 1 ] || wait "$job"
done
kill "$watch" 2>/dev/null
# shellcheck disable=SC2086 # numbers
[ "$late" = 0 ] || kill $jobs 2>/dev/null

for asked in "$folder"/*.asked; do
  part=${'${asked##*/}'}
  part=${'${part%.asked}'}
  if [ -f "$folder/$part.code" ]; then
    read -r code <"$folder/$part.code"
    printf '%s %s ' "$part" "$code"
    if [ "$code" = 0 ] || [ "$code" = ${codeOfCut} ]; then base64 <"$folder/$part.text" | tr -d '\n'
    else tail -c 4096 "$folder/$part.errors" | base64 | tr -d '\n'; fi
    echo
  else
    echo "$part late "
  fi
done
echo "clock $(date +%s)"
echo end
`;
