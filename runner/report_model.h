/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_REPORT_MODEL_H
#define PINLAT_RUNNER_REPORT_MODEL_H

/* What the formats of `pinlat report` share: names, medians, and what counts as what. */

#include "report.h"

/** Fills the names of @v, whose sets are in order. Returns 0 or -ENOMEM. Then free, always. */
int report_model_make(struct report_view *v);

/** Frees the names of @v. */
void report_model_free(struct report_view *v);

/** A metric of a subtest. */
struct report_value {
	double median; /* over the runs that tell; NAN: none does */
	size_t n;      /* how many do */
	size_t few;    /* runs that have too few samples for this quantile */
};

/** The median of metric @m over the valid runs of @cell. Returns 0 or -ENOMEM. */
int report_median(const struct cell *cell, size_t m, struct report_value *value);

/** Whether metric @m is reported: quantiles, and how often a huge page was had. */
bool report_is_shown(const struct report_view *v, size_t m);

/** Digits that a value in @unit is printed with: nanoseconds are whole, or halves between two. */
int report_digits(enum metric_unit unit);

/**
 * Where subtest @t was measured: "virtual machine (kvm), engine uring (io_uring, no GPU), …".
 * malloc()ed, or NULL: out of memory.
 */
char *report_place(const struct report_view *v, const struct report_subtest *t);

/** What it was measured on: "virtual", "real", or "unknown" where the records do not tell. */
const char *report_machine(const struct report_view *v, const struct report_subtest *t);

/**
 * Writes the same as a slug that tells apart what must not be compared:
 * "virtual-uring-cgroup_2G", "real-i915-machine", "virtual-qemu-machine".
 */
void report_place_slug(const struct report_view *v, const struct report_subtest *t,
		       FILE *out);

/** @text with '_' for each run of what is no letter, digit, '.', '-' or '_' of ASCII. */
void report_slug(FILE *out, const char *text);

/** What a CI system calls a test case is a run, a subtest, or a row that was judged. */
enum report_status {
	REPORT_MEASURED, /* a run or a subtest: has numbers, judges nothing */
	REPORT_PASS,	 /* a row: same or better */
	REPORT_FAIL, /* a row that is worse; with --fail-on unclear also one that is unclear */
	REPORT_UNCLEAR, /* a row: these runs cannot tell */
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
};

/**
 * Calls @each for what set @s has: its subtests (all, where sets were compared; else those
 * without a valid run) and runs (the invalid ones; where nothing was compared all), then the rows
 * in which it was judged. Ends early when @each does not return 0. Returns what @each does.
 */
int report_each_case(const struct report_view *v, size_t s,
		     int (*each)(const struct report_view *v, const struct report_case *c,
				 void *data),
		     void *data);

/**
 * The name of @c within its set: "thp-busy run 1", "thp-busy", "thp-busy p99". malloc()ed, or
 * NULL: out of memory.
 */
char *report_case_name(const struct report_view *v, const struct report_case *c);

/**
 * What came of @c, in a line: "worse: 242µs to 489µs, +116% [+65%..x2478], …". malloc()ed, or
 * NULL: out of memory.
 */
char *report_case_text(const struct report_view *v, const struct report_case *c);

/** Calls @each for each fact of set @s, with its text made plain and not cut. Returns 0 or -ENOMEM. */
int report_each_fact(const struct report_view *v, size_t s,
		     void (*each)(FILE *out, const char *path, const char *text));

/** @start, seconds since 1970, as "2026-01-31T10:00:00Z" in @buf; "" where it is not known. */
const char *report_time(double start, char *buf, size_t size);

/** The earliest start of the runs of set @s; NAN: not known. */
double report_first_start(const struct report_view *v, size_t s);

#endif
