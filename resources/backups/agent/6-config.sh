# The agent: makes the backups of this node's guests by their rules, on its own. It is started by its timer, looks what is due,
# and does it guest by guest. It is the program above with these parts, in one file.
#
# /etc/sifaka/backup-agent.conf, written by a deploy; lines of words, never run as anything:
#   sifaka.backup-agent/1
#   version VERSION                     of the Sifaka that wrote it
#   node NAME PVE-CLUSTER               this node, and what its guests' ids are unique in
#   timezone ZONE                       what schedules and days are counted in
#   tests FIRST LAST                    ids of guests that restore tests make: they need no backup
#   exclude SELECTOR                    guests that need no backup
#   rule NAME METHOD MODE STORAGE COMPRESS KIB-PER-SECOND PRUNE PLACE WINDOW-HOURS
#   guests SELECTOR                     of the rule before it; the first rule that a guest fits is its rule
#   schedule HH:MM DAYS                 of the rule before it, `*` or `mon,tue`; without one, only people run the rule
#   target NAME PATH LAB                of the rule before it: a folder here that has the mark of this target and lab, or `- -`
#   end
# /var/lib/sifaka/backups/agent/
#   lock            pid, start time and boot of the agent that is at work
#   last            when it was started last, when that ended, and how
#   guests/TYPE-ID  `seen`, `success` and `tried` in seconds since 1970, and the `run` that is not over
#   copies/RUN      what is still to be copied of a backup
# /var/lib/sifaka/backups/events.jsonl, events.jsonl.1: what it did, a line of JSON each
config=/etc/sifaka/backup-agent.conf
agent=$state/agent
events=$state/events.jsonl
newline='
'

# Reads all of it into words that the rest asks. Fails for anything that is not as above: half a policy is none.
read_config() {
	config_node='' config_cluster='' zone='' version='' rules='' selectors='' schedules='' targets='' excludes=''
	tests_first=0 tests_last=0
	rule_count=0
	config_ended=no
	[ -f "$config" ] && [ ! -L "$config" ] || return 1
	# Whoever may write it decides what root runs.
	case $(stat -c '%u %a' "$config") in
	'0 600' | '0 400' | '0 640' | '0 644') ;;
	*) return 1 ;;
	esac
	read -r config_first <"$config" || return 1
	[ "$config_first" = 'sifaka.backup-agent/1' ] || return 1
	while read -r word a b c d e f g h i rest; do
		[ "$config_ended" = no ] && [ -z "$rest" ] || return 1
		case $word in
		sifaka.backup-agent/1) [ -z "$config_node" ] || return 1 ;;
		version) is_plain "$a" && version=$a || return 1 ;;
		node) is_plain "$a" && is_plain "$b" && config_node=$a && config_cluster=$b || return 1 ;;
		timezone)
			case $a in
			'' | [!A-Za-z]* | *[!A-Za-z0-9_+/-]* | *//*) return 1 ;;
			esac
			zone=$a
			;;
		tests) is_number "$a" && is_number "$b" && tests_first=$a && tests_last=$b || return 1 ;;
		exclude) is_selector "$a" && excludes="$excludes$a$newline" || return 1 ;;
		rule) read_rule "$a" "$b" "$c" "$d" "$e" "$f" "$g" "$h" "$i" || return 1 ;;
		guests) is_selector "$a" && [ "$rule_count" -gt 0 ] && selectors="$selectors$rule_count $a$newline" || return 1 ;;
		schedule)
			case $a in
			[01][0-9]:[0-5][0-9] | 2[0-3]:[0-5][0-9]) ;;
			*) return 1 ;;
			esac
			case $b in
			\*) ;;
			'' | *[!a-z,]*) return 1 ;;
			esac
			[ "$rule_count" -gt 0 ] && schedules="$schedules$rule_count $a $b$newline" || return 1
			;;
		target)
			is_plain "$a" && [ "$rule_count" -gt 0 ] || return 1
			case $b/$c in
			-/-) ;;
			/*/????????-????-????-????-????????????)
				case $b in
				*[!A-Za-z0-9@_.+/-]* | */../* | */.. | *//*) return 1 ;;
				esac
				is_uuid "$c" || return 1
				;;
			*) return 1 ;;
			esac
			targets="$targets$rule_count $a $b $c$newline"
			;;
		end) config_ended=yes ;;
		*) return 1 ;;
		esac
	done <"$config"
	[ "$config_ended" = yes ] && [ -n "$config_node" ] && [ -n "$zone" ]
}

# NAME METHOD MODE STORAGE COMPRESS BWLIMIT PRUNE PLACE WINDOW; what goes into a run is checked again where one is made.
read_rule() {
	is_plain "$1" && is_plain "$4" && is_number "$6" && is_number "$9" || return 1
	case $2/$3/$5 in
	vzdump/snapshot/* | vzdump/suspend/* | vzdump/stop/* | export/snapshot/* | export/suspend/* | export/stop/*) ;;
	*) return 1 ;;
	esac
	case $7 in
	- | keep-*) ;;
	*) return 1 ;;
	esac
	case $8 in
	storage:*[!A-Za-z0-9_./-]* | *..*) return 1 ;;
	storage:*) ;;
	*) return 1 ;;
	esac
	rule_count=$((rule_count + 1))
	rules="$rules$rule_count $*$newline"
}

is_selector() {
	case $1 in
	all) ;;
	node:?* | tag:?* | pool:?*) case ${1#*:} in *[!A-Za-z0-9_.+-]*) return 1 ;; esac ;;
	[1-9]*) case $1 in *[!0-9]*) is_address "$1" ;; esac ;;
	*) is_address "$1" ;;
	esac
}

is_address() {
	case $1 in
	*/*/* | *[!a-z0-9/-]*) return 1 ;;
	?*/[1-9]*) is_number "${1#*/}" ;;
	*) return 1 ;;
	esac
}

# `1 nightly vzdump …` of a rule's number.
rule_line() {
	printf %s "$rules" | awk -v number="$1" '$1 == number'
}

# Which rule counts for a guest: its number, `excluded` or `none`. $1 type, $2 id. As shared/backup-rules.ts has it.
rule_for() {
	if [ "$2" -ge "$tests_first" ] && [ "$2" -le "$tests_last" ]; then
		echo excluded
		return 0
	fi
	rule_tags='' rule_pool=''
	case $excludes$selectors in
	*tag:*) rule_tags=" $(tags_of "$1" "$2") " || return 1 ;;
	esac
	case $excludes$selectors in
	*pool:*) rule_pool=$(pool_of "$2") || return 1 ;;
	esac
	while read -r rule_selector; do
		[ -n "$rule_selector" ] || continue
		if fits "$rule_selector" "$2"; then
			echo excluded
			return 0
		fi
	done <<EXCLUDES
$excludes
EXCLUDES
	while read -r rule_number rule_selector; do
		[ -n "$rule_number" ] || continue
		if fits "$rule_selector" "$2"; then
			echo "$rule_number"
			return 0
		fi
	done <<SELECTORS
$selectors
SELECTORS
	echo none
}

fits() {
	case $1 in
	all | "$2" | "$config_node/$2" | "node:$config_node") return 0 ;;
	tag:*) case $rule_tags in *" ${1#tag:} "*) return 0 ;; esac ;;
	pool:*) [ "${1#pool:}" != "$rule_pool" ] || return 0 ;;
	esac
	return 1
}
