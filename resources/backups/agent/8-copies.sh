# Copies to folders of this node that have the mark of their target; those of other kinds are Sifaka's, when it collects.
# The layout is that of electron/services/backups/targets: CLUSTER/TYPE-ID/ARCHIVE/ with the archive's files, and the record
# last. Nothing goes through a link, and nothing to a folder without the mark: a NAS that is not mounted gets nothing.

result_of() {
	sed -n "s/^$2 //p" "$runs/$1/result" 2>/dev/null | head -n 1
}

# The rest of a line that starts with this file's digest: `SIZE DIGEST NAME` for each file of a backup.
files_of() {
	sed -n 's/^file //p' "$runs/$1/result"
}

# Of this target, too: a lab may have several, and shares get mounted in each other's places. $1 folder, $2 lab, $3 target.
has_mark() {
	[ -f "$1/.sifaka-backup-target" ] && [ ! -L "$1/.sifaka-backup-target" ] || return 1
	mark_text=$(head -c 4096 "$1/.sifaka-backup-target" | tr -d ' \t\n')
	case $mark_text in *"\"lab\":\"$2\""*) ;; *) return 1 ;; esac
	case $mark_text in *"\"target\":\"$3\""*) ;; *) return 1 ;; esac
}

# Gently: a guest that runs beside it matters more.
gently() {
	nice -n 10 "$@"
}

# $1 run, $2 cluster/TYPE-ID, $3 the target's folder, $4 the lab, $5 the target; sets `copy_why` when it fails.
copy_backup() {
	copy_why=unmounted
	copy_base=$(cd -P -- "$3" 2>/dev/null && pwd -P) || return 1
	[ "$copy_base" != / ] || return 1
	has_mark "$copy_base" "$4" "$5" || return 1
	copy_archive=$(result_of "$1" archive)
	copy_path=$(decoded "$(result_of "$1" path)")
	copy_to=$copy_base/$2/$copy_archive
	copy_why=unwritable
	make_below "$copy_base" "$2/$copy_archive" || return 1
	[ "$(cd -P -- "$copy_to" && pwd -P)" = "$copy_to" ] || return 1
	files_of "$1" >"$agent/copying"
	while read -r copy_size copy_digest copy_name; do
		copy_from=$copy_path
		[ ! -d "$copy_path" ] || copy_from=$copy_path/$copy_name
		copy_file "$copy_from" "$copy_to/$copy_name" "$copy_size" "$copy_digest" || return 1
	done <"$agent/copying"
	if [ ! -f "$copy_to/sifaka-backup.json" ]; then
		copy_why=unwritable
		record_of "$1" >"$agent/record" || return 1
		put_beside "$agent/record" "$copy_to/sifaka-backup.json" || return 1
	fi
	copy_why=
}

# One folder after the other, so that none is made behind a link.
make_below() {
	make_at=$1
	make_rest=$2/
	while [ -n "$make_rest" ]; do
		make_at=$make_at/${make_rest%%/*}
		make_rest=${make_rest#*/}
		[ ! -L "$make_at" ] || return 1
		[ -d "$make_at" ] || mkdir -- "$make_at" || return 1
	done
}

put_beside() {
	rm -f -- "$2.sifaka-part" && cp -- "$1" "$2.sifaka-part" && flush "$2.sifaka-part" && mv -fT -- "$2.sifaka-part" "$2" && flush "${2%/*}"
}

# FROM TO SIZE DIGEST. What is there whole already stays; what is written is read again before it gets its name.
copy_file() {
	if [ -f "$2" ] && [ ! -L "$2" ] && [ "$(stat -c %s "$2")" = "$3" ] && [ "$(gently sha256sum <"$2" | cut -c 1-64)" = "$4" ]; then
		return 0
	fi
	copy_why=gone
	[ -f "$1" ] || return 1
	copy_why=full
	copy_free=$(df -P -k "${2%/*}" | awk 'NR == 2 { printf "%.0f", $4 * 1024 }')
	[ "${copy_free:-0}" -ge "$3" ] || return 1
	copy_why=unwritable
	rm -f -- "$2.sifaka-part" && gently cp -- "$1" "$2.sifaka-part" && flush "$2.sifaka-part" || return 1
	copy_why=differs
	[ "$(gently sha256sum <"$2.sifaka-part" | cut -c 1-64)" = "$4" ] || {
		rm -f -- "$2.sifaka-part"
		return 1
	}
	copy_why=unwritable
	mv -fT -- "$2.sifaka-part" "$2" && flush "${2%/*}" || return 1
	copy_why=
}

moment_text() {
	date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ
}

# The record that lies beside a copy, as shared/schemas/backup-record.ts has it. Its words were checked where they were read.
record_of() {
	record_run=$runs/$1
	record_compress=$(field "$record_run" compress)
	[ "$record_compress" != 0 ] || record_compress=none
	record_volid=$(result_of "$1" volid)
	printf '{"id":"%s","guest":{"pveCluster":"%s","type":"%s","vmid":%s,"node":"%s"},"by":"agent","rule":"%s","method":"%s","mode":"%s","compress":"%s","storage":"%s"' \
		"$1" "$config_cluster" "$(field "$record_run" type)" "$(field "$record_run" vmid)" "$config_node" \
		"$(field "$record_run" rule)" "$(field "$record_run" method)" "$(field "$record_run" mode)" \
		"$record_compress" "$(field "$record_run" storage)"
	printf ',"startedAt":"%s","endedAt":"%s","outcome":"made","place":"%s","archive":"%s"%s,"sizeBytes":%s' \
		"$(moment_text "$(line_of "$agent/copies/$1.started")")" "$(moment_text "$(result_of "$1" ended)")" \
		"$(line_of "$agent/copies/$1.place")" "$(result_of "$1" archive)" \
		"${record_volid:+,\"volid\":\"$record_volid\"}" "$(files_of "$1" | awk '{ sum += $1 } END { printf "%d", sum }')"
	files_of "$1" | awk '{ printf "%s{\"name\":\"%s\",\"sizeBytes\":%s,\"sha256\":\"%s\"}", (NR > 1 ? "," : ",\"files\":["), $3, $1, $2 }
		END { print "]}" }'
}
