/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SUMMARY_COMPARISON_H
#define PINLAT_SUMMARY_COMPARISON_H

/*
 * Result sets compared: all that a comparison says, as one struct that the formats print.
 *
 * The cells of each new set are matched with those of the base, which gives rows (a metric of a
 * cell), which decide() judges.
 */

#include <stdbool.h>
#include <stddef.h>

#include "decide/decide.h"
#include "sets/sets.h"
#include "stats/estimate.h"
#include "sets/thresholds.h"

#define COMPARE_SCHEMA "pinlat.compare/1.4"

/** Why two sets are not compared, unless it is allowed by name. */
enum refusal_kind {
	REFUSE_CONFIG,
	REFUSE_WALKER,
	REFUSE_ENGINE,
	REFUSE_DEVICE,
	REFUSE_MOCK, /* a mock of a GPU, and a GPU */
	REFUSE_MEMORY,
	REFUSE_MACHINE,
	REFUSE_VIRTUAL,
	REFUSE_CMDLINE,
	REFUSE_SUBTEST,
	REFUSE_INVALID, /* of single runs: allowed, invalid ones are used */
	/* of verdicts: they are compared, but nothing is proven unless it is allowed */
	REFUSE_ONE_BOOT,
	REFUSE_ORDER,
	REFUSAL_KINDS
};

/** Its name for --allow: "config", … */
const char *refusal_name(enum refusal_kind kind);

struct compare_options {
	struct decide_options decide;
	double margin; /* of all that is judged; 0: each number has its own */
	struct metrics metrics;
	bool woken; /* samples of wake-ups that happened, not all that were planned */
	bool allow[REFUSAL_KINDS];
	const char *base; /* the label or name that --base gives; NULL: the first set */
	const char *base_by; /* how it was chosen: "the first given" */
	/* NULL: timer-busy and thp-busy, or the highest load that all have (judged.c) */
	const char *primary;			 /* "SUBTEST[:METRIC],…" */
	const struct threshold_list *thresholds; /* NULL: none */
};

/** What is said of one new set against the base. */
struct compare_result {
	enum verdict verdict;
	char *sentence;	   /* owned; the verdict in words */
	char *environment; /* owned; in what the environments differ, in short */
	char *advice;	   /* owned; what to repeat next; "": nothing is judged */
};

/** One metric of one cell of a new set against the base. */
struct compare_row {
	size_t set; /* the new one */
	const struct cell *cell[DECIDE_SIDES];
	size_t metric;
	bool boots; /* a unit is a boot: the median of its runs; else a run */
	size_t few[DECIDE_SIDES]; /* runs left out because they have too few samples */
	size_t stalled
		[DECIDE_SIDES]; /* runs with so few because they stalled: they rank as worst */
	double *units[DECIDE_SIDES];	     /* owned; their values, then their starts */
	unsigned int *machine[DECIDE_SIDES]; /* owned; which of c->machine each is of */
	struct variance_levels spread; /* of ln(value), both sides pooled; if primary */
	struct decide_row *d;	       /* the decision, in comparison.decided */
};

/** Something in which the environment of a set is not that of the base. */
struct difference {
	size_t set;
	const char *path;
	const char *base, *other; /* "" where one does not tell */
};

struct comparison {
	const struct compare_options *options; /* not owned */
	const struct text_list *problems;      /* not owned; of reading; NULL: none */
	/* how the base was chosen among the sets: options->base_by; NULL: there was no choice */
	const char *base_by;
	size_t sets;
	const struct set **set;	     /* owned list; [0] is the base */
	struct text_list machine;    /* names of all machines, each another */
	struct text_list machine_id; /* as many */
	unsigned int *
		*machine_of; /* owned; of each set, which of these its machines are */
	struct compare_result *result; /* owned; one a set, of [0] empty */
	size_t rows;
	struct compare_row *row;    /* owned; by set, subtest on the ladder, metric */
	struct decide_row *decided; /* owned; as many */
	size_t primary;		    /* rows in the family */
	size_t differences;
	struct difference *difference; /* owned */
	struct text_list refusals;     /* why nothing is compared: one sentence each */
	struct text_list warnings;     /* what a reader has to know: one sentence each */
	enum verdict verdict;
	char *sentence; /* owned; the whole answer, ASCII but for labels */
	struct set
		*view; /* owned; the two sets of compare_begin_within(); NULL: others */
	char *shown;   /* owned; the name of their subtest */
};

/** p50, p90, p99; alpha .05, margins of their own, nothing allowed. */
struct compare_options compare_defaults(void);

/** Empty sets, to be read as @options want it, which must outlive them. */
struct sets compare_sets(const struct compare_options *options);

/**
 * Begins a comparison of all @sets, which are finished and, as @options, outlive it. Release with
 * compare_free(), always.
 */
void compare_begin(struct comparison *c, const struct compare_options *options,
		   const struct sets *sets);

/** The same of @base and @other alone. */
void compare_begin_pair(struct comparison *c, const struct compare_options *options,
			const struct set *base, const struct set *other);

/**
 * The same of subtests @base and @other of @set alone, as if each were a set. They are of one probe,
 * whose name the rows have. Their loads are not set up alike, so that is no reason to refuse.
 */
void compare_begin_within(struct comparison *c, const struct compare_options *options,
			  const struct set *set, const char *base, const char *other);

/**
 * Compares. Returns 0, or with the reason in c->refusals: -EPERM (the sets may not be compared),
 * -ENODATA (nothing is left that could be), -EINVAL (there is but one set, or options.primary
 * names what there is not).
 */
int compare(struct comparison *c);

/** Frees all that @c owns. */
void compare_free(struct comparison *c);

/** Frees what @row owns. */
void compare_row_free(struct compare_row *row);

/*
 * Walking over rows: each returns the next one behind @row (NULL: the first one) that belongs to
 * new set @s (0: to any), or NULL:
 *
 *	for (row = NULL; (row = compare_next_judged(c, s, row));)
 */

/** Any row. */
const struct compare_row *compare_next_row(const struct comparison *c, size_t s,
					   const struct compare_row *row);
/** One that is judged. */
const struct compare_row *compare_next_judged(const struct comparison *c, size_t s,
					      const struct compare_row *row);
/** The first one of two cells that are compared. */
const struct compare_row *compare_next_pair(const struct comparison *c, size_t s,
					    const struct compare_row *row);

/** The metric of @row. */
const struct metric *compare_metric(const struct comparison *c,
				    const struct compare_row *row);

/** Whether some metric of the cells of @row is judged. */
bool compare_is_judged(const struct comparison *c, const struct compare_row *row);

/** How many judged rows of new set @s (0: of all) have verdict @v. */
size_t compare_count(const struct comparison *c, size_t s, enum verdict v);

/**
 * Why new set @s has no verdict, and would have none whatever its values were, and what to do; malloc()ed:
 * "patched cannot be judged against base: 3 boots of …". NULL: it may have one, so a gate can fire.
 */
char *compare_hindrance(const struct comparison *c, size_t s);

/** "reclaim, the first given": the base, and how it was chosen; malloc()ed. */
char *compare_base_text(const struct comparison *c);

/** What @cell of the base is called, as set_cell_name(). */
char *compare_cell_name(const struct comparison *c, const struct cell *cell);

#endif
