# This node's guests, and when they are due. What Proxmox is asked is bounded: with a stuck cluster file system it never answers,
# and the timer starts no second agent beside one that waits.

# `qemu 100` for each guest that lives here now. Fails when that cannot be told: no guests is another thing than no answer.
guests_here() {
	guests_qemu=$(timeout 120 qm list 2>/dev/null) || return 1
	guests_lxc=$(timeout 120 pct list 2>/dev/null) || return 1
	# By position: an unnamed guest prints `VM 104`, and whoever has none prints nothing at all, not even a heading.
	printf '%s\n' "$guests_qemu" | awk '$1 ~ /^[1-9][0-9]+$/ && length($1) < 10 { print "qemu", $1 }'
	printf '%s\n' "$guests_lxc" | awk '$1 ~ /^[1-9][0-9]+$/ && length($1) < 10 { print "lxc", $1 }'
}

guest_config() {
	case $1 in
	qemu) timeout 120 qm config "$2" 2>/dev/null ;;
	*) timeout 120 pct config "$2" 2>/dev/null ;;
	esac
}

# `tags: web;prod`, parted by any of PVE's separators (PVE::Tools, split_list).
tags_of() {
	tags_config=$(guest_config "$1" "$2") || return 1
	printf '%s\n' "$tags_config" | sed -n 's/^tags: *//p' | head -n 1 | tr ';,\t' '   '
}

# Once for all guests, since it takes most of a second; what is looked up for one guest is forgotten with its subshell.
ask_for_pools() {
	pool_answer=
	case $excludes$selectors in
	*pool:*) pool_answer=$(timeout 120 pvesh get /cluster/resources --output-format json 2>/dev/null) || pool_answer= ;;
	esac
}

# Of `pvesh get /cluster/resources`: one line of objects, in which no name can have a brace or a quote.
pool_of() {
	[ -n "$pool_answer" ] || return 1
	printf '%s\n' "$pool_answer" | sed 's/},{/\n/g' | grep -E "\"vmid\":$1([,}]|\$)" |
		sed -n 's/.*"pool":"\([A-Za-z0-9_.+-]*\)".*/\1/p' | head -n 1
}

# Of a guest's file: $1 qemu-100, $2 its word.
kept() {
	sed -n "s/^$2 //p" "$agent/guests/$1" 2>/dev/null | head -n 1
}

# Sets one word; the others stay. An empty value takes it away.
keep() {
	keep_file=$agent/guests/$1
	{
		[ ! -f "$keep_file" ] || grep -v "^$2 " "$keep_file" || :
		[ -z "$3" ] || echo "$2 $3"
	} | put_file "$keep_file"
}

# Seconds east of Greenwich at a point of time, by the clocks of the zone.
offset_at() {
	offset=$(TZ=$zone date -d "@$1" +%z)
	offset_sign=${offset%????}
	offset=${offset#?}
	offset_minutes=${offset#??}
	offset=${offset%??}
	echo "$offset_sign$((${offset#0} * 3600 + ${offset_minutes#0} * 60))"
}

# The point of time that clocks of the zone show as $1 (its seconds since 1970, were it Greenwich). One that comes twice is
# the first of them; one that is skipped is as much later. As shared/zoned-time.ts has it.
moment_of() {
	moment_before=$(offset_at "$(($1 - 129600))")
	moment=$(($1 - moment_before))
	moment_after=$(offset_at "$moment")
	if [ "$moment_after" -ne "$moment_before" ]; then
		moment_other=$(($1 - moment_after))
		[ "$(offset_at "$moment_other")" -ne "$moment_after" ] || moment=$moment_other
	fi
	echo "$moment"
}

# The last time up to $3 that a schedule was due: $1 is HH:MM, $2 its days.
last_due() {
	due_now=$(($3 + $(offset_at "$3")))
	due_midnight=$((due_now - due_now % 86400))
	due_hour=${1%:*}
	due_minute=${1#*:}
	due_at=$((${due_hour#0} * 3600 + ${due_minute#0} * 60))
	for due_back in -1 0 1 2 3 4 5 6 7 8; do
		due_day=$((due_midnight - due_back * 86400))
		# 1970-01-01 was a Thursday.
		case $(((due_day / 86400 + 4) % 7)) in
		0) due_name=sun ;; 1) due_name=mon ;; 2) due_name=tue ;; 3) due_name=wed ;; 4) due_name=thu ;; 5) due_name=fri ;;
		*) due_name=sat ;;
		esac
		case ,$2, in
		,\*, | *,$due_name,*) ;;
		*) continue ;;
		esac
		due_moment=$(moment_of "$((due_day + due_at))")
		if [ "$due_moment" -le "$3" ]; then
			echo "$due_moment"
			return
		fi
	done
}

most_tries=3

# Whether a guest of rule $2 is to be backed up now ($3): its schedule has passed since its last success, and it was not
# tried too often since. One that was never backed up counts from when it was seen first.
is_due() {
	is_due_schedule=$(printf %s "$schedules" | awk -v number="$2" '$1 == number { print $2, $3 }')
	[ -n "$is_due_schedule" ] || return 1
	[ -z "$(kept "$1" run)" ] || return 0
	is_due_since=$(kept "$1" success)
	is_due_since=${is_due_since:-$(kept "$1" seen)}
	# The clock was ahead then: nothing is known of when that was.
	[ "${is_due_since:-0}" -le "$3" ] || is_due_since=0
	is_due_last=$(last_due "${is_due_schedule% *}" "${is_due_schedule#* }" "$3")
	[ -n "$is_due_last" ] && [ "$is_due_last" -gt "${is_due_since:-0}" ] || return 1
	is_due_tried=$(kept "$1" tried)
	[ -n "$is_due_tried" ] || return 0
	# Of an earlier night.
	[ "${is_due_tried% *}" -ge "$is_due_last" ] && [ "${is_due_tried% *}" -le "$3" ] || return 0
	[ "${is_due_tried#* }" -lt "$most_tries" ]
}
