# What is answered. A log comes in pieces, from where the asker has it.

most_of_log=196608

answer() {
	echo "outcome $*"
	echo "boot $(boot_id)"
	echo end
	exit 0
}

# `run UUID STATE`, what is being done, and what of the log is new.
say_run() {
	say_run_state=$(run_state "$1")
	[ -n "$say_run_state" ] || return 0
	echo "run $1 $say_run_state"
	if [ "$say_run_state" = running ]; then
		phase_pid=''
		read -r phase_word phase_before phase_total phase_pid 2>/dev/null <"$runs/$1/phase" || :
		if [ -n "$phase_pid" ]; then
			# How far it has read what it has open as its standard input (proc(5), /proc/PID/fdinfo).
			phase_at=$(sed -n 's/^pos:[[:space:]]*//p' "/proc/$phase_pid/fdinfo/0" 2>/dev/null | head -n 1)
			echo "phase $phase_word $((phase_before + ${phase_at:-0})) $phase_total"
		else
			echo "phase ${phase_word:-dump} $(partial_size "$1") 0"
		fi
	fi
	[ ! -f "$runs/$1/result" ] || echo "result $(encoded <"$runs/$1/result")"
	echo "request $(encoded <"$runs/$1/request")"
}

# Of what vzdump has written so far; a container's log does not say how far it is.
partial_size() {
	partial_path=$(said_path "$runs/$1")
	stat -c %s "${partial_path%.*}.dat" 2>/dev/null || echo 0
}

status() {
	echo "outcome status"
	echo "boot $(boot_id)"
	say_run "$1"
	if [ -f "$runs/$1/log" ]; then
		log_size=$(stat -c %s "$runs/$1/log")
		if [ "$log_size" -gt "$2" ]; then
			echo "log $2 $log_size $(tail -c "+$(($2 + 1))" "$runs/$1/log" | head -c "$most_of_log" | encoded)"
		else
			echo "log $2 $log_size"
		fi
	fi
	echo end
	exit 0
}

list_runs() {
	echo "outcome list"
	echo "boot $(boot_id)"
	for listed_run in "$runs"/*; do
		[ ! -f "$listed_run/request" ] || ! is_uuid "${listed_run##*/}" || say_run "${listed_run##*/}"
	done
	echo end
	exit 0
}

# Kindly: vzdump takes back what it has begun and unlocks the guest. PVE's command hands a first, second and third signal on
# to its worker so, and kills it at the fourth (PVE::RESTEnvironment, tee_worker): nobody sends four.
cancel() {
	case $(run_state "$1") in
	running)
		: >"$runs/$1/cancelled"
		# The runner hears it too, and whatever it is at ends.
		for cancel_file in task owner; do
			cancel_who=$(line_of "$runs/$1/$cancel_file")
			if is_alive "$cancel_who"; then
				kill -s TERM "${cancel_who%% *}" 2>/dev/null || :
				break
			fi
		done
		answer cancelling
		;;
	cut-off)
		: >"$runs/$1/cancelled"
		answer cancelling
		;;
	esac
	answer over
}

# Only what is over: the archive stays, what goes is what was kept of how it was made.
forget() {
	case $(run_state "$1") in
	'') answer forgotten ;;
	running) answer running ;;
	esac
	forgotten=$runs/.forgotten-$1-$$
	mv -T "$runs/$1" "$forgotten" 2>/dev/null || :
	rm -rf "$forgotten"
	answer forgotten
}
