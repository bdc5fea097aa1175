# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Boot loaders, of which each can boot an entry once: a part of ab.sh.
# shellcheck disable=SC2154 # which sets root

# What GRUB's menu calls a kernel: SUBMENU>ENTRY, never a recovery entry.
grub_entry() {
	for config in "$root"/boot/grub/grub.cfg "$root"/boot/grub2/grub.cfg; do
		[ -e "$config" ] || continue
		awk -v kernel="vmlinuz-$1" -v quote="'" '
			# The last text in quotes is the id, or else the title, which GRUB takes too.
			function id(  n, part) { n = split($0, part, quote); return part[n - 1] }
			/^[ \t]*submenu / { sub_id = id() }
			/^[ \t]*menuentry / { entry = id(); skip = /recovery/ }
			/^}/ { sub_id = "" }
			/^[ \t]*linux(16|efi)?[ \t]/ {
				name = $2
				sub(/.*\//, "", name)
				if (name != kernel || skip)
					next
				# One of the top level is "the newest", which need not stay the same.
				if (sub_id != "") { found = sub_id ">" entry; exit }
				if (found == "") found = entry
			}
			END { if (found != "") print found }' "$config"
		return
	done
}

# The name of the Boot Loader Specification's file for a kernel.
bls_entry() {
	for file in "$root"/boot/loader/entries/*.conf "$root"/efi/loader/entries/*.conf \
		"$root"/boot/efi/loader/entries/*.conf; do
		[ -e "$file" ] || continue
		if awk -v kernel="$1" '
			$1 == "version" && $2 == kernel { found = 1 }
			$1 == "linux" && (index($2, "/" kernel "/") || $2 ~ "vmlinuz-" &&
				substr($2, length($2) - length(kernel)) == "-" kernel) { found = 1 }
			END { exit !found }' "$file"; then
			basename "$file"
			return
		fi
	done
}

# entry_of LOADER KERNEL: prints what the boot loader calls it, or nothing.
entry_of() {
	case $1 in
	grub)
		entry=$(grub_entry "$2")
		[ "$entry" ] || entry=$(bls_entry "$2")
		echo "${entry%.conf}"
		;;
	systemd-boot) bls_entry "$2" ;;
	efi) # by its label
		efibootmgr | awk -v kernel="$2" '/^Boot[0-9A-F]+\*? / {
			number = substr($1, 5, 4)
			sub(/^[^ ]* /, "")
			sub(/\t.*/, "")
			if ($0 == kernel || index(" " $0 " ", " " kernel " ")) { print number; exit }
		}'
		;;
	kexec) [ ! -e "$root/boot/vmlinuz-$2" ] || echo "vmlinuz-$2" ;;
	esac
}

has() {
	command -v "$1" >/dev/null 2>&1
}

choose_loader() {
	if { has grub-reboot || has grub2-reboot; } && ls "$root"/boot/grub*/grub.cfg >/dev/null 2>&1; then
		echo grub
	elif has bootctl && bootctl is-installed >/dev/null 2>&1; then
		echo systemd-boot
	elif has kexec; then
		echo kexec
	fi
}

# next_boot LOADER RELEASE ENTRY: the next boot, and no other, is of that entry.
next_boot() {
	case $1 in
	grub) if has grub-reboot; then grub-reboot "$3"; else grub2-reboot "$3"; fi ;;
	systemd-boot) bootctl set-oneshot "$3" ;;
	efi) efibootmgr -q -n "$3" ;;
	kexec)
		set -- "$root/boot/vmlinuz-$2" "$root/boot/initrd.img-$2" "$root/boot/initramfs-$2.img"
		image=$1 initrd=
		[ ! -e "$2" ] || initrd=--initrd=$2
		[ ! -e "$3" ] || initrd=--initrd=$3
		# shellcheck disable=SC2086 # none, or one word
		kexec -l "$image" $initrd --reuse-cmdline
		;;
	esac
}

# forget_next_boot LOADER: takes back what next_boot has asked for, also where the boot loader could
# not (GRUB cannot write to every file system, and would boot the same entry for ever).
forget_next_boot() {
	case $1 in
	grub)
		if has grub-editenv; then
			grub-editenv - unset next_entry
		else
			grub2-editenv - unset next_entry
		fi
		;;
	systemd-boot) bootctl set-oneshot '' ;;
	efi) efibootmgr -q -N ;;
	kexec) kexec -u ;;
	esac >/dev/null 2>&1 || :
}
