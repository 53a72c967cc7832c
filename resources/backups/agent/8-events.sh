# What the agent tells of what it did: one line of JSON for each thing, kept until there is too much of it. Sifaka collects
# them; each has an id of its own, so that a line that is read or written twice counts once.

# Two files of so many bytes are some thousand backups.
most_of_events=4194304

new_id() {
	cat /proc/sys/kernel/random/uuid
}

# A text that somebody else wrote, as JSON: printable ASCII, bounded.
json_text() {
	printf '"%s"' "$(printf %s "$1" | tr '\n\t' '  ' | tr -dc '\040-\176' | head -c 400 | sed 's/\\/\\\\/g; s/"/\\"/g')"
}

# Appends `{"id":$1,"at":…,"node":…,"event":$2,$3}`. A line that a cut left without an end is ended first.
tell() {
	if [ -f "$events" ] && [ "$(stat -c %s "$events")" -gt "$most_of_events" ]; then
		mv -fT "$events" "$events.1" || return 1
	fi
	[ ! -s "$events" ] || [ -z "$(tail -c 1 "$events")" ] || echo >>"$events"
	printf '{"id":"%s","at":%s,"node":"%s","event":"%s"%s}\n' "$1" "$(date +%s)" "$config_node" "$2" "${3:+,$3}" \
		>>"$events" && flush "$events" "$state"
}

# A run that is over: what people read; and what it was asked, how it ended and what its log says of that, in base64.
# $1 run, $2 TYPE-ID, $3 when it was started, $4 its place, $5 the names of its targets.
tell_backup() {
	tell_run=$runs/$1
	# Not the progress, which is most of it; the end of what is left.
	tell_log=$(grep -v -E '^INFO: +[0-9]+% |^INFO: status: ' "$tell_run/log" 2>/dev/null | tail -c 6000 | encoded)
	tell_targets=
	for tell_target in $5; do
		tell_targets="$tell_targets${tell_targets:+,}\"$tell_target\""
	done
	tell_archive=$(result_of "$1" archive)
	tell_size=$(result_of "$1" size)
	tell_text="\"guest\":\"$2\",\"cluster\":\"$config_cluster\",\"outcome\":\"$(run_state "$1")\""
	tell_text="$tell_text,\"rule\":\"$(field "$tell_run" rule)\",\"place\":\"$4\",\"started\":$3,\"targets\":[$tell_targets]"
	[ -z "$tell_archive" ] || tell_text="$tell_text,\"archive\":$(json_text "$tell_archive")"
	[ -z "$tell_size" ] || tell_text="$tell_text,\"size\":$tell_size"
	tell "$1" backup "$tell_text,\"request\":\"$(encoded <"$tell_run/request")\",\"result\":\"$(encoded <"$tell_run/result")\",\"log\":\"$tell_log\""
}
