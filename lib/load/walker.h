/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_LOAD_WALKER_H
#define PINLAT_LOAD_WALKER_H

/*
 * The page-cache walker: reads and reads, so that somebody has to make room.
 *
 * "tree": what `find DIR -type f -exec cat {} +` does, over and over; DIR may be made for it.
 * "stream": a file that is too large to be wanted again, in order.
 * "loop": a file a little too large for the page cache, over and over: each pass wants back
 * what the one before it lost.
 *
 * The files of the latter two are of holes. They fill the page cache at memory speed and
 * neither take disk space nor wait for a disk: the same on every machine.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "load/tree.h"

enum walker_kind {
	WALKER_NONE,
	WALKER_TREE,
	WALKER_STREAM,
	WALKER_LOOP,
};

struct walker_config {
	enum walker_kind kind;
	uint64_t size;		      /* loop: of the file */
	const char *tree;	      /* tree: the directory; NULL: one that is made */
	const struct made_tree *made; /* tree: where */
	uint64_t made_bytes, seed;    /* tree: how large, and how it is drawn */
	uint64_t rate; /* bytes a second once progress->paced is set, 0: unlimited */
	const char *scratch;
	/*
	 * tree: read the files afresh in the first pass, because page cache, inodes and names that
	 * somebody else was charged for make no pressure in a cgroup.
	 */
	bool drop_first;
};

/* Shared with the test. */
struct walker_progress {
	_Atomic uint64_t made_files; /* of a made tree */
	_Atomic int walks;	     /* what it reads is there */
	_Atomic uint64_t files;
	_Atomic uint64_t bytes;
	_Atomic uint64_t
		cached; /* bytes of page cache that these take: whole pages of a file */
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
