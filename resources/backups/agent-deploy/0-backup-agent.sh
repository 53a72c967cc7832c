# What a deploy of the backup agent is called, needs and may write: its own five files, and nothing else.
purpose=backup-agent
title='backup agent'
needed=
own_timer=sifaka-backup-agent.timer
# What others have put there before, by the names that their scripts gave it.
older_units='backup_agent.timer backup_agent.service'

is_own_place() {
	case $1 in
	/usr/local/lib/sifaka/backup-agent | /etc/sifaka/backup-agent.conf | \
		/etc/systemd/system/sifaka-backup-agent.service | /etc/systemd/system/sifaka-backup-agent.timer | \
		/etc/systemd/system/timers.target.d/sifaka-backup-agent.conf) ;;
	*) return 1 ;;
	esac
}

# It has no links. Whether its timer ran, and what an older agent's units were.
live_now() {
	for live_unit in $own_timer $older_units; do
		live_enabled=$(systemctl is-enabled "$live_unit" 2>/dev/null) || :
		live_active=$(systemctl is-active "$live_unit" 2>/dev/null) || :
		echo "unit $live_unit ${live_enabled:--} ${live_active:--}"
	done
}

# A timer that is stopped after its file is gone would be a failed one.
stop_own() {
	timeout 60 systemctl stop "$own_timer" </dev/null 2>/dev/null || ! systemctl is-active --quiet "$own_timer" || return 1
	systemctl reset-failed "$own_timer" "${own_timer%.timer}.service" </dev/null 2>/dev/null || :
}

# A backup that an older agent makes in this moment is not ended: its service is only not started again.
take_live() {
	[ -f "/etc/systemd/system/$own_timer" ] || stop_own || return 1
	patiently 60 systemctl daemon-reload || return 1
	[ -f "/etc/systemd/system/$own_timer" ] || return 0
	for live_unit in $older_units; do
		[ -n "$(systemctl list-unit-files --no-legend --plain "$live_unit" 2>/dev/null)" ] || continue
		case $live_unit in
		*.timer) patiently 60 systemctl stop "$live_unit" || return 1 ;;
		esac
		# `static`: nothing enables it but its timer.
		case $(systemctl is-enabled "$live_unit" 2>/dev/null || :) in
		enabled | enabled-runtime | linked | linked-runtime) patiently 60 systemctl disable "$live_unit" || return 1 ;;
		esac
	done
	patiently 60 systemctl restart "$own_timer"
}

restore_live() {
	grep -q "^unit $own_timer [^ ]* active" "$armed/live" || stop_own || :
	timeout 60 systemctl daemon-reload </dev/null || :
	# While the system still comes up, what is started waits for its turn.
	waits=
	[ "$1" != boot ] || waits=--no-block
	for _ in 1 2 3; do
		while read -r _ live_unit live_enabled live_active; do
			case $live_enabled in
			enabled) timeout 60 systemctl --quiet enable "$live_unit" </dev/null || : ;;
			esac
			# shellcheck disable=SC2086 # no word when it is empty
			case $live_unit/$live_active in
			*.timer/active) timeout 60 systemctl $waits start "$live_unit" </dev/null || : ;;
			esac
		done <"$armed/live"
		[ "$1" != boot ] || return 0
		[ "$(live_now | comparable)" != "$(comparable <"$armed/live")" ] || return 0
		sleep 1
	done
	return 1
}

# A service that was at work may have ended meanwhile.
comparable() {
	grep -v '^unit [^ ]*\.service ' || :
}
