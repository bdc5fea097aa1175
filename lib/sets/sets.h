/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SETS_SETS_H
#define PINLAT_SETS_SETS_H

/*
 * Result sets: records as they were read, grouped and put in order.
 *
 * A set is the records of one label and one kernel under one path. Its runs are put into cells:
 * one subtest, set up alike. Records are reduced to a few dozen numbers as they are read, so that
 * sets of thousands fit into memory.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/record.h"
#include "sets/environment.h"
#include "sets/metric.h"
#include "system/text.h"
#include "stats/attribution.h"

/** The longest name of a set or a subtest that a table or a sentence bears. */
#define NAME_MAX_SHOWN 48

/** One run, reduced. */
struct run {
	size_t number;	/* of its record, in the order of reading, over all sets */
	size_t boot;	/* which of its set's */
	size_t machine; /* likewise */
	double start;	/* seconds since 1970; NAN: it does not tell */
	uint64_t seq, samples, sum; /* the last two of its distribution */
	char *reason;		    /* owned; why it is invalid, NULL: valid */
	char *notes; /* owned; what a reader should know, plain; NULL: nothing */
	double value[METRICS_MAX]; /* by metric, as struct reading has it */
	bool attributed;	   /* it tells where the time of its samples went: */
	unsigned int seen;	   /* bit i: cause i was seen */
	struct attribution_split all, slow;
	bool few[METRICS_MAX]; /* the samples do not support this quantile */
};

/** The runs of one subtest of one set that were set up alike. */
struct cell {
	char *subtest;		     /* owned */
	struct record_config config; /* of its first run */
	uint64_t shortest, longest;  /* duration_ns of its runs */
	size_t runs;
	struct run *run; /* owned; those that count, by start, then those left out */
	size_t left_out; /* invalid runs, which stand behind them */
	size_t invalid;	 /* runs left out, or used because that is allowed */
};

/** A machine that records of a set are from. */
struct set_machine {
	char *id;   /* owned; the hash of its machine-id, else its name; "": not told */
	char *name; /* owned; plain; as it calls itself, else its id */
	struct fact_list facts;	    /* as the first record that knows tells */
	struct text_list differing; /* paths of facts that not all of its records share */
};

struct set {
	char *path, *label; /* owned */
	char *shown_path;   /* owned; plain */
	char *name; /* owned; plain and unique: its label, where need be kernel or path too */
	struct fact_list facts; /* of its machine, as the first record that knows tells */
	struct text_list differing; /* paths of facts that not all of its runs share */
	size_t machines;
	struct set_machine *machine; /* owned; in the order in which they are met */
	size_t cells;
	struct cell *cell;     /* owned; by ladder */
	struct text_list boot; /* boot ids */
	size_t records, duplicates;
	struct text_list invalid; /* runs: "0003 thp-busy: reason" */
	char *ignored;		  /* owned; fields of a newer minor version, NULL: none */
};

struct sets {
	/* asked */
	const struct metrics *metrics; /* not owned */
	bool woken; /* samples of wake-ups that happened, not all that were planned */
	bool use_invalid; /* invalid runs count */
	const char *
		host; /* not owned; the name of the only machine whose records are read; NULL: all */
	/*
	 * For who lists records: those of one label are one set whatever their path, unless kernel
	 * or machine differ. Else a set is of one path and one kernel, whatever else differs in it.
	 * sets_load() alone.
	 */
	bool apart;
	/*
	 * NULL, or called for each record before it is freed: number @number of path @path of
	 * sets_load_all(), both from 0. Paths are read by several threads, each by one. Returns 0
	 * or -errno: reading ends.
	 */
	int (*watch)(const struct record *r, size_t path, size_t number, void *watched);
	void *watched; /* not owned */
	/* read */
	size_t records;
	size_t n;
	struct set *set;	   /* owned; in the order of their paths */
	struct text_list problems; /* "file:line: what" of what could not be read */
};

/**
 * Adds the sets at @path: one for each label there, and for each kernel of a label. Returns the
 * number of records, or -errno: @path cannot be read (-EBADMSG: not whole, as sets->problems say).
 */
int sets_load(struct sets *sets, const char *path);

/**
 * Adds the sets at @n paths, in their order, as sets_load() of one after the other does; but
 * several threads read them, one a path. Returns 0; or, of the first path that cannot be read,
 * -errno, or -ENODATA: it holds no record. Then @at is its index, and sets->problems are those
 * of this path alone.
 */
int sets_load_all(struct sets *sets, char *const *path, size_t n, size_t *at);

/**
 * Once all is loaded: puts runs and cells in order, drops what is there twice or does not count,
 * and names the sets.
 */
void sets_finish(struct sets *sets);

/** Frees what @sets owns. */
void sets_free(struct sets *sets);

/** How many runs of @subtest (NULL: of all) in @set count. */
size_t set_runs(const struct set *set, const char *subtest);

/** When the first and the last run of a set began: seconds since 1970; NAN: none tells. */
struct set_times {
	double first, last;
};

struct set_times set_times(const struct set *set);
struct set_times set_times_on(const struct set *set, size_t machine);

/** Every machine of a set. */
#define ALL_MACHINES SIZE_MAX

/** Whether @run was made on @machine, which may be ALL_MACHINES. */
static inline bool run_is_on(const struct run *run, size_t machine)
{
	return machine == ALL_MACHINES || run->machine == machine;
}

/** Fact @path ("kernel.release") of @set, "" if it does not tell. */
const char *set_fact(const struct set *set, const char *path);

#endif
