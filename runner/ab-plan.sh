# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The plan of `pinlat ab`, one boot a line (ROUND SEED LABEL RELEASE ENTRY), and which of them are
# measured: a part of ab.sh.
# shellcheck disable=SC2154,SC2034 # which sets state, and reads $own and $entry

# make_plan BOOTS SEED: reads the kernels (LABEL RELEASE ENTRY), prints the plan. In a round all
# kernels get the same seed.
make_plan() {
	awk -v boots="$1" -v seed="$2" '
		{ line[NR] = $0 }
		END {
			srand(seed)
			for (round = 1; round <= boots; round++) {
				for (i = NR; i > 1; i--) {
					j = int(rand() * i) + 1
					t = line[i]; line[i] = line[j]; line[j] = t
				}
				own = int(rand() * 2147483647)
				for (i = 1; i <= NR; i++)
					print round, own, line[i]
			}
		}'
}

# is_measured LABEL ROUND
is_measured() {
	[ -e "$(get output)/$1/boot-$2" ]
}

# The first boot of the plan that has no records yet, in $round $own $label $release $entry.
find_next() {
	while read -r round own label release entry; do
		is_measured "$label" "$round" || return 0
	done <"$state/plan"
	return 1
}

status() {
	[ -d "$state" ] || fail 2 "there was none on this machine"
	for plan in "$state"/plan*; do
		[ "${plan%.new}" = "$plan" ] || continue
		while read -r round _ label release _; do
			done=$(is_measured "$label" "$round" && echo measured || echo -)
			echo "round $round  $label  $release  $done"
		done <"$plan"
	done
	tail -n 3 "$state/log"
}
