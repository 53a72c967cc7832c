#!/bin/sh
# Holds the disks of some nodes, and with its end takes away all that is theirs: it is the first process of a namespace of
# processes, so the nodes die with it, and its mounts are nobody else's. It ends with its standard input.
# usage: world.sh FOLDER LOWER HERE MIB NODE=CLUSTER...        FOLDER: for everything; LOWER: the nodes' common root;
# HERE: this folder; MIB: of all disks together; CLUSTER: the Proxmox cluster whose files a node shares. SHARED has what
# install-node.sh takes at its end.
set -eu

folder=$1 lower=$2 here=$3 size=$4
shift 4

# In /proc of the machine, which is still the one that is mounted here, this process has its number there.
read -r pid _ </proc/self/stat
mount --make-rslave /
disks=$folder/disks
mkdir "$disks"
mount -t tmpfs -o "size=${size}m,mode=755" disks "$disks"
cp -r "$here/tools" "$disks/tools"

for each in "$@"; do
    node=${each%%=*}
    disk=$disks/$node
    mkdir -p "$disk/upper" "$disk/work" "$disk/root"
    mount -t overlay -o "lowerdir=$lower,upperdir=$disk/upper,workdir=$disk/work,xino=on" overlay "$disk/root"
    # shellcheck disable=SC2086 # words
    "$here/install-node.sh" "$disk/root" "$node" "$disks/shared/${each#*=}" "$disks/tools" ${SHARED-}
done

echo "$pid"
# Until whoever started this ends it, or dies.
while read -r _; do :; done
umount --lazy "$disks"
rm -rf "$folder"
