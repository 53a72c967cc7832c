/*
 * Scripts for a node's /bin/sh, on stdin; names and sizes are their arguments. They answer one line, `removal WORD …`, and
 * `end`; what a program said goes in base64. The programs they start read nothing: the script itself stands on stdin. Proxmox's
 * nodes have the GNU tools.
 */

const beginning = String.raw`
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH LC_ALL=C
say() {
	echo "removal $*"
	echo end
	exit 0
}
# What any process has open, by the kernel's own list (proc(5), /proc/PID/fd).
opened() {
	find /proc/[0-9]*/fd -type l -printf '%l\n' 2>/dev/null
}
# The kernel has the place that a path leads to: storages are often known by a link.
real_place() {
	readlink -f -- "$1" || echo "$1"
}
`;

const looking = String.raw`
# Proxmox says where an archive of a share would be, and a share that is not mounted has nothing: that is not gone.
absent() {
	status=$(pvesm status --storage "$1" 2>/dev/null </dev/null | awk -v store="$1" '$1 == store { print $3 }')
	[ "$status" = active ] || say unreachable
	[ -e "$2" ] || say gone
}
`;

/**
 * Removes one archive of vzdump, if it still is the one that was planned, through Proxmox, which takes its log and notes with
 * it (pve-storage 0c56bad8, PVE::API2::Storage::Content, delete; `pvesm free` is that), and looks whether it is gone.
 * Arguments: storage, volume id, name, bytes, guest id.
 */
export const removeArchiveScript = `${beginning}${looking}${String.raw`
store=$1 volid=$2 name=$3 size=$4 vmid=$5
path=$(pvesm path "$volid" 2>/dev/null </dev/null) || say unreachable
case $path in
/*/"$name") ;;
*) say unreachable ;;
esac
[ -e "$path" ] || absent "$store" "$path"
if [ ! -f "$path" ] || [ -L "$path" ] || [ "$(stat -c %s "$path")" != "$size" ]; then say changed; fi
[ ! -e "$path.protected" ] || say protected
! opened | grep -Fxq -e "$path" -e "$(real_place "$path")" || say in-use
said=$(pvesm free "$volid" 2>&1 </dev/null)
if [ -e "$path" ]; then
	say failed "$(printf %s "$said" | head -c 2000 | base64 | tr -d '\n')"
fi
listed=$(pvesm list "$store" --vmid "$vmid" 2>/dev/null </dev/null) || say unlisted
! printf '%s\n' "$listed" | awk '{ print $1 }' | grep -Fxq -e "$volid" || say unlisted
# The record beside it is Sifaka's own.
rm -f -- "$path.sifaka.json"
say removed
`}`;

/**
 * The same for the folder of an export. It gets another name first, in one step, so that it is whole or no export any more
 * whenever this is cut off; what an earlier one left so goes first. Arguments: storage, name, bytes of all its files.
 */
export const removeExportScript = `${beginning}${looking}${String.raw`
store=$1 name=$2 size=$3
# Where Proxmox would have an archive: the name is not looked for.
path=$(pvesm path "$store:backup/vzdump-qemu-100-2000_01_01-00_00_00.vma.zst" 2>/dev/null </dev/null) || say unreachable
case $path in
/*/vzdump-qemu-100-2000_01_01-00_00_00.vma.zst) dump=${'$'}{path%/*} ;;
*) say unreachable ;;
esac
[ -d "$dump" ] || say unreachable
rm -rf -- "$dump"/.sifaka-removed-*
path=$dump/$name
[ -e "$path" ] || absent "$store" "$path"
if [ ! -d "$path" ] || [ -L "$path" ]; then say changed; fi
found=$(find "$path" -type f -exec stat -c %s {} + | awk '{ sum += $1 } END { printf "%d", sum }')
[ "$found" = "$size" ] || say changed
[ ! -e "$path/.protected" ] || say protected
! opened | grep -Fq -e "$path/" -e "$(real_place "$path")/" || say in-use
removed=$dump/.sifaka-removed-$name
word=removed
said=$(mv -T -- "$path" "$removed" 2>&1 && rm -rf -- "$removed" 2>&1) || word=unlisted
if [ -e "$path" ] || [ -e "$removed" ]; then word=failed; fi
[ "$word" != removed ] || say removed
say "$word" "$(printf %s "$said" | head -c 2000 | base64 | tr -d '\n')"
`}`;

/** Whether any process of another node has a shared storage's archive open. Arguments: volume id. */
export const openedElsewhereScript = `${beginning}${String.raw`
path=$(pvesm path "$1" 2>/dev/null </dev/null) || say unreachable
! opened | grep -Fxq -e "$path" -e "$(real_place "$path")" || say in-use
say free
`}`;
