/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SETS_PROVENANCE_H
#define PINLAT_SETS_PROVENANCE_H

/*
 * What records come from, in one line that every output begins with. It has what no reader may
 * overlook: a mock of a GPU, an emulated or a virtual machine, io_uring in place of a GPU, and
 * the walker and the arena, without which no number means anything:
 *
 *	MOCK GPU (i915), emulated (QEMU TCG), engine i915, walker loop, arena machine
 *
 * Texts are plain (text_plain()).
 */

#include "record/record.h"
#include "sets/sets.h"

/** Of all runs of the @n sets at @set. malloc()ed. */
char *provenance_of_sets(const struct set *const *set, size_t n);

/** Adds the parts of that line to @parts. */
void provenance_parts(struct text_list *parts, const struct set *const *set, size_t n);

/** Whether @part is about a mock, a machine that is none, or no GPU: numbers are read with care. */
bool provenance_is_caution(const char *part);

/** Of the runs of @cell on a machine with @facts. malloc()ed. */
char *provenance_of_cell(const struct fact_list *facts, const struct cell *cell);

/** Of @r. malloc()ed. */
char *provenance_of_record(const struct record *r);

/** "uring (io_uring, no GPU)", "none", …; to @buf, which is returned. */
const char *engine_text(const char *engine, char *buf, size_t size);

/**
 * What walker @walker of a record is called: "loop", "tree:/usr", "none". The size of a file follows from
 * the machine, and is no part of the name. malloc()ed.
 */
char *walker_name(const char *walker);

#endif
