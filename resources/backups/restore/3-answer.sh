# What is answered; a log comes in pieces, from where the asker has it.

most_of_log=196608

answer() {
	echo "outcome $*"
	echo end
	exit 0
}

say_restore() {
	said_state=$(run_state "$1")
	[ -n "$said_state" ] || return 0
	echo "run $1 $said_state $(line_of "$runs/$1/stage")"
	echo "request $(grep -v '^archive ' "$runs/$1/request" | encoded)"
	[ ! -f "$runs/$1/result" ] || echo "result $(encoded <"$runs/$1/result")"
}

status() {
	echo "outcome status"
	say_restore "$1"
	if [ -f "$runs/$1/log" ]; then
		log_size=$(stat -c %s "$runs/$1/log")
		if [ "$log_size" -gt "$2" ]; then
			echo "log $2 $log_size $(tail -c "+$(($2 + 1))" "$runs/$1/log" | head -c "$most_of_log" | encoded)"
		else
			echo "log $2 $log_size"
		fi
	fi
	echo end
}

list_restores() {
	echo "outcome list"
	for listed_run in "$runs"/*; do
		[ ! -f "$listed_run/request" ] || ! is_uuid "${listed_run##*/}" || say_restore "${listed_run##*/}"
	done
	echo end
}

# Kindly: the restore takes back what it can, and unlocks the guest.
cancel() {
	case $(run_state "$1") in
	running)
		: >"$runs/$1/cancelled"
		for cancel_file in task owner; do
			cancel_who=$(line_of "$runs/$1/$cancel_file")
			if is_alive "$cancel_who"; then
				kill -s TERM "${cancel_who%% *}" 2>/dev/null || :
				break
			fi
		done
		;;
	esac
	answer cancelling
}

# Only what is over. What was brought for it lies in a folder with its id, beside the archives.
forget() {
	[ "$(run_state "$1")" != running ] || answer running
	if [ -d "$runs/$1" ]; then
		brought=$(decoded "$(field "$runs/$1" archive)")
		brought=${brought%/*}
		case $brought in
		/*/.sifaka-restore-"$1") [ -L "$brought" ] || rm -rf "$brought" ;;
		esac
		forgotten=$runs/.forgotten-$1-$$
		mv -T "$runs/$1" "$forgotten" 2>/dev/null || :
		rm -rf "$forgotten"
	fi
	answer forgotten
}

command=${1:-}
case $command in
start | perform | status | cancel | forget) is_uuid "${2:-}" || exit 64 ;;
list) ;;
*) exit 64 ;;
esac

case $command in
start)
	for tool in qmrestore pct qm base64 sha256sum stat sync flock timeout; do
		command -v "$tool" >/dev/null || answer unprepared "$tool"
	done
	make_state || answer failed
	new_restore "$2" || answer refused
	busy=$(working_on "$(field "$runs/$2" vmid)" "$2")
	if [ -n "$busy" ]; then
		rm -rf "${runs:?}/$2"
		answer busy "$busy"
	fi
	start_restore "$2" || answer failed
	answer started
	;;
perform) perform "$2" ;;
status)
	is_number "${3:-}" || exit 64
	status "$2" "$3"
	;;
list) list_restores ;;
cancel) cancel "$2" ;;
forget) forget "$2" ;;
esac
exit 0
