# Making a run, and setting it going. A run that was cut off goes on with the same words.

# Lines of `key value` on stdin, up to `end`; they are checked here since what is stored is used later.
receive_request() {
	: >"$1/request"
	while read -r key value; do
		case $key in
		end)
			for key in type vmid storage mode compress bwlimit prune method by; do
				[ -n "$(field "$1" "$key")" ] || return 1
			done
			return 0
			;;
		by) case $value in operator | agent) ;; *) return 1 ;; esac ;;
		type) case $value in qemu | lxc) ;; *) return 1 ;; esac ;;
		mode) case $value in snapshot | suspend | stop) ;; *) return 1 ;; esac ;;
		compress) case $value in zstd | gzip | lzo | 0) ;; *) return 1 ;; esac ;;
		method) case $value in vzdump | export) ;; *) return 1 ;; esac ;;
		vmid | bwlimit) is_number "$value" || return 1 ;;
		storage | rule) is_plain "$value" || return 1 ;;
		prune) case $value in -) ;; keep-*) case $value in *[!a-z0-9=,-]*) return 1 ;; esac ;; *) return 1 ;; esac ;;
		program) decoded "$value" >"$1/program" || return 1; continue ;;
		*) return 1 ;;
		esac
		printf '%s %s\n' "$key" "$value" >>"$1/request" || return 1
	done
	return 1
}

# What was left where this program was ended in the middle.
drop_attempts() {
	for attempt in "$runs"/.new-* "$runs"/.forgotten-*; do
		[ ! -d "$attempt" ] || [ -d "/proc/${attempt##*-}" ] || rm -rf "$attempt"
	done
}

# $1 is its id; a run that is there already stays as it is. Fails when what comes is no whole request.
new_run() {
	[ ! -d "$runs/$1" ] || return 0
	drop_attempts
	new_run_folder=$runs/.new-$1-$$
	mkdir "$new_run_folder" || return 1
	if receive_request "$new_run_folder" && [ -s "$new_run_folder/program" ] && : >"$new_run_folder/log" &&
		flush "$new_run_folder"/* "$new_run_folder" && mv -T "$new_run_folder" "$runs/$1" 2>/dev/null; then
		flush "$runs"
		return 0
	fi
	rm -rf "$new_run_folder"
	# Somebody else made it in this moment.
	[ -d "$runs/$1" ]
}

# Another run of this node that works on a storage now.
busy_with() {
	for busy_run in "$runs"/*; do
		busy_id=${busy_run##*/}
		if [ "$busy_id" != "$2" ] && [ "$(field "$busy_run" storage)" = "$1" ] &&
			[ "$(run_state "$busy_id")" = running ]; then
			echo "$busy_id"
			return
		fi
	done
}

runner_of() {
	echo "sifaka-backup-$1"
}

# Detached: the end of the session is not its end. What ends it kindly gives vzdump the time to unlock the guest.
start_run() {
	# Read first: whoever takes the run over after this look is seen below to have done so.
	start_run_before=$(line_of "$runs/$1/owner")
	case $(run_state "$1") in
	cut-off) ;;
	*) return 0 ;;
	esac
	if [ -d /run/systemd/system ]; then
		timeout 30 systemd-run --quiet --collect --unit="$(runner_of "$1")" \
			--description="Backup of guest $(field "$runs/$1" vmid)" \
			--property=Type=exec --property=KillMode=mixed --property=TimeoutStopSec=300 \
			/bin/sh "$runs/$1/program" perform "$1" </dev/null >/dev/null 2>&1 || return 1
	else
		setsid /bin/sh "$runs/$1/program" perform "$1" </dev/null >/dev/null 2>&1 &
	fi
	# It is running, or was, from when it has said who it is.
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
		[ "$(line_of "$runs/$1/owner")" = "$start_run_before" ] || return 0
		sleep 0.2
	done
	return 1
}
