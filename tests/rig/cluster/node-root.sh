#!/bin/sh
# What a node's root has beyond Debian's packages; mmdebstrap runs it when the packages are in.
# usage: node-root.sh ROOT
set -eu

root=$1

# Every node gets its own when it is made.
: >"$root/etc/machine-id"
: >"$root/etc/hostname"
: >"$root/etc/resolv.conf"
rm -f "$root/var/lib/dbus/machine-id" "$root"/etc/ssh/ssh_host_*

# Nothing that a node of the rig needs, and seconds each; a console there is not. Nor anybody to ask for a password: each
# such path unit takes an inotify descriptor, of which all of root's programs have 128.
systemctl --root="$root" --quiet mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
    e2scrub_reap.service fstrim.timer getty@tty1.service console-getty.service systemd-pstore.service \
    systemd-timesyncd.service systemd-ask-password-console.path systemd-ask-password-wall.path

# The kernel tells every node of this machine's own devices, and /sys is writable from a node: only network devices,
# which are each node's own, are brought up by its udev, at boot and later.
mkdir -p "$root/usr/lib/systemd/system/systemd-udev-trigger.service.d"
cat >"$root/usr/lib/systemd/system/systemd-udev-trigger.service.d/rig.conf" <<'UNIT'
[Service]
ExecStart=
ExecStart=-udevadm trigger --type=devices --action=add --subsystem-match=net
UNIT
for file in "$root"/usr/lib/udev/rules.d/*.rules; do
    case ${file##*/} in
    50-udev-default.rules | 73-special-net-names.rules | 75-net-description.rules | 80-net-setup-link.rules | 99-systemd.rules) ;;
    *) rm "$file" ;;
    esac
done

# A veth pair lies at no PCI path: it gets the one that the port of its name has in the nodes that this stands for.
cat >"$root/usr/lib/udev/rules.d/76-rig-thunderbolt.rules" <<'RULES'
SUBSYSTEM=="net", KERNEL=="thunderbolt0", ENV{ID_PATH}="pci-0000:00:0d.2"
SUBSYSTEM=="net", KERNEL=="thunderbolt1", ENV{ID_PATH}="pci-0000:00:0d.3"
RULES

mkdir -p "$root/usr/lib/sifaka-rig"
cat >"$root/usr/lib/sifaka-rig/init" <<'INIT'
#!/bin/sh
# Starts a node's systemd.
set -eu

# systemd subscribes to udev's events only where it finds udev when it starts; in a container it looks for udev's socket.
mkdir -p /run/udev
: >/run/udev/control

# /proc and /sys have to be writable for udevd, and most of what is in them belongs to the whole machine: what is not the
# node's own network can be read only.
seal() {
    mount --rbind "$1" "$1"
    mount -o remount,bind,ro "$1"
}
mount --make-rprivate /
mkdir /run/rig-net /run/rig-sys-net
mount --bind /proc/sys/net /run/rig-net
mount --bind /sys/devices/virtual/net /run/rig-sys-net
for folder in /proc/sys /sys/devices /sys/block /sys/bus /sys/firmware /sys/kernel /sys/module /sys/power; do
    if [ -d "$folder" ]; then seal "$folder"; fi
done
mount --bind /run/rig-net /proc/sys/net
mount --bind /run/rig-sys-net /sys/devices/virtual/net
umount /run/rig-net /run/rig-sys-net
rmdir /run/rig-net /run/rig-sys-net
mount --make-rshared /

exec /lib/systemd/systemd
INIT
chmod 0755 "$root/usr/lib/sifaka-rig/init"

# A container has its machine's clock. What a script reads of it is what `date` says, and that can be wrong here.
mv "$root/usr/bin/date" "$root/usr/lib/sifaka-rig/date"
cat >"$root/usr/bin/date" <<'DATE'
#!/bin/sh
offset=
[ ! -f /etc/rig-clock ] || read -r offset </etc/rig-clock
[ -z "$offset" ] || exec faketime -f "$offset" /usr/lib/sifaka-rig/date "$@"
exec /usr/lib/sifaka-rig/date "$@"
DATE
chmod 0755 "$root/usr/bin/date"
