/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SETS_COMPARE_H
#define PINLAT_SETS_COMPARE_H

/*
 * Result sets compared: all that a comparison says, as one struct that the formats print.
 *
 * A set is the records of one label under one path. Its runs are put into cells: one
 * subtest, set up alike. The cells of each new set are matched with those of the base, which
 * gives rows (a metric of a cell), which decide() judges. Records are reduced to a few
 * dozen numbers as they are read, so that sets of thousands fit into memory.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decide/decide.h"
#include "sets/environment.h"
#include "sets/metric.h"
#include "sets/text.h"
#include "sets/thresholds.h"
#include "record/record.h"
#include "stats/attribution.h"
#include "stats/estimate.h"

#define COMPARE_SCHEMA "pinlat.compare/1.1"

/** From so many boots on both sides, the boot is the unit instead of the run. */
#define COMPARE_BOOTS 4

/** Why two sets are not compared, unless it is allowed by name. */
enum refusal_kind {
	REFUSE_CONFIG,
	REFUSE_ENGINE,
	REFUSE_DEVICE,
	REFUSE_MEMORY,
	REFUSE_VIRTUAL,
	REFUSE_SUBTEST,
	REFUSE_INVALID, /* of single runs: allowed, invalid ones are used */
	REFUSAL_KINDS
};

/** Its name for --allow: "config", … */
const char *refusal_name(enum refusal_kind kind);

struct compare_options {
	struct decide_options decide;
	double margin;
	struct metrics metrics;
	bool woken; /* samples of wake-ups that happened, not all that were planned */
	bool allow[REFUSAL_KINDS];
	/* NULL: timer-busy and thp-busy, or the highest load that all have, at p50, p90, p99 */
	const char *primary;			 /* "SUBTEST[:METRIC],…" */
	const struct threshold_list *thresholds; /* NULL: margin holds for all */
};

/** One run, reduced. */
struct compare_run {
	size_t number; /* of its record, in the order of reading, over all sets */
	size_t boot;   /* which of its set's */
	double start;  /* seconds since 1970; NAN: it does not tell */
	uint64_t seq, samples, sum; /* the last two of its distribution */
	char *reason;		    /* owned; why it is invalid, NULL: valid */
	char *notes; /* owned; what a reader should know, plain; NULL: nothing */
	double value[METRICS_MAX];    /* by metric; NAN: not known, or too few samples */
	double variance[METRICS_MAX]; /* of ln(quantile) within the run; NAN: not known */
	bool attributed;	      /* it tells where the time of its samples went: */
	unsigned int seen;	      /* bit i: cause i was seen */
	struct attribution_split all, slow;
	bool few[METRICS_MAX]; /* the samples do not support this quantile */
};

/** The runs of one subtest of one set that were set up alike. */
struct compare_cell {
	char *subtest;		     /* owned */
	struct record_config config; /* of its first run */
	uint64_t shortest, longest;  /* duration_ns of its runs */
	size_t runs;
	struct compare_run
		*run;	 /* owned; those that count, by start, then those left out */
	size_t left_out; /* invalid runs, which stand behind them */
	size_t invalid;	 /* runs left out, or used because that is allowed */
};

struct compare_set {
	char *path, *label; /* owned */
	char *shown_path;   /* owned; plain */
	char *name; /* owned; plain and unique: its label, where need be its path too */
	struct fact_list facts; /* of its machine, as the first record that knows tells */
	struct text_list differing; /* paths of facts that not all of its runs share */
	size_t cells;
	struct compare_cell *cell; /* owned; by ladder */
	struct text_list boot;	   /* boot ids */
	size_t records, duplicates;
	struct text_list invalid; /* runs: "0003 thp-busy: reason" */
	char *ignored;		  /* owned; fields of a newer minor version, NULL: none */
	/* against the base; not for the base itself */
	enum verdict verdict;
	char *sentence;	   /* owned; the verdict in words */
	char *environment; /* owned; in what the environments differ, in short */
	char *advice;	   /* owned; what to repeat next; "": nothing is judged */
};

/** One metric of one cell of a new set against the base. */
struct compare_row {
	size_t set; /* the new one */
	const struct compare_cell *cell[DECIDE_SIDES];
	size_t metric;
	bool boots; /* a unit is a boot: the median of its runs; else a run */
	size_t few[DECIDE_SIDES]; /* runs left out because they have too few samples */
	double *value[DECIDE_SIDES], *start[DECIDE_SIDES]; /* owned; of the units */
	struct variance_levels spread; /* of ln(value), both sides pooled; if primary */
	struct decide_row *d;	       /* the decision, in comparison.decided */
};

/** Something in which the environment of a set is not that of the base. */
struct difference {
	size_t set;
	const char *path;
	const char *base, *other; /* "" where one does not tell */
};

/**
 * Who is told of each record that is added, before it is freed: what a report draws of it. Paths may
 * be read by several threads, so each has a part of what is made of records, joined to the whole
 * later.
 */
struct compare_watch {
	/** Record @number of @watched, a whole or a part. Returns 0 or -errno: reading ends. */
	int (*record)(const struct record *r, size_t number, void *watched);
	/** A new part of @whole, which is not altered; NULL: out of memory. */
	void *(*begin)(const void *whole);
	/** Adds @part to @whole: the numbers of its records begin at @first. Returns 0 or -ENOMEM. */
	int (*join)(void *whole, void *part, size_t first);
	/** Frees @part. */
	void (*drop)(void *part);
};

struct comparison {
	const struct compare_options *options; /* not owned */
	const struct compare_watch *watch;     /* NULL: nobody is told */
	void *watched;			       /* not owned */
	size_t records;			       /* that were added */
	size_t sets;
	struct compare_set *set; /* owned; [0] is the base */
	size_t rows;
	struct compare_row *row;    /* owned; by set, subtest on the ladder, metric */
	struct decide_row *decided; /* owned; as many */
	size_t primary;		    /* rows in the family */
	size_t differences;
	struct difference *difference; /* owned */
	struct text_list refusals;     /* why nothing is compared: one sentence each */
	struct text_list warnings;     /* what a reader has to know: one sentence each */
	struct text_list problems;     /* "file:line: what" of what could not be read */
	enum verdict verdict;
	char *sentence; /* owned; the whole answer, ASCII but for labels */
};

/** p50, p90, p99; alpha .05, margin .05, nothing allowed. */
struct compare_options compare_defaults(void);

/** Empties @c. @options must outlive it. */
void compare_init(struct comparison *c, const struct compare_options *options);

/**
 * Adds the sets at @path: one for each label there. Returns the number of records, or -errno:
 * @path cannot be read, -ENOMEM.
 */
int compare_load(struct comparison *c, const char *path);

/**
 * Adds the sets at @n paths, in their order, as compare_load() of one after the other does; but
 * several threads read them, one a path. Returns 0; or, of the first path that cannot be read,
 * -errno, or -ENODATA: it holds no record. Then @at is its index, and c->problems are those of
 * this path alone.
 */
int compare_load_all(struct comparison *c, char *const *path, size_t n, size_t *at);

/**
 * Puts what was loaded in order, for who reports sets without comparing them; not before
 * compare(), which does it. Returns 0 or -ENOMEM.
 */
int compare_finish(struct comparison *c);

/**
 * Compares what was loaded. Returns 0, or with the reason in c->refusals: -EPERM (the sets may
 * not be compared), -ENODATA (nothing is left that could be), -EINVAL (there is but one set, or
 * options.primary names what there is not); or -ENOMEM.
 */
int compare(struct comparison *c);

/** Frees all that @c owns. */
void compare_free(struct comparison *c);

/**
 * Compares sets @base and @other of @c alone, after compare() or compare_finish(). @pair borrows
 * them: it must not outlive @c, and is released with compare_pair_free(), always. Returns as
 * compare().
 */
int compare_pair(struct comparison *pair, const struct comparison *c, size_t base,
		 size_t other);

/** Frees what @pair owns, of compare_pair(). */
void compare_pair_free(struct comparison *pair);

/** How many primary rows of new set @set, or of all (0), have verdict @v. */
size_t compare_count(const struct comparison *c, size_t set, enum verdict v);

/** The row of the same cells as @row for metric @name, or NULL. */
const struct compare_row *compare_beside(const struct comparison *c,
					 const struct compare_row *row, const char *name);

/** Whether some metric of the cells of @row is judged. */
bool compare_is_judged(const struct comparison *c, const struct compare_row *row);

/** Whether new set @s has a row that is judged. */
bool compare_is_set_judged(const struct comparison *c, size_t s);

/**
 * What @cell is called beside those of @set: its subtest, and where others of that are set up
 * differently, how: "thp-busy [arena machine]". malloc()ed, or NULL: out of memory.
 */
char *compare_name_in_set(const struct compare_set *set, const struct compare_cell *cell);

/** What @cell of the base is called, as compare_name_in_set(). */
char *compare_cell_name(const struct comparison *c, const struct compare_cell *cell);

/** Fact @path ("kernel.release") of @set, "" if it does not tell. */
const char *compare_fact(const struct compare_set *set, const char *path);

struct json_object;

/** All of @c as a JSON tree after docs/compare.schema.json, or NULL: out of memory. */
struct json_object *compare_to_json(const struct comparison *c);

#endif
