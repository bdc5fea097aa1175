/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SUMMARY_INTERNAL_H
#define PINLAT_SUMMARY_INTERNAL_H

/* Private to lib/summary: the steps of compare(), in their order. */

#include <stdio.h>

#include "sets/setup.h"
#include "summary/comparison.h"

/** Two cells that are compared. */
struct pair {
	size_t set; /* of the new one */
	const struct cell *cell[DECIDE_SIDES];
};

struct pair_list {
	size_t n;
	struct pair *pair; /* owned */
};

/** What is judged: a metric of a subtest. */
struct primary {
	char *subtest; /* owned */
	size_t metric;
};

struct primary_list {
	size_t n;
	struct primary *primary; /* owned */
};

/** Matches cells; what speaks against it goes to c->refusals, or to c->warnings. */
int _match_cells(struct comparison *c, struct pair_list *pairs);

/** Compares the machines: refusals, and c->difference. */
int _match_machines(struct comparison *c);

/** Refuses because of @kind, or warns where that is allowed. */
int _refuse(struct comparison *c, enum refusal_kind kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** Chooses what is judged. Returns as compare(). */
int _choose_primary(struct comparison *c, struct primary_list *list);

/** Frees what @list owns. */
void _primary_list_free(struct primary_list *list);

/** Makes c->row of @pairs, and decides. */
int _rows_make(struct comparison *c, const struct pair_list *pairs,
	       const struct primary_list *primary);

/** Frees c->row and c->decided. */
void _rows_free(struct comparison *c);

/** Writes c->warnings. */
int _warn(struct comparison *c);

/** Those that are about rows. */
int _warn_of_rows(struct comparison *c);

/** The row "huge" beside @row where its two sides differ by more than a little, or NULL. */
const struct compare_row *_other_huge(const struct comparison *c,
				      const struct compare_row *row);

/** Whether @row is the first of its pair of cells. */
bool _is_first_of_pair(const struct comparison *c, size_t row);

/** Gives the verdicts of the sets and of the whole, and says them. */
int _sentences(struct comparison *c);

/** In what the environment of set @s is not the base's, in short. */
void _tell_environment(FILE *out, const struct comparison *c, size_t s);

/** Which level to repeat next; nothing where nothing is judged. */
void _tell_advice(FILE *out, const struct comparison *c, size_t s);

#endif
