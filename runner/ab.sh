#!/bin/sh
# SPDX-License-Identifier: MIT
# What `pinlat ab` does (ab.c has read its options): boots kernels in turn and measures each. The plan,
# and how far it is, are files in $state; pinlat-ab.service goes on with it after each boot. A boot is
# asked for by the boot loader's one-shot entry, so the default entry is never changed: if a
# kernel does not come up, the next boot is the default's.
#   ab start DIR BOOTS LOADER SEED SETTLE KERNEL... -- OPTION...    ab go-on    ab stop    ab status
# PINLAT: the command. PINLAT_AB_ROOT, for tests: where /boot, /etc, /proc, /run and /var are.
set -eu

root=${PINLAT_AB_ROOT:-}
state=$root/var/lib/pinlat/ab-state
unit=$root/etc/systemd/system/pinlat-ab.service
attempts_max=3

say() {
	echo "pinlat ab: $*"
	[ ! -d "$state" ] || echo "$(date '+%F %T') $*" >>"$state/log"
}

# fail CODE SENTENCE
fail() {
	code=$1
	shift
	echo "pinlat ab: $*" >&2
	exit "$code"
}

# put NAME TEXT: replaces a file of the state, whole or not at all, on the disk.
put() {
	printf '%s\n' "$2" >"$state/$1.new"
	sync "$state/$1.new"
	mv "$state/$1.new" "$state/$1"
	sync "$state"
}

get() {
	cat "$state/$1" 2>/dev/null || :
}

here=$(dirname "$0")
# shellcheck source=runner/boot-once.sh
. "$here/pinlat-boot-once"
# shellcheck source=runner/ab-plan.sh
. "$here/pinlat-ab-plan"

start() {
	output=$1 boots=$2 loader=$3 seed=$4 settle=$5
	shift 5
	[ "$(id -u)" = 0 ] || [ "$root" ] || fail 3 "not root: it reboots this machine"
	[ ! -e "$state/plan" ] ||
		fail 2 "one is under way: see \`pinlat ab --status\`, or end it with \`pinlat ab --stop\`"
	[ -d "$root/run/systemd/system" ] ||
		fail 3 "systemd does not run here, and nothing else goes on after a boot"
	[ "$loader" != auto ] || loader=$(choose_loader)
	[ "$loader" ] || fail 3 "no boot loader that boots an entry once: install kexec-tools"
	[ "$loader" = kexec ] || ! grep -qs '^LOAD_KEXEC=true' "$root/etc/default/kexec" ||
		fail 3 "kexec-tools turns each reboot into a kexec of the kernel that runs: set" \
			"LOAD_KEXEC=false in /etc/default/kexec"
	kernels=
	while [ "$1" != -- ]; do
		entry=$(entry_of "$loader" "${1#*=}")
		[ "$entry" ] || fail 2 "${1#*=}: $loader has no entry for this kernel; give its release, as" \
			"\`uname -r\` would print it"
		kernels="$kernels${1%%=*} ${1#*=} $entry
"
		shift
	done
	shift
	rm -rf "$state"
	mkdir -p "$state" "$output" "$(dirname "$unit")"
	for word; do printf '%s\n' "$word"; done >"$state/options"
	put output "$(cd "$output" && pwd)"
	put loader "$loader"
	put settle "$settle"
	put home "$(uname -r)"
	put attempts 0
	put plan "$(printf %s "$kernels" | make_plan "$boots" "$seed")"
	cat >"$unit" <<-END
		[Unit]
		Description=pinlat ab: measures this boot, then boots the next kernel
		After=multi-user.target

		[Service]
		ExecStart=$PINLAT ab --go-on
		TimeoutStopSec=5min

		[Install]
		WantedBy=multi-user.target
	END
	systemctl daemon-reload
	systemctl enable pinlat-ab.service
	say "$(wc -l <"$state/plan") boots by $loader; records go to $(get output); \`pinlat ab --stop\` ends it"
	go_to_next
}

# finish WHY: nothing goes on after the next boot, which is the default's.
finish() {
	forget_next_boot "$(get loader)"
	systemctl disable pinlat-ab.service >/dev/null 2>&1 || :
	rm -f "$unit"
	systemctl daemon-reload || :
	mv "$state/plan" "$state/plan.over"
	sync
	say "$1"
}

go_home() {
	if [ "$(uname -r)" != "$(get home)" ]; then
		say "boots the default kernel"
		systemctl reboot
	fi
}

go_to_next() {
	if ! find_next; then
		finish "all boots are measured: pinlat compare $(get output)/*"
		go_home
		return
	fi
	attempts=$(($(get attempts) + 1))
	if [ "$attempts" -gt $attempts_max ]; then
		finish "gives up: $label ($release) was booted $attempts_max times and not measured; see $state/log"
		go_home
		return
	fi
	next_boot "$(get loader)" "$release" "$entry" ||
		{ finish "the boot loader did not take $entry"; exit 3; }
	put attempts "$attempts"
	say "next: $label, round $round"
	if [ "$(get loader)" = kexec ]; then systemctl kexec; else systemctl reboot; fi
}

# measure: this boot, whose records appear at their place when all are there.
measure() {
	folder=$(get output)/.boot
	rm -rf "$folder"
	set --
	while read -r word; do set -- "$@" "$word"; done <"$state/options"
	say "measures $label, round $round"
	"$PINLAT" run --label "$label" --seed "$own" -o "$folder" "$@" </dev/null >"$state/run.log" 2>&1 ||
		{ say "pinlat run ended with exit code $?: $(tail -n 1 "$state/run.log")"; return; }
	mkdir -p "$(get output)/$label"
	sync
	mv "$folder" "$(get output)/$label/boot-$round"
	put attempts 0
}

go_on() {
	[ -e "$state/plan" ] || exit 0
	forget_next_boot "$(get loader)"
	boot=$(cat "$root/proc/sys/kernel/random/boot_id")
	if find_next; then
		# A boot is measured once, and only while it is fresh.
		if [ "$boot" = "$(get boot)" ]; then
			say "this boot was used already"
		elif [ "$(uname -r)" != "$release" ]; then
			say "$label ($release) did not come up: this is $(uname -r)"
		else
			put boot "$boot"
			sleep "$(get settle)"
			measure
		fi
	fi
	go_to_next
}

stop() {
	[ -e "$state/plan" ] || fail 2 "none is under way"
	systemctl stop pinlat-ab.service >/dev/null 2>&1 || :
	finish "stopped; records are in $(get output)"
	if [ "$(uname -r)" != "$(get home)" ]; then
		say "reboot to return to the default kernel"
	fi
}

case ${1:-} in
start) shift; start "$@" ;;
go-on) go_on ;;
stop) stop ;;
status) status ;;
*) fail 2 "start it as \`pinlat ab\`" ;;
esac
