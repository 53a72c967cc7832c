# The two ends of a deploy. Each can be cut off at any point and begun anew, by its timer, by the boot or by hand.

# In a unit of its own: a session that ends takes nothing with it. It is never begun twice.
apply_now() {
	id=$1
	is_armed_with "$id" && [ "$(phase)" = armed ] && [ "$(decision_in "$armed")" = undecided ] || exit 1
	child=
	trap 'trap - TERM; [ -z "$child" ] || kill -s TERM "$child" 2>/dev/null || :; exit 1' TERM
	if change >>"$logs/log" 2>&1 && mv -T "$armed/phase-changing" "$armed/phase-applied"; then
		exit 0
	fi
	trap - TERM
	exec /bin/sh "$armed/program" settle "$id" failed
}

change() {
	stage || return 1
	mv -T "$armed/phase-armed" "$armed/phase-changing" || return 1
	flush "$armed" || return 1
	swap || return 1
	take_live
}

# In the background, so that the shell still hears that it is to stop, and ends what it waits for.
patiently() {
	timeout -k 5 "$@" </dev/null &
	child=$!
	patience_code=0
	wait "$child" || patience_code=$?
	child=
	return "$patience_code"
}

settle() {
	id=$1
	[ "$id" != - ] || id=$(line_of "$armed/deploy")
	if ! is_armed_with "$id"; then
		# Whoever did it may have been ended before its last commands.
		tidy "$id" "$2"
		exit 0
	fi
	decide "restoring-$2" || :
	case $(decision_in "$armed") in
	confirmed) finish_confirm "$2" ;;
	restoring-*) finish_restore "$2" ;;
	*) exit 1 ;;
	esac
}

finish_confirm() {
	drop_second_names || exit 1
	[ ! -f "$armed/deployed" ] || mv -fT "$armed/deployed" "$deployed" || exit 1
	# Whatever could not be brought back before, it is known again what is there.
	rm -f "$rolledback/files-differ"
	flush "$state"
	rm -rf "$state/ended"
	mv -T "$armed" "$state/ended" || exit 1
	remove_boot_unit "${1:-}"
	# The program goes last: as long as it is there, there is somebody to do the rest.
	stop_unit "$(settler_of "$id").timer"
	rm -rf "$state/ended"
}

# $1 is who runs this: an apply that failed is not to stop itself.
finish_restore() {
	[ "${1:-}" = failed ] || stop_unit "$(applier_of "$id").service"
	make_folder 0700 "$logs"
	if [ "$(phase)" = armed ]; then
		drop_second_names || exit 1
		remove_made_folders
	else
		stop_created_units
		put_back || exit 1
		read_back || : >"$armed/files-differ" || :
		restore_live "${1:-}" >>"$logs/log" 2>&1 || live_stays_different || exit 1
	fi
	rm -rf "$rolledback"
	mv -T "$armed" "$rolledback" || exit 1
	flush "$state"
	rm -rf "$rolledback/content" "$rolledback/deployed"
	remove_boot_unit "${1:-}"
	rm -f "$logs/tries"
	stop_unit "$(settler_of "$id").timer"
	rm -f "$rolledback/program"
}

# What is left when a deploy is settled and who did it was ended right then.
tidy() {
	if [ ! -d "$armed" ] && { [ -e "$bootunit" ] || [ -L "$bootlink" ] || [ -e "$bootnew" ]; }; then
		remove_boot_unit "${2:-}"
	fi
	[ -z "$1" ] || stop_unit "$(settler_of "$1").timer"
	rm -rf "$state/ended" "$rolledback/content" "$rolledback/deployed" "$rolledback/program"
}

# After some tries it is said instead: a node that waits for ever is the worse end.
live_stays_different() {
	tries=$(($(line_of "$logs/tries" || echo 0) + 1))
	echo "$tries" >"$logs/tries" || :
	[ "$tries" -ge 3 ] || return 1
	: >"$armed/live-differs" || :
}
