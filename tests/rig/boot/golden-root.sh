#!/bin/sh
# What the boot proof's golden image has beyond Debian's packages; mmdebstrap runs it at two points with the new root.
# usage: golden-root.sh before-packages|after-packages ROOT
set -eu

step=$1
root=$2

before_packages() {
    # A small initial RAM disk boots faster in an emulator: this image only ever sees virtio disks.
    mkdir -p "$root/etc/initramfs-tools/conf.d" "$root/usr/share/initramfs-tools/modules.d"
    printf 'MODULES=list\nCOMPRESS=zstd\n' >"$root/etc/initramfs-tools/conf.d/golden"
    printf 'virtio_pci\nvirtio_blk\n' >"$root/usr/share/initramfs-tools/modules.d/golden"
}

after_packages() {
    # A stranger's identity: whatever of it a booted node still shows was not replaced by its card.
    echo golden >"$root/etc/hostname"
    printf '127.0.0.1 localhost\n127.0.1.1 golden\n' >"$root/etc/hosts"
    : >"$root/etc/resolv.conf"
    : >"$root/etc/machine-id"
    rm -f "$root/var/lib/dbus/machine-id"
    # The key of the card's own type only; the others cost time at every look at them, and nobody is to have them.
    rm -f "$root"/etc/ssh/ssh_host_rsa_key* "$root"/etc/ssh/ssh_host_ecdsa_key*

    mkdir -p "$root/boot/firmware"
    printf '%s\n' \
        'LABEL=golden-root / ext4 defaults,noatime,errors=remount-ro 0 1' \
        'LABEL=GOLDENBOOT /boot/firmware vfat defaults,umask=0077 0 2' >"$root/etc/fstab"

    # For classes of networkd and netplan. A node of ifupdown masks it on its kernel's command line.
    systemctl --root="$root" enable systemd-networkd.service
    # Nothing the proof asks for, and seconds each in an emulator.
    systemctl --root="$root" mask e2scrub_reap.service e2scrub_all.timer apt-daily.timer apt-daily-upgrade.timer \
        dpkg-db-backup.timer fstrim.timer systemd-timesyncd.service

    mkdir -p "$root/usr/local/bin"
    cat >"$root/usr/local/bin/k3s" <<'K3S'
#!/bin/sh
# Not k3s: it stands where k3s is in a real golden image, writes down how it was started, by which boot and with which
# configuration, tells systemd that it is ready, and waits.
set -eu
records=/var/lib/k3s-stand-in
mkdir -p "$records"
cp /etc/rancher/k3s/config.yaml "$records/config.yaml"
printf '%s %s\n' "$(cat /proc/sys/kernel/random/boot_id)" "$*" >>"$records/starts"
systemd-notify --ready
exec sleep infinity
K3S
    chmod 0755 "$root/usr/local/bin/k3s"
}

case $step in
before-packages) before_packages ;;
after-packages) after_packages ;;
*)
    echo "golden-root.sh: no step $step" >&2
    exit 2
    ;;
esac
