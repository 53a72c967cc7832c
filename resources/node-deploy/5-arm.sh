# Arming: what the deploy is and how things were, on the disk, under one name, with the timer set. It comes on stdin, a line
# for each thing, no field with a blank in it: `program|design|who|link|file|content …`, and `end`.

arm() {
	id=$1
	window=$2
	for tool in systemd-run systemctl $needed base64 sha256sum timeout stat sync; do
		command -v "$tool" >/dev/null || answer unprepared "$tool"
	done
	# Behind a link it may be on a disk that a boot has too late, or in somebody else's folder.
	for place in /var/lib/sifaka "$state"; do
		if [ -L "$place" ]; then
			echo "$place is a link, and what a deploy keeps may not lie behind one" >&2
			answer failed
		fi
	done
	make_folder 0755 /var/lib/sifaka
	make_folder 0700 "$state"
	# Nothing but the rename below makes it; what has no id was made by a hand or by a broken disk, and nobody settles it.
	if [ -z "$(line_of "$armed/deploy")" ] && { [ -e "$armed" ] || [ -L "$armed" ]; }; then
		echo "$armed is there and is no deploy: look at it, and move it away" >&2
		answer failed
	fi
	if [ -d "$armed" ]; then
		heal "$id"
		answer taken
	fi
	remove_dead_attempts
	arming=$state/arming-$$-$id
	trap 'give_up; exit 1' TERM HUP INT
	mkdir "$arming" "$arming/content"
	if ! receive; then
		rm -rf "$arming"
		answer "${refusal:-not-received}"
	fi
	if ! { keep_state && write_boot_unit && start_timer "$id" "$window"; }; then
		give_up
		answer failed
	fi
	# From here on it goes back by itself, whatever becomes of this program.
	if ! mv -T "$arming" "$armed" 2>/dev/null; then
		give_up
		answer taken
	fi
	flush "$state"
	# Again, now that it is ours: the deploy before it may have removed the unit in between.
	if write_boot_unit; then
		make_folder 0700 "$logs"
		rm -f "$logs/log" "$logs/tries"
		answer armed
	fi
	decide restoring-failed || :
	finish_restore
	answer failed
}

# Whoever is armed by now, this one or another operator's, keeps what belongs to it.
give_up() {
	rm -rf "$arming"
	[ -d "$armed" ] || remove_boot_unit
	is_armed_with "$id" || stop_unit "$(settler_of "$id").timer"
}

keep_state() {
	printf '%s\n' "$id" >"$arming/deploy" &&
		printf '%s\n' "$window" >"$arming/window" &&
		boot_id >"$arming/boot" &&
		echo "$(($(uptime_seconds) + window))" >"$arming/deadline" &&
		: >"$arming/phase-armed" &&
		: >"$arming/undecided" &&
		: >"$arming/content/0" &&
		flush "$arming"/* "$arming"/content/* "$arming"
}

# What an arming left whose program was ended in the middle.
remove_dead_attempts() {
	for attempt in "$state"/arming-*; do
		[ -d "$attempt" ] || continue
		attempt_process=${attempt#"$state/arming-"}
		[ -d "/proc/${attempt_process%%-*}" ] || rm -rf "$attempt"
	done
}

receive() {
	refusal=
	index=0
	: >"$arming/files"
	: >"$arming/folders.all"
	: >"$arming/links"
	printf 'sifaka.%s-deployed/1\ndeploy %s\n' "$purpose" "$id" >"$arming/deployed"
	while read -r word a b c d e f g; do
		case $word in
		program) printf %s "$a" | base64 -d >"$arming/program" || return 1 ;;
		who) printf %s "$a" | base64 -d | head -c 200 >"$arming/who" || return 1 ;;
		design) printf 'design %s\ndigest %s\n' "$a" "$b" >>"$arming/deployed" || return 1 ;;
		link)
			case $a in
			'' | *[!A-Za-z0-9._-]* | [._-]* | ????????????????*) return 1 ;;
			esac
			printf '%s\n' "$a" >>"$arming/links" || return 1
			;;
		file) receive_file "$a" "$b" "$c" "$d" "$e" "$f" "$g" || return 1 ;;
		content)
			printf %s "$a" | base64 -d >"$arming/content/$index" || return 1
			[ "$(digest_of "$arming/content/$index")" = "$sha" ] || return 1
			;;
		end)
			while read -r index action _; do
				case $action in
				create | replace) [ -f "$arming/content/$index" ] || return 1 ;;
				esac
			done <"$arming/files"
			awk '!seen[$0]++' "$arming/folders.all" >"$arming/folders" || return 1
			rm -f "$arming/folders.all"
			live_now <"$arming/links" >"$arming/live" || return 1
			return 0
			;;
		*) return 1 ;;
		esac
	done
	return 1
}

# ACTION PATH OWNER GROUP MODE SHA256 OLD-SHA256; `-` where there is none.
receive_file() {
	action=$1 path=$2 owner=$3 group=$4 mode=$5 sha=$6 oldsha=$7
	index=$((index + 1))
	refusal="refused $index"
	[ "$index" -le 600 ] || return 1
	is_allowed "$path" || return 1
	missing_folders "$path" >>"$arming/folders.all" || return 1
	found=$(digest_now "$path") || return 1
	refusal="differs $index"
	[ "$found" = "$oldsha" ] || return 1
	refusal="refused $index"
	case $action in
	create) [ "$oldsha" = - ] || return 1 ;;
	replace | keep) [ "$oldsha" != - ] || return 1 ;;
	remove) [ "$oldsha" != - ] && [ "$sha" = - ] || return 1 ;;
	*) return 1 ;;
	esac
	if [ "$action" != remove ]; then
		case $mode in
		[0-7][0-7][0-7][0-7]) ;;
		*) return 1 ;;
		esac
		chown_works "$owner" "$group" || return 1
		printf 'file %s %s %s %s %s\n' "$mode" "$owner" "$group" "$sha" "$path" >>"$arming/deployed" || return 1
	fi
	printf '%s %s %s %s %s %s %s %s\n' "$index" "$action" "$path" "$owner" "$group" "$mode" "$sha" "$oldsha" \
		>>"$arming/files" || return 1
	refusal=
}

# Tried once for each owner, not for each file.
chown_works() {
	[ "$1:$2" != "${owner_works:-}" ] || return 0
	case $1$2 in
	*[!a-z0-9_-]* | -*) return 1 ;;
	esac
	: >"$arming/owned" && chown "$1:$2" "$arming/owned" && rm -f "$arming/owned" && owner_works=$1:$2
}
