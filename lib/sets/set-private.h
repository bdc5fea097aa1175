/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SETS_SET_PRIVATE_H
#define PINLAT_SETS_SET_PRIVATE_H

/* Private to lib/sets: the steps of compare(), in their order. */

#include <stdio.h>

#include "sets/compare.h"
#include "sets/setup-private.h"

/** The longest name of a set or a subtest that a table or a sentence bears. */
#define NAME_MAX_SHOWN 48

/** Two cells that are compared. */
struct pair {
	size_t set; /* of the new one */
	const struct compare_cell *cell[DECIDE_SIDES];
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

/** Puts the runs in order, drops what is twice or does not count, and names the sets. */
int _sets_finish(struct comparison *c);

/** compare() without _sets_finish(). */
int _compare_finished(struct comparison *c);

/** Frees what @set owns. */
void _set_free(struct compare_set *set);

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

/** Ladder order of subtests: negative, 0 or positive as strcmp(). */
int _subtest_order(const char *a, const char *b);

#endif
