/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SETS_MACHINE_H
#define PINLAT_SETS_MACHINE_H

/* The machines that the records of a set are from. */

#include "sets/sets.h"

/** The index of the machine of @facts among those of @set, made if need be. */
size_t set_find_machine(struct set *set, const struct fact_list *facts);

/** Adds @facts to those of machine @machine of @set. */
void set_merge_machine(struct set *set, size_t machine, const struct fact_list *facts);

/** Frees the machines of @set. */
void set_free_machines(struct set *set);

#endif
