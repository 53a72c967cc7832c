# Bringing a guest back, or making one of an archive as a test: it comes after the backups' 1-state.sh, whose functions it uses.
# It goes on by itself when the session ends: half a guest is nobody's wish.
#
# /var/lib/sifaka/backups/restores/UUID/
#   request         what is to be made, in lines of `key value`
#   program         this program, for the process that outlives the session
#   owner, task     who runs it, and the restore itself: pid, start time and boot
#   stage           how far the guest is: stopping, restoring, restored, marked
#   log             what the restore said
#   cancelled       somebody wants it to end
#   result          how it ended, in lines of `key value`; the last thing that is written
runs=$state/restores

# Lines of `key value` on stdin, up to `end`; they are checked here since what is stored is used later.
#   archive   its path, in base64           size, changed   what it must be like still
#   over      yes: what has the id goes     config          SHA-256 of that guest's configuration, or -
#   storage   where disks go, or -          unique          yes: new MAC addresses
#   test      yes: it does not start by itself, and carries this run's mark
receive_restore() {
	: >"$1/request"
	while read -r key value; do
		case $key in
		end)
			for key in type vmid archive size changed storage over config unique test; do
				[ -n "$(field "$1" "$key")" ] || return 1
			done
			[ "$(field "$1" over)$(field "$1" test)" != yesyes ] || return 1
			return 0
			;;
		type) case $value in qemu | lxc) ;; *) return 1 ;; esac ;;
		over | unique | test) case $value in yes | no) ;; *) return 1 ;; esac ;;
		vmid | size | changed) is_number "$value" || return 1 ;;
		storage) is_plain "$value" || [ "$value" = - ] || return 1 ;;
		config) case $value in -) ;; *[!0-9a-f]*) return 1 ;; esac ;;
		archive) case $(decoded "$value") in /*) ;; *) return 1 ;; esac ;;
		program) decoded "$value" >"$1/program" || return 1; continue ;;
		*) return 1 ;;
		esac
		printf '%s %s\n' "$key" "$value" >>"$1/request" || return 1
	done
	return 1
}

# $1 is its id; one that is there already stays as it is. Fails when what comes is no whole request.
new_restore() {
	[ ! -d "$runs/$1" ] || return 0
	new_folder=$runs/.new-$1-$$
	mkdir "$new_folder" || return 1
	if receive_restore "$new_folder" && [ -s "$new_folder/program" ] && : >"$new_folder/log" &&
		flush "$new_folder"/* "$new_folder" && mv -T "$new_folder" "$runs/$1" 2>/dev/null; then
		flush "$runs"
		return 0
	fi
	rm -rf "$new_folder"
	return 1
}

# Another one that works on the same guest now.
working_on() {
	for working_run in "$runs"/*; do
		working_id=${working_run##*/}
		if [ "$working_id" != "$2" ] && [ "$(field "$working_run" vmid)" = "$1" ] &&
			[ "$(run_state "$working_id")" = running ]; then
			echo "$working_id"
			return
		fi
	done
}

start_restore() {
	[ "$(run_state "$1")" = cut-off ] && [ ! -f "$runs/$1/owner" ] || return 0
	if [ -d /run/systemd/system ]; then
		timeout 30 systemd-run --quiet --collect --unit="sifaka-restore-$1" \
			--description="Restore of guest $(field "$runs/$1" vmid)" \
			--property=Type=exec --property=KillMode=mixed --property=TimeoutStopSec=300 \
			/bin/sh "$runs/$1/program" perform "$1" </dev/null >/dev/null 2>&1 || return 1
	else
		setsid /bin/sh "$runs/$1/program" perform "$1" </dev/null >/dev/null 2>&1 &
	fi
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
		[ ! -f "$runs/$1/owner" ] || return 0
		sleep 0.2
	done
	return 1
}
