# Links: the bridge and its ports, and no others, since a guest may come or go on another bridge at any moment.

# STP first: a forward delay of 0 is taken without it alone. Some kernels have not all of these.
bridge_attributes='stp_state forward_delay hello_time max_age priority ageing_time vlan_filtering multicast_snooping'

links_now() {
	while read -r name; do
		net=/sys/class/net/$name
		if [ ! -e "$net/ifindex" ]; then
			echo "link $name absent"
			continue
		fi
		kind=other
		[ ! -d "$net/bridge" ] || kind=bridge
		master=-
		if [ -L "$net/master" ]; then
			master=$(readlink "$net/master")
			master=${master##*/}
		fi
		flags=0 mtu=-
		read -r flags <"$net/flags" || :
		read -r mtu <"$net/mtu" || :
		echo "link $name $kind $mtu $((flags & 1)) $master"
		if [ "$kind" = bridge ]; then
			for attribute in $bridge_attributes; do
				# While the spanning tree changes the kernel shows a shorter one, which is not the bridge's own.
				[ "$attribute" != ageing_time ] || [ "$(line_of "$net/bridge/topology_change")" = 0 ] || continue
				! is_root_s "$attribute" || is_root_bridge "$name" || continue
				attribute_now bridge "$name" "$attribute" "$net/bridge/$attribute"
			done
		fi
		attribute_now port "$name" cost "$net/brport/path_cost"
		attribute_now port "$name" priority "$net/brport/priority"
		addresses_now "$name"
	done
}

# Read by the shell itself: a node that is armed has dozens of these, and each program started costs more than it reads.
attribute_now() {
	[ -f "$4" ] || return 0
	attribute_value=
	read -r attribute_value <"$4" || :
	echo "$1 $2 $3 $attribute_value"
}

# Those that somebody has given it: neither a lease, which its client looks after, nor the kernel's own.
addresses_now() {
	ip -o address show dev "$1" 2>/dev/null | while read -r _ _ family address rest; do
		case " $rest" in
		*" dynamic "* | *" peer "*) continue ;;
		esac
		case $family/$address in
		inet6/fe80:*) ;;
		inet/* | inet6/*) echo "address $1 $family $address" ;;
		esac
	done
}

# A link that is gone (its cable is out), or came while this ran, is none that a file brings back or takes away. The
# ageing time is not always to be seen, nor is what the root says.
comparable() {
	while read -r word name rest; do
		if [ "$word" = bridge ]; then
			attribute=${rest%% *}
			[ "$attribute" != ageing_time ] || continue
			! is_root_s "$attribute" || is_root_bridge "$name" || continue
		fi
		now=absent
		[ ! -e "/sys/class/net/$name/ifindex" ] || now=other
		[ ! -d "/sys/class/net/$name/bridge" ] || now=bridge
		was=$(kind_before "$name")
		case $was/$now in
		other/absent | absent/other) continue ;;
		esac
		echo "$word $name $rest"
	done
}

# Of these the kernel shows the root's, and not what a bridge has itself: setting that would be another's for good.
is_root_s() {
	case $1 in
	forward_delay | hello_time | max_age) ;;
	*) return 1 ;;
	esac
}

# One without STP has nobody above it.
is_root_bridge() {
	[ "$(line_of "/sys/class/net/$1/bridge/root_id")" = "$(line_of "/sys/class/net/$1/bridge/bridge_id")" ]
}

kind_before() {
	awk -v name="$1" '$1 == "link" && $2 == name { print $3 }' "$armed/live"
}

links_are_as_before() {
	[ "$(comparable <"$armed/live" | sort)" = "$(links_now <"$armed/links" | comparable | sort)" ]
}

# One attempt; what cannot be done is tried again by the caller, who compares.
bring_links_back() {
	while read -r word name kind _; do
		[ "$word" = link ] || continue
		if [ "$kind" = absent ] && [ -d "/sys/class/net/$name/bridge" ]; then
			ip link delete dev "$name" || :
		elif [ "$kind" = bridge ] && [ ! -e "/sys/class/net/$name/ifindex" ]; then
			ip link add name "$name" type bridge || :
		fi
	done <"$armed/live"
	while read -r word name a b _ d; do
		[ -e "/sys/class/net/$name/ifindex" ] || continue
		case $word in
		bridge)
			! is_root_s "$a" && [ "$(cat "/sys/class/net/$name/bridge/$a")" = "$b" ] ||
				ip link set dev "$name" type bridge "$(option_of "$a")" "$b" || :
			;;
		link)
			[ "$a" != absent ] || continue
			if [ "$d" = - ]; then
				[ ! -L "/sys/class/net/$name/master" ] || ip link set dev "$name" nomaster || :
			elif [ "$(basename "$(readlink "/sys/class/net/$name/master" || :)")" != "$d" ]; then
				ip link set dev "$name" master "$d" || :
			fi
			;;
		esac
	done <"$armed/live"
	# The bridge follows its ports' MTU until it is given one, so it comes after them.
	for pass in other bridge; do
		while read -r word name kind mtu up _; do
			[ "$word/$kind" = "link/$pass" ] || continue
			[ -e "/sys/class/net/$name/ifindex" ] || continue
			[ "$(cat "/sys/class/net/$name/mtu")" = "$mtu" ] || ip link set dev "$name" mtu "$mtu" || :
			flags=$(cat "/sys/class/net/$name/flags")
			if [ "$((flags & 1))" != "$up" ]; then
				if [ "$up" = 1 ]; then ip link set dev "$name" up || :; else ip link set dev "$name" down || :; fi
			fi
		done <"$armed/live"
	done
	while read -r word name option value _; do
		[ "$word" != port ] || [ ! -d "/sys/class/net/$name/brport" ] ||
			links_of "$name" | grep -qxF "port $name $option $value" ||
			ip link set dev "$name" type bridge_slave "$option" "$value" || :
	done <"$armed/live"
	bring_addresses_back
}

# iproute2 has another word than sysfs for one of them.
option_of() {
	case $1 in
	multicast_snooping) echo mcast_snooping ;;
	*) echo "$1" ;;
	esac
}

links_of() {
	echo "$1" | links_now
}

bring_addresses_back() {
	while read -r name; do
		case $(kind_before "$name") in
		bridge | other) ;;
		*) continue ;;
		esac
		[ -e "/sys/class/net/$name/ifindex" ] || continue
		addresses_now "$name" | while read -r line; do
			grep -qxF "$line" "$armed/live" || ip address delete "${line##* }" dev "$name" || :
		done
		awk -v name="$name" '$1 == "address" && $2 == name' "$armed/live" | while read -r line; do
			addresses_now "$name" | grep -qxF "$line" || ip address add "${line##* }" brd + dev "$name" 2>/dev/null ||
				ip address add "${line##* }" dev "$name" || :
		done
	done <"$armed/links"
}
