/*
 * Scripts for a node's /bin/sh, on stdin; what differs are their arguments. Programs they start read nothing of it: the script
 * itself stands there.
 */

const beginning = String.raw`
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
encoded() { base64 | tr -d '\n'; }
`;

/** No such file; the storage is not there; no such program; what was tested is not right; a server keeps it in pieces. */
export const exits = { missing: 44, inactive: 45, unavailable: 46, failed: 47, noFile: 48 } as const;

/**
 * Where an archive is, by its storage's own word: `pvesm path` names the place of whatever could be there. An export is a
 * folder beside the archives. Arguments: a volume id of the storage, the archive's name, the storage.
 */
export const locateScript = `${beginning}${String.raw`
said=$(pvesm path "$1" </dev/null) || exit 45
case $said in
/*) ;;
pbs:*) exit 48 ;;
*) exit 45 ;;
esac
path=${'$'}{said%/*}/$2
if [ -f "$path" ] && [ ! -L "$path" ]; then
	echo "file $(stat -c '%s %Y' -- "$path") $(printf %s "$2" | encoded)"
elif [ -d "$path" ] && [ ! -L "$path" ]; then
	for file in "$path"/*; do
		name=${'$'}{file##*/}
		if [ -f "$file" ] && [ ! -L "$file" ]; then
			echo "file $(stat -c '%s %Y' -- "$file") $(printf %s "$name" | encoded)"
		fi
	done
else
	# A share that is not mounted has nothing either.
	status=$(pvesm status --storage "$3" </dev/null 2>/dev/null | awk -v store="$3" '$1 == store { print $3 }')
	[ "$status" = active ] || exit 45
	exit 44
fi
echo "path $(printf %s "$path" | encoded)"
echo end
`}`;

/** SHA-256 of a file. What the node has of it in memory is dropped first, so that the disk is asked. Arguments: path. */
export const digestScript = `${beginning}${String.raw`
[ -f "$1" ] || exit 44
dd if="$1" iflag=nocache count=0 status=none 2>/dev/null
size=$(stat -c %s -- "$1") || exit 1
sum=$(sha256sum <"$1") || exit 1
printf '%s %s\n' "${'$'}{sum%% *}" "$size"
`}`;

/**
 * Whether what was packed can be unpacked, by the packer's own checksums; or whether what is in it can be read to its end.
 * Arguments: path, packer (zstd, gzip, lzop, bzip2 or -), what reads it (-, vma or tar).
 */
export const testScript = `${beginning}${String.raw`
[ -f "$1" ] || exit 44
for tool in "$2" "$3"; do
	[ "$tool" = - ] || command -v "$tool" >/dev/null 2>&1 || { echo "$tool"; exit 46; }
done
dd if="$1" iflag=nocache count=0 status=none 2>/dev/null
unpacked() {
	case $1 in
	-) exec cat ;;
	*) exec "$1" -q -d -c ;;
	esac
}
content() {
	case $1 in
	vma) vma verify - >/dev/null ;;
	tar) tar -tf - >/dev/null ;;
	esac
}
case $3 in
-) "$2" -q -t <"$1" >/dev/null || exit 47 ;;
*) unpacked "$2" <"$1" | content "$3" || exit 47 ;;
esac
`}`;

/** How far the readers of a token have read what they have as standard input (proc(5), /proc/PID/fdinfo). Arguments: token. */
export const positionScript = `${beginning}${String.raw`
for found in $(grep -lzxF "SIFAKA_READ=$1" /proc/[0-9]*/environ 2>/dev/null </dev/null); do
	sed -n 's/^pos:[[:space:]]*//p' "${'$'}{found%/environ}/fdinfo/0" 2>/dev/null
done | sort -n | tail -n 1
`}`;
