# One look of the agent: what is due is done, guest by guest.

# How long a guest waits for its storage, which somebody else's backup uses now.
most_of_waiting=7200
# Runs that were told of are kept for whoever looks into one.
most_of_runs=100

# This program, which is given to each run: that one may outlive a deploy of another.
self=$0

make_places() {
	make_state && make_folder 0700 "$agent" && make_folder 0700 "$agent/guests" && make_folder 0700 "$agent/copies"
}

# Who holds it says who it is, by what no other process shares: nobody who is gone holds it. The look and the taking are one
# step for others, under a lock of the kernel's, which goes with its process too.
take_lock() {
	exec 8>"$agent/lock.door"
	flock -w 20 8 || return 1
	lock_holder=$(line_of "$agent/lock")
	if [ -n "$lock_holder" ] && is_alive "$lock_holder"; then
		exec 8>&-
		return 1
	fi
	[ -z "$lock_holder" ] || lock_was_left=true
	identity_of "$$" | put_file "$agent/lock" || return 1
	exec 8>&-
}

run_agent() {
	make_places || exit 1
	if ! read_config; then
		echo "$config is not the configuration of this agent" >&2
		exit 2
	fi
	lock_was_left=false
	take_lock || {
		echo 'another agent is at work' >&2
		exit 0
	}
	look_started=$(date +%s)
	look_before=$(line_of "$agent/last")
	look_before=${look_before%% *}
	# The first time there is none: what was due before this came here is not late.
	[ -n "$look_before" ] || look_before=$(stat -c %Y "$config")
	echo "$look_started - -" | put_file "$agent/last"
	made=0 failed=0 skipped=0
	copy_what_is_left
	if guests_here >"$agent/here"; then
		ask_for_pools
		# Not in a pipe: what is counted is counted here.
		while read -r guest_type guest_id <&7; do
			look_at "$guest_type" "$guest_id"
		done 7<"$agent/here"
	else
		failed=1
		tell "$(new_id)" failed '"why":"guests-unknown"'
	fi
	if [ "$((made + failed + skipped))" -gt 0 ] || [ "$lock_was_left" = true ]; then
		tell "$(new_id)" ended "\"started\":$look_started,\"made\":$made,\"failed\":$failed,\"skipped\":$skipped,\"resumed\":$lock_was_left"
	fi
	forget_old_runs
	echo "$look_started $(date +%s) $made/$failed/$skipped" | put_file "$agent/last"
	rm -f "$agent/lock"
	# For systemd, which calls it failed then; it does not start it again for that.
	[ "$((failed + skipped))" -eq 0 ] || exit 1
}

# $1 type, $2 id.
look_at() {
	key=$1-$2
	rule_number=$(rule_for "$1" "$2") || {
		failed=$((failed + 1))
		tell "$(new_id)" failed "\"guest\":\"$key\",\"why\":\"guest-unknown\""
		return 0
	}
	case $rule_number in
	none | excluded) return 0 ;;
	esac
	[ -n "$(kept "$key" seen)" ] || keep "$key" seen "$look_before"
	back_up_end=
	while is_due "$key" "$rule_number" "$(date +%s)"; do
		back_up "$1" "$2" "$rule_number" || return 0
		# What was cut off is tried again at once, anything else at the next look.
		[ "$back_up_end" = cut-off ] || return 0
	done
	# Cut off as often as it is tried for one night: the guest has no backup of it.
	[ "$back_up_end" != cut-off ] || failed=$((failed + 1))
}

# One backup, from its run's id to its event. Whatever it is cut off by, the next look goes on with the same run.
back_up() {
	# shellcheck disable=SC2046 # its words
	set -- "$1" "$2" $(rule_line "$3")
	type=$1 vmid=$2 number=$3 rule_name=$4 method=$5 mode=$6 storage=$7 compress=$8 bwlimit=$9
	shift 9
	prune=$1 place=$2 hours=$3
	[ "$compress" != none ] || compress=0
	back_up_end=
	back_up_id=$(kept "$key" run)
	if [ -z "$back_up_id" ] || [ -z "$(run_state "$back_up_id")" ]; then
		if ! storage_is_free "$storage"; then
			skipped=$((skipped + 1))
			tell "$(new_id)" skipped "\"guest\":\"$key\",\"why\":\"storage-busy\",\"storage\":\"$storage\""
			return 1
		fi
		begin_run || {
			failed=$((failed + 1))
			tell "$(new_id)" failed "\"guest\":\"$key\",\"why\":\"no-run\""
			return 1
		}
	fi
	start_run "$back_up_id" || {
		failed=$((failed + 1))
		tell "$(new_id)" failed "\"guest\":\"$key\",\"why\":\"not-started\""
		return 1
	}
	await_run "$back_up_id" "$hours" || {
		failed=$((failed + 1))
		tell "$(new_id)" failed "\"guest\":\"$key\",\"why\":\"still-running\""
		return 1
	}
	end_run
}

storage_is_free() {
	free_until=$(($(uptime_seconds) + most_of_waiting))
	while [ -n "$(busy_with "$1" -)" ]; do
		[ "$(uptime_seconds)" -lt "$free_until" ] || return 1
		sleep 5
	done
}

uptime_seconds() {
	read -r uptime_now _ </proc/uptime
	echo "${uptime_now%%.*}"
}

# Its id is on the disk before there is a run of that id.
begin_run() {
	began=$(date +%s)
	tried=$(kept "$key" tried)
	tries=1
	if [ -n "$tried" ] && [ "${tried% *}" -ge "${is_due_last:-0}" ] && [ "${tried% *}" -le "$began" ]; then
		tries=$((${tried#* } + 1))
	fi
	keep "$key" tried "$began $tries" || return 1
	back_up_id=$(kept "$key" run)
	if [ -z "$back_up_id" ]; then
		back_up_id=$(new_id)
		keep "$key" run "$back_up_id" || return 1
	fi
	{
		printf '%s\n' 'by agent' "type $type" "vmid $vmid" "storage $storage" "mode $mode" "compress $compress" \
			"bwlimit $bwlimit" "prune $prune" "method $method" "rule $rule_name"
		echo "program $(encoded <"$self")"
		echo end
	} | new_run "$back_up_id"
}

# Bounded by the rule's window, and a day's rest at the least: another storage's guests are to have their turn.
await_run() {
	await_until=$(($(uptime_seconds) + $2 * 3600))
	await_turns=0
	while :; do
		case $(run_state "$1") in
		'done' | failed | cancelled) return 0 ;;
		cut-off) start_run "$1" || return 1 ;;
		'') return 1 ;;
		esac
		[ "$(uptime_seconds)" -lt "$await_until" ] || return 1
		# Most are over soon, or take long.
		if [ "$await_turns" -lt 20 ]; then sleep 0.2; else sleep 2; fi
		await_turns=$((await_turns + 1))
	done
}

# What came of it is told, and what was to be done after it is on the disk, before the run is over for the guest: where that
# cannot be told, for want of room, the next look does it.
end_run() {
	end_started=$(kept "$key" tried)
	end_started=${end_started% *}
	end_targets=$(printf %s "$targets" | awk -v number="$number" '$1 == number { print $2 }')
	case $(run_state "$back_up_id") in
	'done')
		made=$((made + 1))
		echo "$end_started" | put_file "$agent/copies/$back_up_id.started"
		echo "$place" | put_file "$agent/copies/$back_up_id.place"
		printf %s "$targets" | awk -v number="$number" '$1 == number && $3 != "-" { print $2, $3, $4 }' |
			put_file "$agent/copies/$back_up_id"
		tell_backup "$back_up_id" "$key" "$end_started" "$place" "$end_targets" || return 1
		keep "$key" success "$end_started"
		keep "$key" run ''
		copy_run "$back_up_id"
		;;
	*)
		clean_up_after
		if [ "$(result_of "$back_up_id" reason)" = cut-off ]; then back_up_end=cut-off; else failed=$((failed + 1)); fi
		tell_backup "$back_up_id" "$key" "$end_started" "$place" "$end_targets" || return 1
		keep "$key" run ''
		;;
	esac
}

# vzdump or its worker was killed, or the node went down: the guest is still locked by it, and every later backup would be
# refused. Proxmox takes such locks away itself when it boots (PVE/API2/Nodes.pm, startall); this does where no vzdump is at
# work any more. Where vzdump itself was refused for a lock, that lock is somebody else's.
clean_up_after() {
	grep -q '^INFO: Starting Backup of VM ' "$runs/$back_up_id/log" || return 0
	! grep -q ' is locked' "$runs/$back_up_id/log" || return 0
	remove_left "$runs/$back_up_id"
	! guest_is_dumped "$vmid" || return 0
	[ "$(guest_config "$type" "$vmid" | sed -n 's/^lock: *//p' | head -n 1)" = backup ] || return 0
	case $type in
	qemu) qm unlock "$vmid" >/dev/null 2>&1 || return 0 ;;
	*) pct unlock "$vmid" >/dev/null 2>&1 || return 0 ;;
	esac
	tell "$(new_id)" unlocked "\"guest\":\"$key\",\"why\":\"backup-was-cut-off\""
}

copy_what_is_left() {
	for copies_left in "$agent/copies"/????????-????-????-????-????????????; do
		[ ! -f "$copies_left" ] || copy_run "${copies_left##*/}"
	done
}

# Each target of a run that is left; one that cannot be reached is left for the next look, and told of once.
copy_run() {
	copies=$agent/copies/$1
	copies_guest=$(field "$runs/$1" type)-$(field "$runs/$1" vmid)
	if [ -z "$(run_state "$1")" ]; then
		rm -f "$copies" "$copies.started" "$copies.place" "$copies.told"
		return 0
	fi
	: >"$copies.new"
	while read -r copies_target copies_path copies_lab <&6; do
		if copy_backup "$1" "$config_cluster/$copies_guest" "$copies_path" "$copies_lab" "$copies_target"; then
			tell "$(new_id)" copy "\"backup\":\"$1\",\"target\":\"$copies_target\",\"state\":\"verified\""
			continue
		fi
		echo "$copies_target $copies_path $copies_lab" >>"$copies.new"
		if ! grep -qxF "$copies_target $copy_why" "$copies.told" 2>/dev/null; then
			tell "$(new_id)" copy "\"backup\":\"$1\",\"target\":\"$copies_target\",\"state\":\"failed\",\"why\":\"${copy_why:-unwritable}\""
			echo "$copies_target $copy_why" >>"$copies.told"
		fi
		# What is gone does not come again.
		[ "$copy_why" != gone ] || sed -i "/^$copies_target /d" "$copies.new"
	done 6<"$copies"
	if [ -s "$copies.new" ]; then
		mv -fT "$copies.new" "$copies"
	else
		rm -f "$copies" "$copies.new" "$copies.started" "$copies.place" "$copies.told"
	fi
}

# The newest stay; one that copies are left of stays too.
forget_old_runs() {
	# shellcheck disable=SC2012 # their names are ids
	ls -t "$runs" 2>/dev/null | while read -r old_run; do
		is_uuid "$old_run" && [ "$(field "$runs/$old_run" by)" = agent ] && echo "$old_run"
	done | tail -n "+$((most_of_runs + 1))" | while read -r old_run; do
		[ ! -f "$agent/copies/$old_run" ] || continue
		case $(run_state "$old_run") in
		'done' | failed | cancelled) rm -rf "${runs:?}/$old_run" ;;
		esac
	done
}

# How the agent stands, for whoever deploys it or looks: words and numbers only.
check_agent() {
	echo sifaka-backup-agent/1
	if ! read_config; then
		echo 'config invalid'
		echo end
		exit 2
	fi
	echo "config valid $version $config_node"
	check_lock=$(line_of "$agent/lock")
	if [ -n "$check_lock" ] && is_alive "$check_lock"; then echo 'lock held'; else echo 'lock free'; fi
	check_last=$(line_of "$agent/last")
	[ -z "$check_last" ] || echo "last $check_last"
	if check_guests=$(guests_here); then
		ask_for_pools
		printf '%s\n' "$check_guests" | while read -r check_type check_id; do
			[ -n "$check_type" ] || continue
			check_rule=$(rule_for "$check_type" "$check_id") || check_rule=unknown
			case $check_rule in
			none | excluded | unknown) check_name=- ;;
			*) check_name=$(rule_line "$check_rule" | cut -d ' ' -f 2) ;;
			esac
			check_success=$(kept "$check_type-$check_id" success)
			echo "guest $check_type $check_id $check_rule $check_name ${check_success:--}"
		done
	else
		echo 'guests unknown'
	fi
	echo end
}

case ${1:-} in
run) run_agent ;;
check) check_agent ;;
perform)
	is_uuid "${2:-}" || exit 64
	perform "$2"
	;;
*)
	echo 'run, check, or perform UUID' >&2
	exit 64
	;;
esac
exit 0
