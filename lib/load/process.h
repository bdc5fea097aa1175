/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_LOAD_PROCESS_H
#define PINLAT_LOAD_PROCESS_H

/* What all helper processes of a run have in common. */

#include <stdint.h>
#include <sys/types.h>

/**
 * Makes the calling child independent of its parent's terminal: its name, no standard
 * input or output (an orphan that held them would stall igt_runner), all signals
 * but SIGKILL ignored (a Ctrl-C is the parent's to handle), all descriptors closed but @keep
 * and @also (-1: none).
 */
void process_detach(const char *name, int keep, int also);

/**
 * Binds the calling child to its parent @parent: killed when that dies. Exits at once if it
 * has died already. (For children that are forked by the parent's main thread.)
 */
void process_die_with(pid_t parent);

/** Offers the calling process to the OOM killer before all others. Returns 0 or -errno. */
int process_sacrifice(void);

/** Takes that back, where it was inherited: as from IGT's library, of whose tests all children are offered. */
void process_spare(void);

/** Kills child @pid and waits for its end; @pid <= 0: there is none. */
void process_kill(pid_t pid);

#endif
