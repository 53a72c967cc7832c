# $1 is the deploy that is asked about. An armed one whose time is over, or whose boot is over, and that nobody settles: whoever looks sets it going.
heal() {
	if [ ! -d "$armed" ]; then
		remove_dead_attempts
		is_settling "$1" || tidy "$1"
		return 0
	fi
	heal_id=$(line_of "$armed/deploy")
	# It was settled in this moment.
	[ -n "$heal_id" ] || return 0
	if is_of_this_boot && [ "$(seconds_left)" -ge -2 ] && [ "$(decision_in "$armed")" = undecided ]; then
		return 0
	fi
	is_settling "$heal_id" || start_settler "$heal_id" || :
}

confirm() {
	id=$1
	if is_armed_with "$id"; then
		if [ "$(seconds_left)" -le 0 ]; then
			decide restoring-timeout || :
			heal "$id"
		elif [ "$(phase)" = applied ]; then
			decide confirmed || :
			[ "$(decision_in "$armed")" != confirmed ] || finish_confirm
		fi
	fi
	answer confirm
}

restore() {
	id=$1
	if is_armed_with "$id"; then
		decide restoring-asked || :
		start_settler "$id" || :
	else
		heal "$id"
	fi
	answer restore
}

# Most are over by the time of the answer; for the others somebody asks again.
apply() {
	id=$1
	if is_armed_with "$id" && [ "$(phase)" = armed ]; then
		make_folder 0700 "$logs"
		start_applier "$id" || :
		await "$id" applied 4
	fi
	answer apply
}

# Until the apply is over, or the deploy is settled and who settled it is done, or so many seconds are.
await() {
	await_until=$(($(uptime_seconds) + $3))
	await_turns=0
	while [ "$(uptime_seconds)" -lt "$await_until" ]; do
		if [ "$2" = applied ]; then
			# Names alone on most turns: what is waited for runs on the same processor.
			[ -e "$armed/undecided" ] || break
			[ ! -e "$armed/phase-applied" ] || break
			[ "$((await_turns % 10))" -ne 0 ] || is_applying "$1" || break
			await_turns=$((await_turns + 1))
		elif ! is_armed_with "$1"; then
			is_settling "$1" || break
		fi
		sleep 0.1
	done
}

is_applying() {
	is_armed_with "$1" || return 1
	case $(applier_state "$1") in
	active | activating | deactivating) return 0 ;;
	esac
	return 1
}

is_number() {
	case $1 in
	'' | *[!0-9]* | ?????*) return 1 ;;
	esac
}

command=${1:-}
case $command in
arm | apply | apply-now | confirm | restore | settle | status) ;;
*) exit 64 ;;
esac
case ${2:-} in
- | ????????-????-????-????-????????????) ;;
*) exit 64 ;;
esac
case $2 in
*[!0-9a-f-]*) exit 64 ;;
esac
case $command in
arm)
	is_number "${3:-}" || exit 64
	arm "$2" "$3"
	;;
apply) apply "$2" ;;
apply-now) apply_now "$2" ;;
confirm) confirm "$2" ;;
restore) restore "$2" ;;
settle) settle "$2" "${3:-timeout}" ;;
status)
	heal "$2"
	if [ "$#" -eq 4 ]; then
		is_number "$4" || exit 64
		await "$2" "$3" "$4"
	fi
	answer status
	;;
esac
exit 0
