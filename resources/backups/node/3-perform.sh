# One backup, from vzdump to its digests. Everything may be cut off anywhere; what was done is not done again.

perform() {
	id=$1
	run=$runs/$id
	[ -d "$run" ] && [ ! -f "$run/result" ] || return 0
	# Whoever starts it twice starts it once: the lock goes with the process.
	exec 9>"$run/lock"
	flock -n 9 || return 0
	identity_of "$$" | put_file "$run/owner"
	child=
	trap 'ask_to_end' TERM INT HUP
	archive=''
	path=''
	volid=''
	size=''
	reason=''
	if work; then
		finish 'done'
	elif [ -f "$run/cancelled" ]; then
		finish cancelled
	else
		finish failed
	fi
}

# By `cancel`, or by systemd when the node shuts down.
# shellcheck disable=SC2317 # a trap runs it
ask_to_end() {
	: >"$run/cancelled"
	[ -z "$child" ] || kill -s TERM "$child" 2>/dev/null || :
}

# In the background, so that the shell still hears that it is to end; `wait` returns early for that.
patiently() {
	"$@" 9>&- &
	child=$!
	await_child
}

await_child() {
	while :; do
		child_code=0
		wait "$child" || child_code=$?
		if [ "$child_code" -le 128 ] || [ -z "$(start_of "$child")" ]; then break; fi
	done
	child=
	return "$child_code"
}

work() {
	[ ! -f "$run/cancelled" ] || return 1
	if [ ! -f "$run/dumped" ]; then
		if [ -f "$run/task" ]; then dump_was_begun || return 1; else dump; fi
	fi
	read -r code _ <"$run/dumped"
	case $code in
	0 | -) ;;
	*)
		if was_killed; then
			remove_left "$run"
			reason=cut-off
			return 1
		fi
		is_only_prune || return 1
		;;
	esac
	if [ -f "$run/exported" ]; then
		{ read -r volid && read -r export_folder; } <"$run/exported" && end_export
		return
	fi
	find_archive || return 1
	[ "$(field "$run" prune)" = - ] || drop_records_of_removed
	if [ "$(field "$run" method)" = export ]; then
		pack_export
	else
		digest_archive
	fi
}

# By a signal (a shell says 128 and its number), and not because somebody wanted it to end: vzdump itself ends with 0 or 255,
# and took nothing back then.
was_killed() {
	[ "$code" -gt 128 ] && [ "$code" -lt 255 ] && [ ! -f "$run/cancelled" ]
}

# Whoever ran this was ended in the middle, and vzdump itself may still be at it. What it made before the node went down may
# not be on the disk.
dump_was_begun() {
	task=$(line_of "$run/task")
	while is_alive "$task"; do sleep 1; done
	if is_finished && [ "${task##* }" = "$(boot_id)" ]; then
		note_dump -
	else
		remove_left "$run"
		reason=cut-off
		return 1
	fi
}

# What vzdump calls an archive while it writes it (PVE/VZDump.pm, tmptar and tmpdir); nobody else's has this second in its name.
remove_partial() {
	partial_name=${1##*/}
	case $partial_name in
	*[!A-Za-z0-9_.-]*) ;;
	vzdump-qemu-[0-9]*-[0-9]*.vma* | vzdump-lxc-[0-9]*-[0-9]*.tar*)
		rm -f "${1%.*}.dat"
		partial_name=${partial_name%%.*}
		rm -rf "${1%/*}/$partial_name.tmp"
		;;
	esac
}

# What a run's vzdump left that was killed. Its worker may outlive the command by a moment, or by longer while it says nothing:
# what it writes is its own to take away then.
remove_left() {
	left_looks=0
	while guest_is_dumped "$(field "$1" vmid)"; do
		left_looks=$((left_looks + 1))
		[ "$left_looks" -le 10 ] || return 0
		patiently sleep 1 || :
	done
	left_said=$(said_path "$1")
	if [ -n "$left_said" ]; then remove_partial "$left_said"; else remove_unnamed "$1"; fi
}

# vzdump makes its folder before it says what the archive is called, and in the mode suspend copies a whole container into it
# first. It is then known by what is in its name: this guest, and a second between the request and when vzdump said that it
# began with the guest; where it did not come to that, soon after its last word.
remove_unnamed() {
	unnamed_first=$(date -r "$1/request" +%Y%m%d%H%M%S) || return 0
	unnamed_last=$(sed -n 's/^INFO: Backup started at //p' "$1/log" | tail -n 1 | tr -cd 0-9)
	is_number "$unnamed_last" ||
		unnamed_last=$(date -d "@$(($(stat -c %Y "$1/log") + 10))" +%Y%m%d%H%M%S) || return 0
	unnamed=vzdump-$(field "$1" type)-$(field "$1" vmid)
	unnamed_archive=$unnamed-1970_01_01-00_00_00.vma
	[ "$(field "$1" type)" = qemu ] || unnamed_archive=${unnamed_archive%vma}tar
	unnamed_in=$(pvesm path "$(field "$1" storage):backup/$unnamed_archive" 2>/dev/null | grep '^/' | tail -n 1) || return 0
	for unnamed_folder in "${unnamed_in%/*}/$unnamed"-*.tmp; do
		unnamed_at=${unnamed_folder%.tmp}
		unnamed_at=$(printf %s "${unnamed_at##*/"$unnamed"-}" | tr -d _-)
		if [ -d "$unnamed_folder" ] && [ ! -L "$unnamed_folder" ] && is_number "$unnamed_at" &&
			[ "$unnamed_at" -ge "$unnamed_first" ] && [ "$unnamed_at" -le "$unnamed_last" ]; then
			rm -rf "$unnamed_folder"
		fi
	done
}

# Whether a worker of vzdump is at this guest, or may be: it calls itself by its task, which has the guest's id where it is of
# one guest alone (PVE/API2/VZDump.pm), and none where it is of several. Commands that wait for their turn are at none.
guest_is_dumped() {
	cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' | grep -qxE "task UPID:([^:]*:){4}vzdump:($1)?:.*"
}

# The archive is on the disk before anybody says that it is there; vzdump does not see to that.
note_dump() {
	flush "$run/log"
	noted_path=$(said_path "$run")
	[ ! -f "$noted_path" ] || flush "$noted_path" "${noted_path%/*}" || :
	echo "$1" | put_file "$run/dumped"
}

is_finished() {
	grep -q "^INFO: Finished Backup of VM $(field "$run" vmid) " "$run/log"
}

said_path() {
	sed -n "s/^INFO: creating [^']* archive '\(.*\)'\$/\1/p" "$1/log" | tail -n 1
}

dump() {
	set -- "$(field "$run" vmid)" --storage "$(field "$run" storage)" --mode "$(field "$run" mode)" \
		--compress "$(compressor)"
	# Without a limit of the policy those of the node and its storages hold.
	bwlimit=$(field "$run" bwlimit)
	[ "$bwlimit" = 0 ] || set -- "$@" --bwlimit "$bwlimit"
	prune=$(field "$run" prune)
	# With --remove 0 alone vzdump refuses as soon as there are as many as the storage keeps (PVE/VZDump.pm, exec_backup_task).
	if [ "$prune" = - ]; then
		set -- "$@" --remove 0 --prune-backups keep-all=1
	else
		set -- "$@" --remove 1 --prune-backups "$prune"
	fi
	echo dump | put_file "$run/phase"
	began=$(date +%s)
	# Archives are as readable as vzdump makes them anywhere else.
	(umask 022 && exec vzdump "$@") </dev/null >>"$run/log" 2>&1 9>&- &
	child=$!
	identity_of "$child" | put_file "$run/task"
	# Whoever asked for its end before there was somebody to hear it.
	[ ! -f "$run/cancelled" ] || kill -s TERM "$child" 2>/dev/null || :
	dump_code=0
	await_child || dump_code=$?
	note_dump "$dump_code $(($(date +%s) - began))"
}

# An export is made from what zstd packed.
compressor() {
	if [ "$(field "$run" method)" = export ]; then echo zstd; else field "$run" compress; fi
}

# A folder's plugin makes a whole backup fail when an older one could not be removed, after the new one got its name
# (PVE::Storage::Plugin, prune_backups).
is_only_prune() {
	grep -q '^INFO: archive file size: ' "$run/log" &&
		grep -q '^ERROR: Backup of VM [0-9]* failed - error pruning backups' "$run/log"
}

# What vzdump says it made, as the storage knows it: that is the only proof that there is something.
find_archive() {
	is_only_prune || is_finished || {
		reason=not-finished
		return 1
	}
	said=$(said_path "$run")
	archive=${said##*/}
	case $archive in
	vzdump-qemu-[0-9]*.vma* | vzdump-lxc-[0-9]*.tar*) ;;
	*)
		reason=unnamed
		return 1
		;;
	esac
	case $archive in
	*[!A-Za-z0-9_.-]*)
		reason=unnamed
		return 1
		;;
	esac
	volid=$(field "$run" storage):backup/$archive
	# Warnings may come before the answer.
	path=$(pvesm path "$volid" 2>>"$run/log" | grep '^/' | tail -n 1) || path=''
	case $path in
	/*/"$archive") ;;
	*)
		reason=unlisted
		return 1
		;;
	esac
	[ -f "$path" ] || {
		reason=missing
		return 1
	}
	size=$(stat -L -c %s "$path") || return 1
	# A share may show what was just written a little later.
	for _ in 1 2 3 4 5; do
		listed=$(pvesm list "$(field "$run" storage)" --vmid "$(field "$run" vmid)" 2>>"$run/log" |
			awk -v volid="$volid" '$1 == volid { print $4 }' | tail -n 1)
		[ "$listed" != "$size" ] || return 0
		[ ! -f "$run/cancelled" ] || return 1
		sleep 1
	done
	reason=unlisted
	[ -z "$listed" ] || reason="listed-as $listed"
	return 1
}

# vzdump removes an archive with its log and notes, and does not know of the record beside it.
drop_records_of_removed() {
	for beside in "${path%/*}/vzdump-$(field "$run" type)-$(field "$run" vmid)-"*.sifaka.json; do
		[ ! -f "$beside" ] || [ -e "${beside%.sifaka.json}" ] || rm -f "$beside"
	done
}

# Reads a file once: $1 is its digest's place, $2 the file, $3 what was read of others before, $4 all of them together.
digest_into() {
	sha256sum <"$2" >"$1" 9>&- &
	child=$!
	echo "read $3 $4 $child" >"$run/phase"
	await_child || return 1
	[ ! -f "$run/cancelled" ] || return 1
}

digest_archive() {
	digest_into "$run/digest" "$path" 0 "$size" || return 1
	read -r digest _ <"$run/digest"
	[ "$(stat -L -c %s "$path")" = "$size" ] || {
		reason=changed
		return 1
	}
	echo "file $size $digest $archive" >"$run/files"
}

# A guest that nobody backs up any more and that is still locked for it: every later backup would be refused. Proxmox takes
# such locks away itself when it boots (PVE/API2/Nodes.pm, startall). What an agent does of this it also tells of.
unlock_guest() {
	[ "$(field "$run" by)" = operator ] || return 0
	unlock_id=$(field "$run" vmid)
	! guest_is_dumped "$unlock_id" || return 0
	unlock_kind=qemu-server unlock_tool=qm
	[ "$(field "$run" type)" = qemu ] || unlock_kind=lxc unlock_tool=pct
	sed '/^\[/,$d' "/etc/pve/$unlock_kind/$unlock_id.conf" 2>/dev/null | grep -q '^lock: *backup$' || return 0
	"$unlock_tool" unlock "$unlock_id" >>"$run/log" 2>&1 9>&- || :
}

# The last word: it is on the disk whole, or there is none. The job's own log goes before it.
finish() {
	[ "$reason" != cut-off ] || unlock_guest
	flush "$run/log"
	{
		echo "state $1"
		echo "ended $(date +%s)"
		[ -z "$reason" ] || echo "reason $reason"
		if [ -f "$run/dumped" ]; then
			echo "dumped $(line_of "$run/dumped")"
		fi
		if [ -n "$archive" ] && [ -n "$path" ]; then
			echo "archive $archive"
			[ -z "$volid" ] || echo "volid $volid"
			echo "path $(printf %s "$path" | encoded)"
			[ -z "$size" ] || echo "size $size"
		fi
		[ "$1" != 'done' ] || cat "$run/files"
	} | put_file "$run/result"
	rm -f "$run/phase"
}
