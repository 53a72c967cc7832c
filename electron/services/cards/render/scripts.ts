/**
 * The shell scripts that go onto a card, POSIX sh, the same on every card: what differs between nodes reaches them as
 * the path of a file or a number in their unit, never as text of the script.
 */

export const scriptPaths = {
  bootstrap: '/usr/local/lib/sifaka/bootstrap',
  checkLonghorn: '/usr/local/lib/sifaka/check-longhorn',
  collectLogs: '/usr/local/lib/sifaka/collect-logs',
} as const;

/** The stamp is written last and by a rename, so a node that loses power half-way does it all again. */
export const bootstrapScript = String.raw`#!/bin/sh
# Brings this node into its cluster, once: enables and starts the k3s unit of its role, then leaves a stamp.
# usage: bootstrap ROLE-FILE STAMP
set -eu

role_file=$1
stamp=$2

if [ -e "$stamp" ]; then
    exit 0
fi

role=
IFS= read -r role <"$role_file" || [ -n "$role" ]
case $role in
server) unit=k3s.service other=k3s-agent.service ;;
agent) unit=k3s-agent.service other=k3s.service ;;
*)
    echo "bootstrap: $role_file names neither server nor agent; nothing was started" >&2
    exit 1
    ;;
esac

if systemctl is-enabled --quiet "$other" 2>/dev/null; then
    systemctl disable --now "$other"
fi
systemctl enable "$unit"
systemctl start --no-block "$unit"

mkdir -p "$(dirname "$stamp")"
printf '%s\n' "$role" >"$stamp.new"
sync
mv "$stamp.new" "$stamp"
sync
echo "bootstrap: $unit is enabled and starting"
`;

/** findmnt(8) of util-linux; `--mountpoint` does not match a folder inside another mount. */
export const checkLonghornScript = String.raw`#!/bin/sh
# Proves that each Longhorn disk is mounted where it belongs, so that nothing is written to the card instead.
# usage: check-longhorn DISKS    (a file with lines of: UUID MOUNT-POINT)
set -eu

disks=$1
failed=0

while read -r uuid mount_point; do
    found=$(findmnt --noheadings --output UUID --mountpoint "$mount_point" | tail -n 1 | tr 'A-F' 'a-f')
    if [ -z "$found" ]; then
        echo "longhorn: $mount_point is not mounted; the disk $uuid is missing or could not be mounted" >&2
        failed=1
    elif [ "$found" != "$uuid" ]; then
        echo "longhorn: $mount_point holds the disk $found, and $uuid belongs there" >&2
        failed=1
    fi
done <"$disks"

if [ "$failed" -ne 0 ]; then
    echo "longhorn: k3s is not started, so that no volume is written to the card" >&2
fi
exit "$failed"
`;

/** GNU find: its -delete removes by directory descriptor, so a folder swapped for a link while it works is not followed. */
export const collectLogsScript = String.raw`#!/bin/sh
# Removes rotated logs that were not written to for DAYS days, and the links that removed containers leave behind.
# usage: collect-logs DAYS FOLDER
set -eu

days=$1
folder=$2

find "$folder" -xdev -type f ! -path "$folder/journal/*" -mtime "+$days" \
    \( -name '*.gz' -o -name '*.xz' -o -name '*.zst' -o -name '*.bz2' -o -name '*.old' \
    -o -name '*.[0-9]' -o -name '*.[0-9][0-9]' -o -name '*.log.[0-9]*' -o -name '*.log-[0-9]*' \) -delete

if [ -d "$folder/containers" ]; then
    find "$folder/containers" -xdev -xtype l -delete
fi
`;
