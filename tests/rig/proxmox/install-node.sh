#!/bin/sh
# Puts the stand-ins into a node's root, and over it what the nodes of one Proxmox cluster have in common.
# usage: install-node.sh ROOT NODE SHARED TOOLS [STORE | /FOLDER]...     SHARED: the Proxmox cluster's own folder; a STORE is
# the same at /mnt/pve/STORE of all its nodes, a FOLDER at its own path.
set -eu

root=$1 node=$2 shared=$3 tools=$4
shift 4

# The same folder in two places, of which the second is the node's.
over() {
    mkdir -p "$1" "$root$2"
    mount --bind "$1" "$root$2"
}

mkdir -p "$shared/pve/nodes/$node/qemu-server" "$shared/pve/nodes/$node/lxc" "$shared/pve/qemu-server" "$shared/pve/lxc" \
    "$shared/rig/online" "$shared/rig/running/$node"
over "$tools" /usr/lib/pve-rig
# pmxcfs has the node's own guests a second time, by links that each node sees otherwise.
over "$shared/pve" /etc/pve
over "$shared/pve/nodes/$node/qemu-server" /etc/pve/qemu-server
over "$shared/pve/nodes/$node/lxc" /etc/pve/lxc
over "$shared/rig" /var/lib/pve-rig/cluster
for program in bin/pvesh bin/pveversion bin/vma bin/vzdump sbin/pct sbin/pvesm sbin/qm sbin/qmrestore; do
    ln -sf ../lib/pve-rig/pve-tool "$root/usr/$program"
done
for each in "$@"; do
    case $each in
    /*) over "$shared/folders$each" "$each" ;;
    *)
        over "$shared/stores/$each" "/mnt/pve/$each"
        mkdir -p "$shared/stores/$each/dump"
        ;;
    esac
done
