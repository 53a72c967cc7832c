# One restore, from what is erased for it to the guest that is there then. It is begun once: what a cut leaves is told, not
# gone on with, since its disks may be half written.

perform() {
	id=$1
	run=$runs/$id
	[ -d "$run" ] && [ ! -f "$run/result" ] && [ ! -f "$run/owner" ] || return 0
	exec 9>"$run/lock"
	flock -n 9 || return 0
	identity_of "$$" | put_file "$run/owner"
	child=
	reason=
	trap 'ask_to_end' TERM INT HUP
	if work; then
		finish 'done'
	elif [ -f "$run/cancelled" ]; then
		finish cancelled
	else
		finish failed
	fi
}

# shellcheck disable=SC2317 # a trap runs it
ask_to_end() {
	: >"$run/cancelled"
	[ -z "$child" ] || kill -s TERM "$child" 2>/dev/null || :
}

# In the background, so that the shell still hears that it is to end; `wait` returns early for that.
patiently() {
	"$@" </dev/null >>"$run/log" 2>&1 8<&- 9>&- &
	child=$!
	identity_of "$child" | put_file "$run/task"
	[ ! -f "$run/cancelled" ] || kill -s TERM "$child" 2>/dev/null || :
	while :; do
		child_code=0
		wait "$child" || child_code=$?
		if [ "$child_code" -le 128 ] || [ -z "$(start_of "$child")" ]; then break; fi
	done
	child=
	return "$child_code"
}

stage() {
	echo "$1" | put_file "$run/stage"
}

own_name() {
	own=$(uname -n)
	echo "${own%%.*}"
}

kind_folder() {
	if [ "$1" = qemu ]; then echo qemu-server; else echo lxc; fi
}

tool_of() {
	if [ "$1" = qemu ]; then echo qm; else echo pct; fi
}

# Of whatever node of the cluster has it: /etc/pve shows all of them (pmxcfs).
config_of() {
	for found_config in /etc/pve/nodes/*/qemu-server/"$1".conf /etc/pve/nodes/*/lxc/"$1".conf; do
		if [ -f "$found_config" ]; then
			echo "$found_config"
			return
		fi
	done
}

own_config() {
	echo "/etc/pve/nodes/$(own_name)/$(kind_folder "$type")/$vmid.conf"
}

work() {
	type=$(field "$run" type)
	vmid=$(field "$run" vmid)
	tool=$(tool_of "$type")
	archive=$(decoded "$(field "$run" archive)")
	[ ! -f "$run/cancelled" ] || return 1
	# Whoever removes archives leaves alone what somebody has open. What was read and compared just now:
	if ! { command exec 8<"$archive"; } 2>>"$run/log"; then
		reason='archive-changed'
		return 1
	fi
	if [ ! -f "$archive" ] || [ "$(stat -c '%s %Y' -- "$archive")" != "$(field "$run" size) $(field "$run" changed)" ]; then
		reason='archive-changed'
		return 1
	fi
	if [ "$(field "$run" over)" = yes ]; then
		make_room || return 1
	elif [ -n "$(config_of "$vmid")" ]; then
		reason=taken
		return 1
	fi
	[ ! -f "$run/cancelled" ] || return 1
	stage restoring
	restore_code=0
	restore || restore_code=$?
	flush "$run/log"
	if [ "$restore_code" != 0 ]; then
		reason="code $restore_code"
		if took_id; then reason=taken; fi
		mark_rest
		return 1
	fi
	if [ ! -f "$(own_config)" ]; then
		reason='no-guest'
		return 1
	fi
	stage restored
	[ "$(field "$run" test)" != yes ] || mark || { reason=unmarked; return 1; }
}

# Somebody else has the id (PVE::Cluster, check_vmid_unused), or its lock, and is making a guest of their own (PVE::Tools,
# lock_file; PVE::QemuConfig and PVE::LXC::Config, config_file_lock). A volume that exists already, or another lock, is neither.
took_id() {
	grep -q -E -e "(VM|CT) $vmid already exists on node " \
		-e "can't lock file '[^']*/(lock-$vmid\.conf|pve-config-$vmid\.lock)'" "$run/log"
}

# The guest that goes has to be the one that was shown, down to its configuration; and it is stopped first.
make_room() {
	there=$(own_config)
	found_digest=$(sha256sum <"$there" 2>/dev/null) || found_digest=
	if [ "${found_digest%% *}" != "$(field "$run" config)" ]; then
		reason='guest-changed'
		return 1
	fi
	case $($tool status "$vmid" </dev/null 2>>"$run/log") in
	'status: stopped') return 0 ;;
	esac
	stage stopping
	if ! patiently "$tool" stop "$vmid"; then
		reason='not-stopped'
		return 1
	fi
}

restore() {
	if [ "$type" = qemu ]; then
		set -- qmrestore "$archive" "$vmid"
	else
		set -- pct restore "$vmid" "$archive"
	fi
	[ "$(field "$run" over)" = no ] || set -- "$@" --force 1
	[ "$(field "$run" storage)" = - ] || set -- "$@" --storage "$(field "$run" storage)"
	[ "$(field "$run" unique)" = no ] || set -- "$@" --unique 1
	patiently "$@"
}

mark_text() {
	echo "sifaka restore test $id"
}

# Before anything else can happen to it: a node that boots starts what has onboot. Nothing but its mark says that it may go.
mark() {
	if [ "$type" = qemu ]; then named=--name; else named=--hostname; fi
	"$tool" set "$vmid" --onboot 0 --protection 0 "$named" "sifaka-restore-test" --description "$(mark_text)" \
		</dev/null >>"$run/log" 2>&1 9>&- || return 1
	stage marked
}

# A failed restore may leave the guest it began (PVE::API2::Qemu, "state is NOT cleaned up"). It is ours when the id was free
# and nobody else took it.
mark_rest() {
	[ "$(field "$run" test)" = yes ] && [ "$reason" != taken ] && [ -f "$(own_config)" ] || return 0
	"$tool" unlock "$vmid" </dev/null >>"$run/log" 2>&1 9>&- || :
	"$tool" set "$vmid" --description "$(mark_text)" </dev/null >>"$run/log" 2>&1 9>&- || :
}

finish() {
	flush "$run/log"
	{
		echo "state $1"
		echo "ended $(date +%s)"
		[ -z "$reason" ] || echo "reason $reason"
	} | put_file "$run/result"
}
