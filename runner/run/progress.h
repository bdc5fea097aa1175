/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_PROGRESS_H
#define PINLAT_RUNNER_PROGRESS_H

/* How far a plan has come: a line a run, and on a terminal a status line below them. */

#include <stdbool.h>
#include <stddef.h>

#include "run/one.h"
#include "run/plan.h"

struct progress {
	const struct plan *plan;
	const bool *left; /* by seq: still to be run */
	size_t end;	  /* runs before this seq are certain: what "left" counts */
	bool open;	  /* those behind it may never be made (--until) */
	char note[64];	  /* what is known so far; "": nothing */
	bool tty;
	size_t seq; /* the current run */
	double started, run_started;
	size_t known[24]; /* runs by ladder_rank(), and the seconds they took */
	double took[24];
	double in_fact, in_theory; /* seconds that all known ones took */
};

/** @left goes on to be the caller's, who clears what is done. */
void progress_init(struct progress *p, const struct plan *plan, const bool *left);

/** Run @seq starts. */
void progress_start(struct progress *p, size_t seq);

/** Draws the status line anew; @progress is a struct progress (child_run() calls it). */
void progress_tick(void *progress);

/** The current run has ended: prints what came of it. */
void progress_end(struct progress *p, const struct outcome *o);

/** Removes the status line, so that something else may be printed. */
void progress_clear(const struct progress *p);

#endif
