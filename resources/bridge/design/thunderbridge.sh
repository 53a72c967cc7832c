#!/bin/sh
# Makes the bridge over Thunderbolt and takes ports into it. Changes only what differs, so it may run at any time.
#
# usage: thunderbridge make BRIDGE MTU STP FORWARD_DELAY
#            makes the bridge unless it is there; STP is on or off, FORWARD_DELAY in seconds
#        thunderbridge enlist BRIDGE MTU PORT...
#            takes each port that is there into the bridge, with this MTU, and starts it; one that is absent is left out
set -eu

say() {
    printf 'thunderbridge: %s\n' "$*"
}

refuse() {
    say "$*" >&2
    exit 2
}

is_link() {
    [ -e "/sys/class/net/$1" ]
}

mtu_of() {
    cat "/sys/class/net/$1/mtu"
}

# A name or a number could come from a file that somebody edited by hand.
check_name() {
    case $1 in
    '' | -* | . | .. | *[!A-Za-z0-9._-]*) refuse "$1 is not a name for an interface" ;;
    *) ;;
    esac
}

check_number() {
    case $1 in
    '' | *[!0-9]* | ??????*) refuse "$1 is not a number that fits here" ;;
    *) ;;
    esac
}

# The bridge keeps an MTU that it was given by `ip link set`; one that it was made with, or took from its ports, it loses
# when a port with a smaller one joins.
set_mtu() {
    if [ "$(mtu_of "$1")" != "$2" ]; then
        ip link set dev "$1" mtu "$2"
    fi
}

make() {
    bridge=$1 mtu=$2 stp=$3 delay=$4
    check_name "$bridge"
    check_number "$mtu"
    check_number "$delay"
    case $stp in
    on) stp=1 ;;
    off) stp=0 ;;
    *) refuse "STP is on or off, not $stp" ;;
    esac
    if ! is_link "$bridge"; then
        # The kernel counts in hundredths of a second. With STP it is on before the first port is in: a ring without it
        # is full of frames at once, and switching it on then does not help for a long time.
        ip link add name "$bridge" type bridge stp_state "$stp" forward_delay "$((delay * 100))"
        # Of the same value nothing would be kept.
        ip link set dev "$bridge" mtu "$((mtu - 1))"
    fi
    set_mtu "$bridge" "$mtu"
    ip link set dev "$bridge" up
}

is_in() {
    [ -e "/sys/class/net/$1/master" ] && [ "$(basename "$(readlink "/sys/class/net/$1/master")")" = "$2" ]
}

# Fails when the port is there and could not be taken in; whoever unplugs it meanwhile has nothing to complain of.
enlist_one() {
    port=$1
    if ! is_link "$port"; then
        say "$port is not there; it is taken into $bridge when it is plugged in"
        return 0
    fi
    # Before it joins: from its first frame on the port must carry what the bridge sends.
    if set_mtu "$port" "$mtu" && { is_in "$port" "$bridge" || ip link set dev "$port" master "$bridge"; } &&
        ip link set dev "$port" up; then
        return 0
    fi
    ! is_link "$port"
}

enlist() {
    bridge=$1 mtu=$2
    shift 2
    check_number "$mtu"
    for name in "$bridge" "$@"; do
        check_name "$name"
    done
    if ! is_link "$bridge"; then
        say "$bridge is not there; it takes its ports when it is made"
        return 0
    fi
    set_mtu "$bridge" "$mtu"
    failed=0
    for port in "$@"; do
        enlist_one "$port" || failed=1
    done
    return "$failed"
}

case ${1-} in
make)
    [ "$#" -eq 5 ] || refuse 'make needs BRIDGE MTU STP FORWARD_DELAY'
    shift
    make "$@"
    ;;
enlist)
    [ "$#" -ge 4 ] || refuse 'enlist needs BRIDGE MTU and ports'
    shift
    enlist "$@"
    ;;
*) refuse 'usage: thunderbridge make BRIDGE MTU STP FORWARD_DELAY | enlist BRIDGE MTU PORT...' ;;
esac
