#!/bin/sh
# One node while it is on: the first process of its own processes, with sshd. Its end is a power cut.
# usage: node.sh ROOT NAME PORT BOOT-ID
set -eu

root=$1 name=$2 port=$3 boot=$4

read -r pid _ </proc/self/stat
mount --make-rslave /
hostname "$name"
mount -t tmpfs -o mode=755 run "$root/run"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
mount -t tmpfs -o mode=755 dev "$root/dev"
for device in null zero full random urandom tty; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"
mkdir "$root/dev/shm"
mount -t proc proc "$root/proc"
mkdir -p "$root/run/sshd" "$root/run/lock"
# The kernel's own is that of the machine, which did not start with this node.
echo "$boot" >"$root/run/boot_id"
mount --bind "$root/run/boot_id" "$root/proc/sys/kernel/random/boot_id"
# After a start nothing runs.
rm -f "$root/var/lib/pve-rig/cluster/running/$name/"* "$root/var/lib/pve-rig/cluster/online/$name"
: >"$root/var/lib/pve-rig/cluster/online/$name"

echo "$pid"
# shellcheck disable=SC2016 # the words are of the shell in the node
exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 /bin/sh -c '
    while :; do
        # It may be killed by a test, and started again.
        [ -e /run/no-sshd ] || /usr/sbin/sshd -D -e -p "$1" -o ListenAddress=127.0.0.1 -o PidFile=none \
            -o UsePAM=no -o PasswordAuthentication=no -o KbdInteractiveAuthentication=no -o UseDNS=no \
            -o "MaxStartups 200:30:400" -o PrintMotd=no \
            -o "SetEnv PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" &
        # Waits for it, and for what others left to the first process.
        wait
        sleep 0.1
    done' sh "$port"
