# What a deploy of the bridge is called, needs and may write.
purpose=bridge
title=bridge
needed='udevadm ifreload ip'

is_own_place() {
	case $1 in
	/etc/network/interfaces.d/?* | /etc/systemd/network/?* | /etc/systemd/system/?* | /etc/udev/rules.d/?* | \
		/etc/modules-load.d/?* | /etc/sysctl.d/?* | /usr/local/sbin/?* | /usr/local/lib/?*) ;;
	*) return 1 ;;
	esac
}

live_now() {
	links_now
}

take_live() {
	patiently 30 udevadm control --reload || return 1
	patiently 60 systemctl daemon-reload || return 1
	patiently 120 ifreload -a
}

restore_live() {
	# Before udev runs, asking it waits for a minute.
	! systemctl is-active --quiet systemd-udevd.service || timeout 30 udevadm control --reload || :
	timeout 60 systemctl daemon-reload </dev/null || :
	# Before the network came up there is nothing to bring back: it will come up with the old files.
	if [ "$1" = boot ] && ! systemctl is-active --quiet networking.service; then
		return 0
	fi
	for _ in 1 2 3; do
		# Another one that was ended in the middle may still be at it.
		! timeout -k 5 120 ifreload -a </dev/null || break
		sleep 1
	done
	for _ in 1 2 3 4 5; do
		bring_links_back
		udevadm settle --timeout=5 </dev/null || :
		! links_are_as_before || return 0
		sleep 1
	done
	return 1
}
