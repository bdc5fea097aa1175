/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUN_TIMELINE_H
#define PINLAT_RUN_TIMELINE_H

/*
 * Private to run/: the timeline, what each second of the window gave. It is drawn while the
 * window is open, and tells whether its two halves are of one kind.
 */

#include <stddef.h>
#include <stdint.h>

struct run;
struct json_object;
struct histogram;

struct timeline_point {
	uint64_t t_ns; /* end of the span that it stands for, from the window's start */
	uint64_t count, p50, p99, max;
	uint64_t woken, woken_ns; /* samples at which the probe really woke; their sum */
	uint64_t held_bytes;	  /* under DMA at its end */
};

/* Freed with the run. */
struct timeline {
	uint64_t start_ns, next_ns;
	struct histogram *before, *now;
	uint64_t woken_before, woken_ns_before;
	size_t points, room;
	struct timeline_point *point;
};

/* Makes room for a window of @duration_ns. Returns 0 or -ENOMEM. */
int timeline_create(struct timeline *t, uint64_t duration_ns);

/* Frees what it owns; a struct of zeros is allowed. */
void timeline_destroy(struct timeline *t);

/* The window opens at @start_ns. */
void timeline_start(struct timeline *t, uint64_t start_ns);

/* Adds the point that ends at @now_ns, unless there is no room left. Returns 0 or -ENOMEM. */
int timeline_add(struct run *r, uint64_t now_ns);

/* The points as JSON, owned by the caller. Returns 0 or -ENOMEM. */
int timeline_json(const struct run *r, struct json_object **root);

/* Notes where the two halves of the window differ by more than chance. */
void timeline_compare_halves(struct run *r);

#endif
