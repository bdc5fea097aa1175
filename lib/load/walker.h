/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_LOAD_WALKER_H
#define PINLAT_LOAD_WALKER_H

/*
 * The page-cache walker: reads and reads, so that somebody has to make room.
 *
 * "sparse": loops over a file of holes, which fills the page cache at memory speed
 * and neither takes disk space nor waits for a disk: the same on every machine.
 * "tree": what `find DIR -type f -exec cat {} +` does, over and over.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum walker_kind {
	WALKER_NONE,
	WALKER_SPARSE,
	WALKER_TREE,
};

struct walker_config {
	enum walker_kind kind;
	uint64_t size;	  /* sparse: of the file */
	const char *tree; /* tree: the directory */
	uint64_t rate;	  /* bytes a second once progress->paced is set, 0: unlimited */
	const char *scratch;
	/*
	 * tree: read the files afresh in the first pass, because page cache that
	 * somebody else was charged for makes no pressure in a cgroup.
	 */
	bool drop_first;
};

/* Shared with the test. */
struct walker_progress {
	_Atomic uint64_t files;
	_Atomic uint64_t bytes;
	_Atomic uint64_t passes;
	_Atomic uint64_t heartbeat;
	_Atomic int failed; /* errno */
	_Atomic int paced;  /* set by the test: from now on keep to the rate */
};

/**
 * Walks until the process is killed; returns only on failure, with -errno
 * (-EOPNOTSUPP: the scratch directory is in memory and has no page cache to fill).
 */
int walker_walk(const struct walker_config *config, struct walker_progress *progress);

#endif
