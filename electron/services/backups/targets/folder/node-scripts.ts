/**
 * What is done in a folder of a node: POSIX sh, each script given the folder, the lab's id and what else it works on. Every
 * one that writes looks first whether the mark of the target is there, so that a NAS that is unmounted in the middle gets
 * nothing from then on; and none writes or reads through a link.
 */

/** Exit codes, which no program here uses. */
export const answers = {
  noFolder: 41,
  elsewhere: 42,
  noMark: 43,
  noFile: 44,
  noRoom: 45,
} as const;

/** Arguments 1 and 2: the target's folder, and the lab's id, which its mark has. Answers `base`. */
const enter = `set -u
LC_ALL=C; export LC_ALL
umask 077
base=$(cd -P -- "$1" 2>/dev/null && pwd -P) || exit ${answers.noFolder}
[ "$base" != / ] || exit ${answers.elsewhere}
`;

const marked = `mark=$base/.sifaka-backup-target
[ -f "$mark" ] && [ ! -L "$mark" ] || exit ${answers.noMark}
case $(head -c 4096 -- "$mark") in *"$2"*) ;; *) exit ${answers.noMark} ;; esac
`;

/** Argument 3: a folder below it. Its real place is where its name says; `make` makes it, one folder after the other. */
const into = `there() {
  at=$(cd -P -- "$base/$1" 2>/dev/null && pwd -P) || exit ${answers.noFile}
  [ "$at" = "$base/$1" ] || exit ${answers.elsewhere}
}
`;

const making = `${into}make() {
  at=$base
  rest=$1/
  while [ -n "$rest" ]; do
    at=$at/\${rest%%/*}
    rest=\${rest#*/}
    [ ! -L "$at" ] || exit ${answers.elsewhere}
    [ -d "$at" ] || mkdir -- "$at" || exit 1
  done
  there "$1"
}
`;

/** Free bytes, and whether it lies on the file system of /. */
export const lookScript = `${enter}
free=$(df -P -k -- "$base" | awk 'NR == 2 { printf "%.0f", $4 * 1024 }')
if [ "$(stat -c %d -- "$base")" = "$(stat -c %d /)" ]; then root=yes; else root=no; fi
printf '%s %s\\n' "$free" "$root"
`;

/** 3: a file; 4: the most bytes of it. One more is answered where it is longer. */
export const readScript = `${enter}
case $3 in */*) dir=\${3%/*} ;; *) dir= ;; esac
if [ -n "$dir" ]; then
  at=$(cd -P -- "$base/$dir" 2>/dev/null && pwd -P) || exit ${answers.noFile}
  [ "$at" = "$base/$dir" ] || exit ${answers.elsewhere}
fi
[ ! -L "$base/$3" ] || exit ${answers.elsewhere}
[ -f "$base/$3" ] || exit ${answers.noFile}
exec head -c "$(($4 + 1))" -- "$base/$3"
`;

/** Files three folders deep: size, time, path, each record ended by a NUL. */
export const listScript = `${enter}
cd -- "$base" || exit ${answers.noFolder}
exec find . -mindepth 4 -maxdepth 4 -type f -printf '%s %T@ %P\\0' 2>/dev/null
`;

/**
 * 3: the folder of the archive, made where it is missing; 4: the file in it; its bytes on stdin. The mark itself is written
 * with an empty folder and no look for the mark.
 */
const writeFile = `[ ! -L "$at/$4" ] || exit ${answers.elsewhere}
rm -f -- "$at/$4.sifaka-part"
cat >"$at/$4.sifaka-part" || exit 1
sync -- "$at/$4.sifaka-part" || exit 1
mv -f -T -- "$at/$4.sifaka-part" "$at/$4" || exit 1
sync -- "$at" || exit 1
`;

export const writeMarkScript = `${enter}
at=$base
${writeFile}`;

export const writeScript = `${enter}${marked}${making}
make "$3"
${writeFile}`;

/** 3: the folder; 4: the file; 5: how much is to be there. What an earlier try left of it is answered. */
export const beginScript = `${enter}${marked}${making}
make "$3"
part=$at/$4.sifaka-part
[ ! -L "$part" ] || exit ${answers.elsewhere}
[ -e "$part" ] || : >"$part" || exit 1
[ -f "$part" ] || exit ${answers.elsewhere}
have=$(stat -c %s -- "$part") || exit 1
free=$(df -P -k -- "$at" | awk 'NR == 2 { printf "%.0f", $4 * 1024 }')
if [ "\${free:-0}" -lt "$(($5 - have))" ]; then
  printf '%s %s\\n' "$(($5 - have))" "$free"
  exit ${answers.noRoom}
fi
printf '%s\\n' "$have"
`;

/** 3: the folder; 4: the file; 5: the file it is a copy of, on this node; 6 and 7: from where, and how many bytes. */
export const pieceScript = `${enter}${marked}${into}
there "$3"
part=$at/$4.sifaka-part
[ -f "$part" ] && [ ! -L "$part" ] || exit ${answers.elsewhere}
dd if="$5" of="$part" iflag=skip_bytes,count_bytes,fullblock oflag=seek_bytes skip="$6" seek="$6" count="$7" bs=1M conv=notrunc status=none || exit 1
`;

/** 3: the folder; 4: the file; 5: its SHA-256; 6: its length. Answers \`same\`, or \`differs\` and takes it away. */
export const finishScript = `${enter}${marked}${into}
there "$3"
part=$at/$4.sifaka-part
[ -f "$part" ] && [ ! -L "$part" ] || exit ${answers.elsewhere}
truncate -s "$6" -- "$part" || exit 1
sync -- "$part" || exit 1
dd if="$part" iflag=nocache count=0 status=none 2>/dev/null
sum=$(sha256sum <"$part") || exit 1
if [ "\${sum%% *}" != "$5" ]; then
  rm -f -- "$part"
  echo differs
  exit 0
fi
mv -f -T -- "$part" "$at/$4" || exit 1
sync -- "$at" || exit 1
echo same
`;

/** 3: the folder; 4: the file. SHA-256 and length, as \`digestScript\` of node-files.ts answers them. */
export const digestFileScript = `${enter}${into}
there "$3"
file=$at/$4
[ ! -L "$file" ] || exit ${answers.elsewhere}
[ -f "$file" ] || exit ${answers.noFile}
dd if="$file" iflag=nocache count=0 status=none 2>/dev/null
size=$(stat -c %s -- "$file") || exit 1
sum=$(sha256sum <"$file") || exit 1
printf '%s %s\\n' "\${sum%% *}" "$size"
`;

/** 3: the folder. The record goes first; folders in it, and what is in them, are not ours. */
export const removeScript = `${enter}${marked}${into}
there "$3"
rm -f -- "$at/sifaka-backup.json" || exit 1
sync -- "$at" || exit 1
find "$at" -mindepth 1 -maxdepth 1 ! -type d -exec rm -f -- {} + || exit 1
rmdir -- "$at" 2>/dev/null
sync -- "\${at%/*}"
exit 0
`;
