/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_FACTS_H
#define PINLAT_SYSTEM_FACTS_H

/*
 * What a record says about the machine. Every text is empty and every number 0
 * where the machine does not tell.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct facts {
	/* kernel */
	char release[128];  /* uname -r */
	char version[256];  /* uname -v */
	char machine[32];   /* uname -m */
	char cmdline[4096]; /* /proc/cmdline without what is init's */
	/* none, voluntary, full, lazy, rt; "dynamic" where it cannot be told which */
	char preempt[32];
	/* CRC-32 of the configuration's text, where the kernel shows it */
	char config_hash[32];
	char tainted[32]; /* /proc/sys/kernel/tainted */
	/* processor */
	char cpu_model[128];
	char microcode[32];
	char governor[32];	/* of CPU 0 */
	char mitigations[2048]; /* "spectre_v2: …; meltdown: …" */
	uint32_t cpus_online;
	uint32_t numa_nodes;
	/* memory */
	uint64_t memory_total;
	uint64_t swap_total;
	uint64_t swap_free;
	uint32_t swappiness;
	char swaps[512];      /* "/dev/zram0 partition 1G; …" */
	char thp_enabled[32]; /* the choice in force: always, madvise, never */
	char thp_pmd
		[32]; /* the same for the size of a huge page alone; inherit: as above */
	char thp_defrag[32];
	char lru_gen[32]; /* MGLRU: "0x0007", empty: not built in */
	uint64_t min_free_kbytes;
	uint32_t watermark_scale_factor;
	uint32_t compaction_proactiveness;
	/* platform */
	bool virtual_machine; /* CPUID's hypervisor bit; the firmware's word elsewhere */
	char hypervisor[64];  /* "kvm", "qemu-tcg", … where it can be told */
	char product[128];    /* DMI product name */
	char distribution[128]; /* PRETTY_NAME of os-release */
	char machine_id[32];	/* a hash of /etc/machine-id */
	char boot_id[64];	/* /proc/sys/kernel/random/boot_id */
	uint32_t memcg_version; /* 1, 2, 0: none */
	bool io_uring_disabled; /* kernel.io_uring_disabled says so for this process */
};

/** Fills @f. Cannot fail: what is not to be had stays empty. */
void facts_collect(struct facts *f);

/**
 * Whether a process that asks for huge pages (MADV_HUGEPAGE) can get one: the kernel's switch, that of
 * the size alone, and the process's own (PR_SET_THP_DISABLE). False: @why says what is in the way, @todo what to do.
 */
bool thp_possible(char *why, size_t why_size, char *todo, size_t todo_size);

#endif
