# A command, the id it is about, and what else it needs.
command=${1:-}
case $command in
start | perform | status | cancel | forget) is_uuid "${2:-}" || exit 64 ;;
list) ;;
*) exit 64 ;;
esac

case $command in
start)
	for tool in vzdump pvesm base64 sha256sum awk stat sync flock timeout; do
		command -v "$tool" >/dev/null || answer unprepared "$tool"
	done
	[ -d /run/systemd/system ] || command -v setsid >/dev/null || answer unprepared setsid
	make_state || answer failed
	new_run "$2" || answer refused
	busy=$(busy_with "$(field "$runs/$2" storage)" "$2")
	if [ -n "$busy" ]; then
		[ "$(run_state "$2")" != cut-off ] || [ -s "$runs/$2/log" ] || rm -rf "${runs:?}/$2"
		answer busy "$busy"
	fi
	start_run "$2" || answer failed
	answer started
	;;
perform) perform "$2" ;;
status)
	is_number "${3:-}" || exit 64
	status "$2" "$3"
	;;
list) list_runs ;;
cancel) cancel "$2" ;;
forget) forget "$2" ;;
esac
exit 0
