#!/bin/sh
# A machine of its own for one command, with a system bus, polkitd and the installed helper, as far as polkit can tell:
#
#   unshare --mount --propagation=slave --pid --fork --mount-proc --kill-child \
#     polkit-world.sh RULES PACKAGE SETUP COMMAND [ARGUMENT...]
#
# RULES    a folder for /etc/polkit-1/rules.d
# PACKAGE  a folder with what the Debian package would bring: org.sifaka.writer.policy, and the folder opt
# SETUP    `polkitd`, or `nothing` for a machine without a system bus
# The command runs as nobody; with its end, processes and mounts are gone.
set -eu
rules=$1 package=$2 setup=$3
shift 3
mount -t tmpfs -o mode=755 sifaka-polkit /run
mkdir -p /run/dbus /run/polkit-1 /run/actions /run/rules /run/opt
cp /usr/share/polkit-1/actions/org.freedesktop.policykit.policy "$package/org.sifaka.writer.policy" /run/actions/
find "$rules" -type f -exec cp {} /run/rules/ ';'
cp -r "$package/opt/." /run/opt/
chown -R 0:0 /run/opt
chmod 755 /run/rules
mount --bind /run/actions /usr/share/polkit-1/actions
mount --bind /run/rules /etc/polkit-1/rules.d
mount --bind /run/opt /opt
echo data > /run/drive
chmod 600 /run/drive
# Tries until it succeeds, for a minute at most.
soon() {
  tries=1200
  until "$@" > /dev/null 2>&1; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { echo "never came true: $*" >&2; exit 1; }
    sleep 0.05
  done
}

if [ "$setup" = polkitd ]; then
  dbus-daemon --system --nofork --nopidfile --nosyslog > /dev/null 2>&1 &
  soon test -S /run/dbus/system_bus_socket
  "$(find /usr/lib/polkit-1/polkitd /usr/libexec/polkitd 2> /dev/null | head -n 1)" --no-debug > /dev/null 2>&1 &
  soon dbus-send --system --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.GetNameOwner \
    string:org.freedesktop.PolicyKit1
fi
setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"
