/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SUMMARY_MACHINES_H
#define PINLAT_SUMMARY_MACHINES_H

/*
 * Comparisons of sets that are from several machines: each machine is a block, within which kernels
 * are compared. Steps of compare(), and what is said of it.
 */

#include <stdio.h>

#include "decide/machines.h"
#include "summary/comparison.h"

/** Numbers the machines of all sets: c->machines. */
void machines_number(struct comparison *c);

/** Whether new set @s is compared with the base machine by machine. */
bool machines_are_blocks(const struct comparison *c, size_t s);

/** The number of machine @machine of set @s among those of @c. */
unsigned int machine_number(const struct comparison *c, size_t s, size_t machine);

/** The name of machine @number of @c. */
const char *machine_name(const struct comparison *c, unsigned int number);

/**
 * Calls @check of set @s: where it is from one machine once, else once for each, with a set that has
 * the facts of that machine and says so in its name.
 */
void machines_each(struct comparison *c, size_t s,
		   void (*check)(struct comparison *c, size_t s));

/**
 * The same of the base and set @s, for each machine that both are from. False: they are from several,
 * and have none in common, so @check was not called.
 */
bool machines_each_shared(struct comparison *c, size_t s,
			  void (*check)(struct comparison *c, size_t s));

/** "nuc1, nuc2 and 3 more": the machines of @set, malloc()ed. */
char *machines_names(const struct set *set);

/**
 * The row of one machine of @row, with the change @m, of no verdict; its decision is in @d, which has to
 * live as long.
 */
struct compare_row machines_row(const struct compare_row *row,
				const struct machine_change *m, struct decide_row *d);

/** Whether the machines of @row are proven to disagree, by more than its margin. */
bool machines_disagree(const struct comparison *c, const struct compare_row *row);

/**
 * What stands before all else that is said of new set @s: "The machines do not agree. thp-busy p99 of
 * faults: +52% on nuc07, -3% on nuc01. ", or nothing.
 */
void machines_tell(FILE *out, const struct comparison *c, size_t s);

/** Warns of machines that only one side has been measured on. */
void machines_warn(struct comparison *c, size_t s);

#endif
