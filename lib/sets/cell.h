/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SETS_CELL_H
#define PINLAT_SETS_CELL_H

/*
 * A cell: how its runs were set up, field by field. How long they were measured is
 * none of the fields: a longer run knows its quantiles better, it does not have others.
 */

#include <stdbool.h>
#include <stddef.h>

#include "sets/sets.h"

/** The first fields: who pins, and what fills the page cache. Each is a refusal of its own. */
enum { SETUP_ENGINE, SETUP_WALKER, SETUP_WALKER_RATE };

/** How many fields there are. */
size_t setup_fields(void);

/** "walker rate"; @field < setup_fields(). */
const char *setup_field_name(size_t field);

/** Its value in @config for people, malloc()ed. */
char *setup_field_text(const struct record_config *config, size_t field);

/** Whether two runs agree in it; numbers within 1 %, sizes of walker and swap within 10 %. */
bool setup_field_alike(const struct record_config *a, const struct record_config *b,
		       size_t field);

/** Whether they agree in all of them. */
bool same_setup(const struct record_config *a, const struct record_config *b);

/** A metric over the runs of a cell. */
struct cell_value {
	double median, low, high; /* over the runs that tell; NAN: none does */
	size_t n, few; /* runs that tell, and those with too few samples for it */
};

/** Metric @m over the runs of @cell that count; cell_value_on(): on @machine of its set alone. */
struct cell_value cell_value(const struct cell *cell, size_t m);
struct cell_value cell_value_on(const struct cell *cell, size_t m, size_t machine);

/**
 * What @cell is called beside those of @set: its subtest, and where others of that are set up
 * differently, how: "thp-busy [arena machine]". malloc()ed.
 */
char *set_cell_name(const struct set *set, const struct cell *cell);

#endif
