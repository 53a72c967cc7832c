# Files: the old one is kept by a second name beside it, the new one comes beside it too, and only names change places.
# So taking back needs no room on the disk, and gives back the very inode: content, owner, mode, times and attributes.

is_allowed() {
	[ "${#1}" -le 220 ] || return 1
	case $1 in
	*[!A-Za-z0-9@_.+/-]* | */.* | *//* | */-* | */) return 1 ;;
	esac
	is_own_place "$1"
}

# No part on the way may be a link, which would lead elsewhere. Prints the folders that are missing, the outermost first.
missing_folders() {
	folder_at=
	folder_rest=${1#/}
	while :; do
		case $folder_rest in
		*/*) ;;
		*) return 0 ;;
		esac
		folder_at=$folder_at/${folder_rest%%/*}
		folder_rest=${folder_rest#*/}
		[ ! -L "$folder_at" ] || return 1
		if [ ! -e "$folder_at" ]; then
			echo "$folder_at"
		elif [ ! -d "$folder_at" ]; then
			return 1
		fi
	done
}

digest_of() {
	digest_line=$(sha256sum <"$1") || return 1
	echo "${digest_line%% *}"
}

# Of what is there now: `-` for nothing; fails for anything but a file.
digest_now() {
	if [ -L "$1" ]; then
		return 1
	elif [ ! -e "$1" ]; then
		echo -
	elif [ -f "$1" ]; then
		digest_of "$1"
	else
		return 1
	fi
}

old_name() {
	echo "${1%/*}/.${1##*/}.sifaka-old"
}

new_name() {
	echo "${1%/*}/.${1##*/}.sifaka-new"
}

is_same_inode() {
	[ -e "$1" ] && [ -e "$2" ] && [ ! -L "$2" ] && [ "$(stat -c %d:%i "$1")" = "$(stat -c %d:%i "$2")" ]
}

# Everything beside its place and on the disk; nothing that is used has changed yet.
stage() {
	while read -r folder; do
		[ -d "$folder" ] || mkdir -m 0755 "$folder" || return 1
	done <"$armed/folders"
	set --
	while read -r index action path owner group mode sha oldsha _; do
		[ "$action" != keep ] || continue
		missing_folders "$path" >/dev/null || return 1
		[ "$(digest_now "$path")" = "$oldsha" ] || return 1
		old=$(old_name "$path")
		new=$(new_name "$path")
		rm -f "$old" "$new" || return 1
		[ "$oldsha" = - ] || ln -T "$path" "$old" || return 1
		if [ "$action" != remove ]; then
			cp "$armed/content/$index" "$new" || return 1
			chown "$owner:$group" "$new" || return 1
			chmod "$mode" "$new" || return 1
			[ "$(digest_of "$new")" = "$sha" ] || return 1
			set -- "$@" "$new"
		fi
		set -- "$@" "${path%/*}"
	done <"$armed/files"
	[ "$#" -eq 0 ] || flush "$@"
}

swap() {
	set --
	while read -r _ action path _; do
		case $action in
		keep) continue ;;
		replace) mv -fT "$(new_name "$path")" "$path" || return 1 ;;
		create)
			# Fails when there is a file by now; a rename would replace it.
			ln -T "$(new_name "$path")" "$path" || return 1
			rm -f "$(new_name "$path")" || return 1
			;;
		remove) rm -f "$path" || return 1 ;;
		*) return 1 ;;
		esac
		set -- "$@" "${path%/*}"
	done <"$armed/files"
	[ "$#" -eq 0 ] || flush "$@"
}

# The old files in their places again. May be cut off anywhere and begun anew.
put_back() {
	put_back_failed=no
	set --
	while read -r _ action path _ _ _ _ oldsha _; do
		[ "$action" != keep ] || continue
		old=$(old_name "$path")
		move_folder_aside "$path" || put_back_failed=yes
		if [ "$oldsha" = - ]; then
			rm -f "$path" || put_back_failed=yes
		elif is_same_inode "$old" "$path"; then
			# rename(2) leaves two names of one inode as they are.
			rm -f "$old" || put_back_failed=yes
		elif [ -e "$old" ]; then
			mv -fT "$old" "$path" || put_back_failed=yes
		fi
		rm -f "$(new_name "$path")" || put_back_failed=yes
		[ ! -d "${path%/*}" ] || set -- "$@" "${path%/*}"
	done <"$armed/files"
	[ "$#" -eq 0 ] || flush "$@"
	remove_made_folders
	[ "$put_back_failed" = no ]
}

# Who removed a second name took the old content with it.
read_back() {
	read_back_failed=no
	while read -r _ action path _ _ _ _ oldsha _; do
		if [ "$action" != keep ] && [ "$(digest_now "$path")" != "$oldsha" ]; then
			read_back_failed=yes
			echo "$path is not what it was before the deploy" >>"$logs/log" || :
		fi
	done <"$armed/files"
	[ "$read_back_failed" = no ]
}

# A folder that somebody made where the file was can be neither removed nor replaced as a file is, and what is in it is theirs.
move_folder_aside() {
	if [ -L "$1" ] || [ ! -d "$1" ]; then
		return 0
	fi
	aside=${1%/*}/.${1##*/}.sifaka-aside-$id
	echo "$1 is a folder by now: it is $aside from here on" >>"$logs/log" || :
	mv -T "$1" "$aside"
}

# Before anything was changed, and after it was confirmed: only the second names go.
drop_second_names() {
	while read -r _ action path _; do
		[ "$action" = keep ] || rm -f "$(old_name "$path")" "$(new_name "$path")" || return 1
	done <"$armed/files"
}

# The innermost first; one that somebody uses by now stays.
remove_made_folders() {
	made_folders=
	while read -r folder; do
		made_folders="$folder $made_folders"
	done <"$armed/folders"
	for folder in $made_folders; do
		rmdir "$folder" 2>/dev/null || :
	done
}
