# systemd: a timer and two transient units that carry the deploy's id, so that nothing of one deploy ends another's, and
# one unit on the disk for a boot while a deploy is armed. That one is there only as long.

settler_of() {
	echo "sifaka-$purpose-settle-$1"
}

applier_of() {
	echo "sifaka-$purpose-apply-$1"
}

# What the units run: the program, wherever it is by now. Whoever settles a deploy may be ended after it was given its last
# name and before the rest was done; then the one that systemd starts again tidies up, and has nothing to do at the end.
# It is a file since a reload reads a transient unit from what systemd wrote of it, and not every quote and dollar comes
# through that.
write_settler() {
	make_folder 0700 "$logs" || return 1
	cat >"$logs/settle.$$" <<SETTLE || return 1
for place in $armed $state/ended $rolledback; do
	[ ! -f \$place/program ] || exec /bin/sh \$place/program settle "\$@"
done
SETTLE
	mv -fT "$logs/settle.$$" "$logs/settle"
}

# CLOCK_MONOTONIC: setting the clock moves nothing. What ifreload starts (a DHCP client) outlives the unit, hence KillMode.
# It is set before the node is armed, and does nothing when that did not come about.
start_timer() {
	write_settler || return 1
	timeout 30 systemd-run --quiet --collect --unit="$(settler_of "$1")" \
		--description="Take back a $title deploy unless it is confirmed" \
		--on-active="$2" --timer-property=AccuracySec=100ms \
		--property=Type=oneshot --property=KillMode=process --property=TimeoutStartSec=300 \
		--property=Restart=on-failure --property=RestartSec=5 --property=StartLimitIntervalSec=0 \
		/bin/sh "$logs/settle" "$1" timeout </dev/null >/dev/null 2>&1
}

start_applier() {
	timeout 30 systemd-run --quiet --collect --unit="$(applier_of "$1")" \
		--description="Put a $title deploy in place" \
		--property=Type=exec --property=KillMode=process --property=TimeoutStopSec=15 \
		/bin/sh "$armed/program" apply-now "$1" </dev/null >/dev/null 2>&1
}

# Detached, so that the end of this session does not stop it; systemd runs it once, however often it is asked for.
start_settler() {
	timeout 30 systemctl start --no-block "$(settler_of "$1").service" </dev/null >/dev/null 2>&1 || {
		write_settler || return 1
		timeout 30 systemd-run --quiet --collect --no-block --unit="$(settler_of "$1")-again" \
			--property=Type=oneshot --property=KillMode=process --property=TimeoutStartSec=300 \
			--property=Restart=on-failure --property=RestartSec=5 --property=StartLimitIntervalSec=0 \
			/bin/sh "$logs/settle" "$1" asked </dev/null >/dev/null 2>&1
	}
}

applier_state() {
	systemctl show --property=ActiveState --value "$(applier_of "$1").service" 2>/dev/null || echo unknown
}

is_settling() {
	for unit in "$(settler_of "$1").service" "$(settler_of "$1")-again.service" "$(applier_of "$1").service" \
		"sifaka-$purpose-boot.service"; do
		case $(systemctl show --property=ActiveState --value "$unit" 2>/dev/null) in
		active | activating | reloading) return 0 ;;
		esac
	done
	return 1
}

stop_unit() {
	timeout 60 systemctl stop "$1" </dev/null >/dev/null 2>&1 || :
}

# Before udev, which names links, and before all that brings a network up. Where one of the places is a mount of its own,
# which needs udev itself, it waits for that mount and is still before the network.
boot_unit_text() {
	early='systemd-udevd.service systemd-udev-trigger.service systemd-modules-load.service systemd-sysctl.service '
	mounts=
	for place in /etc /usr/local "$state"; do
		if [ "$(stat -c %d "$place")" != "$(stat -c %d /)" ]; then
			early=
			mounts="RequiresMountsFor=$state /usr/local"
		fi
	done
	cat <<UNIT
[Unit]
Description=Take back a $title deploy that was not confirmed before the boot
DefaultDependencies=no
ConditionPathExists=|$armed
ConditionPathExists=|$rolledback/program
$mounts
After=systemd-remount-fs.service
Before=${early}network-pre.target networking.service systemd-networkd.service sysinit.target shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
ExecStart=/bin/sh -c '[ -f $armed/program ] || exec /bin/sh $rolledback/program settle - boot; exec /bin/sh $armed/program settle - boot'
KillMode=process
TimeoutStartSec=300
Restart=on-failure
RestartSec=5
UNIT
}

boot_unit_is_there() {
	[ -f "$bootunit" ] && [ "$(cat "$bootunit")" = "$(boot_unit_text)" ]
}

write_boot_unit() {
	make_folder 0755 "${bootlink%/*}" || return 1
	if ! boot_unit_is_there; then
		# Two who write it at the same time write the same, and one of them gives it its name.
		{ boot_unit_text >"$bootnew" && chmod 0644 "$bootnew" && flush "$bootnew" && mv -fT "$bootnew" "$bootunit"; } ||
			boot_unit_is_there || return 1
	fi
	[ -L "$bootlink" ] || ln -sT "../sifaka-$purpose-boot.service" "$bootlink" 2>/dev/null || [ -L "$bootlink" ] || return 1
	flush "${bootunit%/*}" "${bootlink%/*}"
}

# Another operator may arm in the same moment: whoever is later sees the other, and the unit stays. When it is this unit
# that runs ($1 is `boot`), systemd still needs it: what comes after it would not wait for its end.
remove_boot_unit() {
	rm -f "$bootlink" "$bootunit" "$bootnew"
	if [ -d "$armed" ]; then
		write_boot_unit
	elif [ "${1:-}" != boot ]; then
		timeout 30 systemctl daemon-reload </dev/null >/dev/null 2>&1 || :
	fi
}

# Of a unit that only the new files have, once they go. One that the node has elsewhere too was there before, and goes on:
# it may be the very sshd that the node is reached by.
stop_created_units() {
	while read -r _ action path _; do
		case $action$path in
		create/etc/systemd/system/*/*) ;;
		create/etc/systemd/system/*.service)
			unit=${path##*/}
			if ! is_unit_elsewhere "$unit"; then
				case $unit in
				*@.service) stop_unit "${unit%@.service}@*.service" ;;
				*) stop_unit "$unit" ;;
				esac
			fi
			;;
		esac
	done <"$armed/files"
}

# As in systemd.unit(5), "System Unit Search Path".
is_unit_elsewhere() {
	for unit_place in /etc/systemd/system.control /run/systemd/system.control /run/systemd/transient \
		/run/systemd/generator.early /run/systemd/system /run/systemd/generator /usr/local/lib/systemd/system \
		/usr/lib/systemd/system /lib/systemd/system /run/systemd/generator.late; do
		if [ -e "$unit_place/$1" ] || [ -L "$unit_place/$1" ]; then
			return 0
		fi
	done
	return 1
}
