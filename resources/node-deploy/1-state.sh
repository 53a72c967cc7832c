# The program that a deploy runs on a node, as root: it arms, applies, confirms and takes back. Its parts and those of what
# is deployed are put together in the order of their names, and run by /bin/sh: dash or busybox ash. Whatever differs comes
# as an argument or on stdin. The other parts say, for the bridge as for the backup agent:
#   $purpose $title      what its folder and its units are called, and what is deployed, in words
#   $needed              programs that it needs on the node besides
#   is_own_place         whether a path is one that it may write
#   live_now             what besides the files is to be brought back, from the `link` lines on stdin
#   take_live            makes the node use the new files; restore_live makes it use the old ones, and be as `live` says
#
# /var/lib/sifaka/$purpose/
#   armed/                a deploy that is not settled yet; made by one rename(2), so it is the lock between operators
#     deploy deadline boot who window   its id; when it goes back (seconds of /proc/uptime); that boot's id; who armed it
#     files folders links live         what it changes, folders it makes, links it looks after and how things were
#     content/N  program  deployed     the new files, this program, and what `deployed` is to say once it is confirmed
#     phase-armed|changing|applied     one empty file that is renamed: that works on a full disk
#     undecided|confirmed|restoring-*  the decision: whoever renames `undecided` first has made it, for good
#   deployed              what the newest confirmed deploy put here
#   last-rollback/        what is left of the newest deploy that was taken back
set -eu
LC_ALL=C
# Not /usr/local, where a design may put files: none of them may come between a node and its way back.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
umask 077

state=/var/lib/sifaka/$purpose
armed=$state/armed
deployed=$state/deployed
rolledback=$state/last-rollback
logs=/run/sifaka-$purpose
bootunit=/etc/systemd/system/sifaka-$purpose-boot.service
bootnew=/etc/systemd/system/.sifaka-$purpose-boot.service.new
bootlink=/etc/systemd/system/sysinit.target.wants/sifaka-$purpose-boot.service

# Files and folders to the disk.
flush() {
	sync "$@"
}

make_folder() {
	[ -d "$2" ] || mkdir -m "$1" "$2" 2>/dev/null || [ -d "$2" ]
}

uptime_seconds() {
	read -r uptime_now _ </proc/uptime
	echo "${uptime_now%%.*}"
}

boot_id() {
	line_of /proc/sys/kernel/random/boot_id
}

line_of() {
	line_read=
	[ ! -f "$1" ] || read -r line_read <"$1" || :
	echo "$line_read"
}

phase() {
	for phase_name in armed changing applied; do
		if [ -e "$armed/phase-$phase_name" ]; then
			echo "$phase_name"
			return
		fi
	done
	echo none
}

# The first one decides, also when two do it at the same time: there is one name to take away.
decide() {
	mv -T "$armed/undecided" "$armed/$1" 2>/dev/null || return 1
	flush "$armed"
}

decision_in() {
	for decision_name in undecided confirmed restoring-timeout restoring-asked restoring-failed restoring-boot; do
		if [ -e "$1/$decision_name" ]; then
			echo "$decision_name"
			return
		fi
	done
	echo none
}

is_armed_with() {
	[ -d "$armed" ] && [ "$(line_of "$armed/deploy")" = "$1" ]
}

# One that is not was to be taken back by the boot; its timer is gone.
is_of_this_boot() {
	[ "$(line_of "$armed/boot")" = "$(boot_id)" ]
}

seconds_left() {
	if ! is_of_this_boot; then
		echo 0
		return
	fi
	seconds_deadline=$(line_of "$armed/deadline")
	echo "$((${seconds_deadline:-0} - $(uptime_seconds)))"
}

encoded() {
	base64 | tr -d '\n'
}

# What every answer ends with: how things stand on this node.
say_state() {
	echo "boot $(boot_id)"
	armed_id=$(line_of "$armed/deploy")
	if [ -n "$armed_id" ]; then
		echo "armed $armed_id $(phase) $(decision_in "$armed") $(seconds_left) $(applier_state "$armed_id")"
		echo "who $(line_of "$armed/who" | head -c 300 | encoded)"
	fi
	if [ -f "$deployed" ]; then
		deployed_id=$(sed -n 's/^deploy //p' "$deployed" | head -n 1)
		echo "deployed ${deployed_id:--}"
	fi
	if [ -d "$rolledback" ]; then
		rolledback_left=restored
		[ ! -e "$rolledback/live-differs" ] || rolledback_left=live-differs
		[ ! -e "$rolledback/files-differ" ] || rolledback_left=files-differ
		echo "rolled-back $(line_of "$rolledback/deploy") $(decision_in "$rolledback") $rolledback_left"
	fi
	if [ -f "$logs/log" ]; then
		echo "log $(tail -c 3000 "$logs/log" | encoded)"
	fi
	echo end
}

answer() {
	echo "outcome $*"
	say_state
	exit 0
}
