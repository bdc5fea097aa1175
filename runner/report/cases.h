/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_REPORT_CASES_H
#define PINLAT_RUNNER_REPORT_CASES_H

/* What the formats of `pinlat report` for programs share: names, medians, and what counts as what. */

#include "report.h"
#include "sets/cell.h"
#include "system/json.h"

/** A subtest of a set: on all its machines, or on one of them. */
struct report_subtest {
	const struct report_set *set;
	const struct cell *cell;
	size_t machine; /* of the set, or ALL_MACHINES */
	const struct fact_list
		*facts; /* of this machine; of all: as the first record tells */
	char *name; /* owned; no other of the set has it: "thp-busy", "thp-busy [arena machine]" */
	char *slug; /* owned; the same of letters, digits, '.', '-' and '_' alone */
	/* owned; its provenance_of_cell(), and how its samples are counted */
	char *place;
	/*
	 * owned; the same as a slug that tells apart what must not be compared:
	 * "virtual-uring-tree-cgroup_2G", "real-i915-loop-machine", "virtual-qemu-mock-machine"
	 */
	char *place_slug;
	struct cell_value
		*value; /* owned; one a metric: the median over the valid runs */
};

/** What a CI system calls a test case is a run, a subtest, or a row that was judged. */
enum report_status {
	REPORT_MEASURED, /* a run or a subtest: has numbers, judges nothing */
	REPORT_PASS,	 /* a row: same or better */
	REPORT_FAIL, /* a row that is worse; with --fail-on unclear also one that is unclear */
	REPORT_UNCLEAR, /* a row: neither a change nor none is proven */
	REPORT_INVALID, /* a run whose pressure did not happen: its numbers prove nothing */
	REPORT_NOTHING, /* a subtest without a valid run */
	REPORT_STATUSES
};

struct report_case {
	const struct report_subtest *subtest;
	size_t number; /* of a run of this status among those of the subtest, from 1 */
	const struct run *run;	       /* NULL: it is no run */
	const struct compare_row *row; /* NULL: it is no row */
	enum report_status status;
	char *name; /* owned; within its set: "thp-busy run 1", "thp-busy", "thp-busy p99" */
	char *text; /* owned; what came of it: "worse: 242µs to 489µs, +116% [+65..+190%], …" */
};

struct report_set {
	const struct set *set;
	char *name, *slug; /* owned; no other set has them */
	char *where;	   /* owned; its provenance_of_sets() */
	/* the name of its machine; NULL: there are several, or the records do not tell */
	const char *host;
	size_t subtests;
	struct report_subtest *subtest; /* owned; by ladder */
	/* owned; machine by machine, then by ladder. Of one machine they are not copied: "subtest" */
	size_t parts;
	struct report_subtest *part;
	/*
	 * Its subtests (all, where sets were compared; else those without a valid run) and runs (the
	 * invalid ones; where nothing was compared all), then the rows in which it was judged.
	 */
	size_t cases;
	struct report_case *item; /* owned */
};

/** Fills r->set. Then report_cases_free(). */
void report_cases_make(struct report *r);
void report_cases_free(struct report *r);

/** Whether @name may be that of a CI system in KCIDB, and @id that of a build there. */
bool kcidb_is_origin(const char *name);
bool kcidb_is_build(const char *id);

/** Begins data for KCIDB with its version; returns the object that the arrays are put into. */
json_object *kcidb_begin(struct json_out *json);

/** Gives @test the number {"value", "unit", "prefix"}. */
void kcidb_put_value(struct json_out *json, json_object *test, double x,
		     enum metric_unit unit);

/** Whether the GPU that @facts are of is a mock of the lab. */
bool report_has_mock(const struct fact_list *facts);

/** How many runs of @t are invalid. */
size_t report_invalid(const struct report_subtest *t);

#define REPORT_HOST_UNKNOWN "unknown"

/** What the machine of @t is called, plain, or REPORT_HOST_UNKNOWN. */
const char *report_host(const struct report_subtest *t);

/** The machine of the run @c, or the only one of its set; NULL: not known, or several. */
const char *report_case_host(const struct report_case *c);

/**
 * How set @s is told from the others of the report, the same each night: "base" and "new", the name of a
 * third one; where nothing is compared "" for the first and the name of all others.
 */
const char *report_side(const struct report *r, size_t s);

/** Whether metric @m is reported: what can be judged, but for the mean of faults. */
bool report_is_shown(const struct metric *m);

/** Whether @value is a number: not where runs do not tell, or most of them stalled too much. */
bool report_is_told(const struct cell_value *value);

/** Digits that a value in @unit is printed with: nanoseconds are whole, or halves between two. */
int report_digits(enum metric_unit unit);

/**
 * Makes @name, which it takes over, one that is not yet among @taken: with @mark and a number
 * behind it. Adds it there; tdestroy(taken, free) in the end.
 */
char *report_unique(void **taken, char *name, const char *mark);

/** @text with '_' for each run of what is no letter, digit, '.', '-' or '_' of ASCII. */
void report_slug(FILE *out, const char *text);

/** @text with a backslash before each character of @special. */
void report_backslash(FILE *out, const char *text, const char *special);

#endif
