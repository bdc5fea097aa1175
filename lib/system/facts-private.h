/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_FACTS_PRIVATE_H
#define PINLAT_SYSTEM_FACTS_PRIVATE_H

/* facts_collect() by subject, and what of it tests feed with made-up text. */

#include <stddef.h>

#include "system/facts.h"

void _facts_kernel(struct facts *f);	/* facts-kernel.c */
void _facts_processor(struct facts *f); /* facts-processor.c */
void _facts_memory(struct facts *f);	/* facts-memory.c */

/* What is of interest in a kernel's configuration. */
struct _kernel_config {
	uint32_t crc32;	  /* of its whole text */
	char preempt[16]; /* the model it was built with; empty: it does not say */
};

/* Reads a configuration, compressed or not. Returns 0 or -errno. */
int _kernel_config_read(const char *path, struct _kernel_config *config);

/**
 * Cuts @cmdline, in place, down to what concerns the kernel: without init=, rdinit= and
 * what stands behind "--", which are init's and nobody else's business.
 */
void _kernel_cmdline(char *cmdline);

/*
 * The preemption model from what the kernel shows: uname -v, the text of debugfs'
 * sched/preempt ("none voluntary (full)", or empty), the command line and the model
 * of the configuration (or empty). Empty where none of them tells.
 */
void _preempt_model(const char *version, const char *debugfs, const char *cmdline,
		    const char *config, char *model, size_t size);

/*
 * Each vulnerability that the processor has, and what the kernel does about it, from
 * the files in @directory: "spectre_v2: …; meltdown: …".
 */
void _mitigations(const char *directory, char *buf, size_t size);

/* Writes the lines of /proc/swaps in @text as "/dev/zram0 partition 1G; …". */
void _swaps_summary(char *text, char *buf, size_t size);

/* Value of @key in os-release @text, without its quotes; empty: not there. */
void _os_release_value(const char *text, const char *key, char *buf, size_t size);

/*
 * Whether this is a virtual machine, and of which make (left empty where that cannot
 * be told). One file an architecture: hypervisor-x86.c, else hypervisor-firmware.c.
 */
bool _hypervisor(char *make, size_t size);

#endif
