# The program that makes backups on a node, as root. Sifaka asks it over SSH, and the agent runs it from its timer. Its parts
# are put together in the order of their names, and run by /bin/sh: dash or busybox ash. Whatever differs comes as an
# argument or on stdin.
#
# /var/lib/sifaka/backups/
#   runs/UUID/        one backup, from its start until it is forgotten; made by one rename(2)
#     request         what is to be made, in lines of `key value`
#     program         this program, for the process that outlives the session
#     owner           pid, start time and boot of who runs it: three things that no other process shares
#     task            the same of vzdump
#     phase           what is being done: `dump`, or `read|pack DONE-BEFORE TOTAL PID`
#     log             what vzdump said
#     dumped          how vzdump ended, `code seconds`: it is not run twice for one backup
#     exported        of an export that is whole: the archive that it was made from, which goes now, and its folder
#     cancelled       somebody wants it to end
#     result          how all of it ended, in lines of `key value`; the last thing that is written
set -eu
LC_ALL=C
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
umask 077

state=/var/lib/sifaka/backups
runs=$state/runs

# Files and folders to the disk.
flush() {
	sync "$@"
}

make_folder() {
	[ -d "$2" ] || mkdir -m "$1" "$2" 2>/dev/null || [ -d "$2" ]
}

# Behind a link it would be in somebody else's folder.
make_state() {
	for place in /var/lib/sifaka "$state" "$runs"; do
		if [ -L "$place" ]; then
			echo "$place is a link, and what is kept of backups may not lie behind one" >&2
			return 1
		fi
	done
	make_folder 0755 /var/lib/sifaka && make_folder 0700 "$state" && make_folder 0700 "$runs"
}

line_of() {
	line_read=
	[ ! -f "$1" ] || read -r line_read <"$1" || :
	echo "$line_read"
}

boot_id() {
	line_of /proc/sys/kernel/random/boot_id
}

# In clock ticks since the boot; the name before it, which ends with the last `)`, may have blanks in it. Empty when gone.
start_of() {
	start_line=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
	start_line=${start_line##*) }
	# shellcheck disable=SC2086 # its fields
	set -- $start_line
	[ "$1" = Z ] || echo "${20}"
}

identity_of() {
	echo "$1 $(start_of "$1") $(boot_id)"
}

# Whether the process of an identity is still that one.
is_alive() {
	# shellcheck disable=SC2086 # its three fields
	set -- $1
	[ "$#" -eq 3 ] && [ "$3" = "$(boot_id)" ] && [ "$(start_of "$1")" = "$2" ]
}

# A file that appears whole, or not at all: $1 from stdin.
put_file() {
	cat >"$1.new" && flush "$1.new" && mv -fT "$1.new" "$1" && flush "${1%/*}"
}

encoded() {
	base64 | tr -d '\n'
}

decoded() {
	printf %s "$1" | base64 -d
}

is_uuid() {
	case $1 in
	*[!0-9a-f-]*) return 1 ;;
	????????-????-????-????-????????????) ;;
	*) return 1 ;;
	esac
}

# No more than eighteen digits: a shell's numbers end there.
is_number() {
	case $1 in
	'' | *[!0-9]* | ???????????????????*) return 1 ;;
	esac
}

# A storage or a key of Proxmox's.
is_plain() {
	case $1 in
	'' | -* | *[!A-Za-z0-9_.-]*) return 1 ;;
	esac
}

field() {
	sed -n "s/^$2 //p" "$1/request" 2>/dev/null | head -n 1
}

result_state() {
	sed -n 's/^state //p' "$runs/$1/result" 2>/dev/null | head -n 1
}

# running | done | failed | cancelled | cut-off, or nothing when there is no such run.
run_state() {
	[ -d "$runs/$1" ] || return 0
	run_state_word=$(result_state "$1")
	if [ -z "$run_state_word" ]; then
		if is_alive "$(line_of "$runs/$1/owner")" || is_alive "$(line_of "$runs/$1/task")"; then
			run_state_word=running
		else
			# It may have come to its end after the first look.
			run_state_word=$(result_state "$1")
		fi
	fi
	echo "${run_state_word:-cut-off}"
}
