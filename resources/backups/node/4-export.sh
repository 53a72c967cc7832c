# An export: the guest's configuration and each disk as an image of its own, for use without Proxmox. It is made from the
# archive that vzdump has just made, and so has that one's consistency; that archive goes once the export is there.

pack_export() {
	base=${archive#vzdump-}
	base=${base%%.*}
	export_name=sifaka-export-$base
	export_folder=${path%/*}/$export_name
	partial=${path%/*}/.$export_name.partial
	if [ ! -d "$export_folder" ]; then
		rm -rf "$partial"
		mkdir "$partial" || return 1
		if ! { unpack && pack_images && write_sums && mv -T "$partial" "$export_folder"; }; then
			rm -rf "$partial"
			return 1
		fi
		flush "${path%/*}"
	fi
	end_export
}

# The export is whole, and what it was made from goes. That is written down before: whoever is cut off here has no archive to
# find any more.
end_export() {
	list_export || return 1
	printf '%s\n%s\n' "$volid" "$export_folder" | put_file "$run/exported"
	export_source=$(pvesm path "$volid" 2>>"$run/log" | grep '^/' | tail -n 1) || export_source=''
	if [ -e "${export_source:-$export_folder}" ] && ! pvesm free "$volid" >>"$run/log" 2>&1 9>&-; then
		# Two of them are not wrong: there is only more than was asked for.
		echo "WARN: the archive that the export was made from could not be removed: ${volid##*/}" >>"$run/log"
	fi
	archive=${export_folder##*/}
	path=$export_folder
	volid=''
	size=$(awk '{ sum += $2 } END { printf "%d", sum }' "$run/files")
}

# In the place of a background shell, so that its place in the archive can be seen.
# shellcheck disable=SC2317 # run in the background
unpacked() {
	exec zstd -q -d -c
}

unpack() {
	vmid=$(field "$run" vmid)
	case $archive in
	*-qemu-*.vma.zst) unpack_vma ;;
	*-lxc-*.tar.zst)
		zstd -q -d -c "$path" 2>/dev/null |
			tar --occurrence=1 -xOf - ./etc/vzdump/pct.conf >"$partial/$vmid.conf" 2>>"$run/log" || :
		[ -s "$partial/$vmid.conf" ]
		;;
	*) return 1 ;;
	esac
}

# Both ends of the pipe are in the background: a foreground program would keep the shell from hearing that it is to end.
unpack_vma() {
	rm -f "$run/pipe"
	mkfifo "$run/pipe" || return 1
	unpacked <"$path" >"$run/pipe" 2>>"$run/log" 9>&- &
	child=$!
	vma extract - "$partial/vma" <"$run/pipe" >>"$run/log" 2>&1 9>&- &
	extractor=$!
	echo "read 0 $size $child" >"$run/phase"
	unpack_code=0
	await_child || unpack_code=$?
	child=$extractor
	await_child || unpack_code=1
	rm -f "$run/pipe"
	[ "$unpack_code" = 0 ] && [ ! -f "$run/cancelled" ] && mv "$partial/vma/qemu-server.conf" "$partial/$vmid.conf"
}

pack_images() {
	case $archive in
	*-lxc-*)
		ln "$path" "$partial/rootfs.tar.zst" 2>/dev/null || patiently cp "$path" "$partial/rootfs.tar.zst" || return 1
		;;
	*)
		before=0
		total=$(stat -c %s "$partial"/vma/disk-*.raw 2>/dev/null | awk '{ sum += $1 } END { printf "%d", sum }')
		for image in "$partial"/vma/disk-*.raw; do
			# A guest without disks is a configuration alone.
			[ -f "$image" ] || continue
			key=${image##*/disk-}
			key=${key%.raw}
			key=${key#drive-}
			is_plain "$key" || return 1
			zstd -q -c <"$image" >"$partial/disk-$key.raw.zst" 2>>"$run/log" 9>&- &
			child=$!
			echo "pack $before $total $child" >"$run/phase"
			await_child || return 1
			[ ! -f "$run/cancelled" ] || return 1
			before=$((before + $(stat -c %s "$image")))
			rm -f "$image"
		done
		# The firewall's rules, if the guest has any.
		for other in "$partial"/vma/*; do
			[ ! -f "$other" ] || mv "$other" "$partial/$vmid.${other##*.}" || return 1
		done
		rmdir "$partial/vma" || return 1
		;;
	esac
	flush "$partial"/*
}

# What was written is read again from the disk for this, and the images are unpacked once for nothing but their own checksums.
write_sums() {
	before=0
	total=$(stat -c %s "$partial"/* | awk '{ sum += $1 } END { printf "%d", sum }')
	: >"$run/sums"
	for file in "$partial"/*; do
		digest_into "$run/digest" "$file" "$before" "$total" || return 1
		case $file in
		*.zst) patiently zstd -q -t "$file" 2>>"$run/log" || return 1 ;;
		esac
		[ ! -f "$run/cancelled" ] || return 1
		read -r digest _ <"$run/digest"
		echo "$digest  ${file##*/}" >>"$run/sums"
		before=$((before + $(stat -c %s "$file")))
	done
	cp "$run/sums" "$partial/SHA256SUMS" && flush "$partial/SHA256SUMS" "$partial"
}

list_export() {
	: >"$run/files"
	while read -r digest name; do
		echo "file $(stat -c %s "$export_folder/$name") $digest $name" >>"$run/files" || return 1
	done <"$export_folder/SHA256SUMS"
	digest=$(sha256sum <"$export_folder/SHA256SUMS") || return 1
	echo "file $(stat -c %s "$export_folder/SHA256SUMS") ${digest%% *} SHA256SUMS" >>"$run/files"
}
