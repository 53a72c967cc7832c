/**
 * What a node is asked for a plan: constant, for its /bin/sh, changing nothing. Its arguments are the ids of the guests whose
 * configurations are wanted; without any, those of all. Each answer is a
 * line of its own in base64; what a tool says on stderr is not in it, and neither is the rest of a file that is too long.
 */
export const guestScript = `LC_ALL=C
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
say() { printf '%s ' "$1"; head -c 4194304 | base64 | tr -d '\\n'; echo; }
echo sifaka-backup-guests/1
if ! command -v pvesh >/dev/null || ! command -v vzdump >/dev/null; then
	echo not-proxmox
	echo end
	exit 0
fi
node=$(uname -n)
node=\${node%%.*}
printf %s "$node" | say host
pvesh get /cluster/status --output-format json 2>/dev/null | say cluster
pvesh get /cluster/resources --type vm --output-format json 2>/dev/null | say guests
pvesh get "/nodes/$node/storage" --output-format json 2>/dev/null | say storages
for tool in zstd vma tar flock sha256sum; do
	command -v "$tool" >/dev/null || printf %s "$tool" | say missing
done
for kind in qemu-server lxc; do
	for file in "/etc/pve/nodes/$node/$kind"/*.conf; do
		id=\${file##*/}
		id=\${id%.conf}
		case " \${*:-$id} " in *" $id "*) ;; *) continue ;; esac
		case $id in *[!0-9]*) continue ;; esac
		[ ! -f "$file" ] || { printf '%s\\n' "$id"; head -c 65536 "$file"; } | say config
	done
done
echo end
`;
