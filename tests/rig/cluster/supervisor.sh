#!/bin/sh
# Runs the supervisor of one cluster in namespaces of its own, and takes away what outlives it: its cgroups and its folder.
# usage: supervisor.sh FOLDER CGROUPS PROGRAM [ARGUMENT...]      CGROUPS: one per hierarchy, separated by spaces
set -u

folder=$1
cgroups=$2
shift 2

for group in $cgroups; do
    mkdir -p "$group/supervisor" || exit
done
(
    for group in $cgroups; do
        echo 0 >"$group/supervisor/cgroup.procs" || exit
    done
    # As in own-mounts.ts.
    exec unshare --mount --propagation=slave --net --pid --fork --kill-child --mount-proc "$@"
) &
supervisor=$!
echo "$supervisor"
wait "$supervisor"
ended=$?

# The kernel may still be about to take away the last processes.
for attempt in 1 2 3 4 5 6 7 8 9 10; do
    left=
    for group in $cgroups; do
        [ -d "$group" ] || continue
        find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null
        [ -d "$group" ] && left=$group
    done
    [ -z "$left" ] && break
    sleep "0.$attempt"
done
rm -rf "$folder"
exit "$ended"
