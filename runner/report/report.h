/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_REPORT_REPORT_H
#define PINLAT_RUNNER_REPORT_REPORT_H

/*
 * `pinlat report`: result sets in the formats that other programs read. All are pure functions of
 * the sets and the options: they know no clock, no locale and no terminal.
 *
 * What all of them say: of each subtest the percentiles and the share of huge pages, as the
 * median over its valid runs, and how many these are; each invalid run with its reason; where sets were
 * compared, the verdicts; and whether it came from a virtual machine and from io_uring.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "history/order.h"
#include "judging.h"
#include "report/curves.h"

struct report;

/** A format. */
struct report_format {
	const char *name; /* for --format */
	void (*print)(const struct report *r, FILE *out);
	bool page; /* for people: has curves, and is written though sets may not be compared */
};

extern const struct report_format report_html, report_junit, report_tap, report_kcidb,
	report_squad, report_lava, report_openmetrics;

/** What a CI system knows of the new kernel and its job, and records do not; NULL: not told. */
struct report_kernel {
	const char *commit, *tree, *branch, *git_url;
	const char *platform, *log_url;
	struct text_list files; /* URLs of what the job keeps */
};

/** What `pinlat report` was asked to do. */
struct report_command {
	struct judging judging;
	const struct report_format *format;
	bool separate;	    /* compare nothing */
	const char *output; /* NULL: standard output */
	const char *origin; /* of what goes to KCIDB; NULL: pinlat */
	const char *build;  /* a build that KCIDB has already; NULL: tell of it too */
	struct report_kernel kernel;
	const char *host; /* report this machine alone; NULL: all */
	bool timestamps;  /* OpenMetrics: each value at the time of its measurement */
	enum set_order order;
	bool ordered; /* the order was asked for */
	bool history;
	const char *pairs; /* where pages of neighbours go; NULL: nowhere */
	const char *index; /* write an index of the reports here; NULL: a report */
	char **path;	   /* the sets, ended by NULL */
	char *line; /* owned; the command as it was typed, quoted for a shell; plain */
};

/** What a report is made of. */
struct report {
	const struct report_command *o;
	const struct sets *sets;
	const struct comparison
		*c; /* its sets in order; rows only if they were compared */
	bool compared;
	/* of a page */
	struct curves curves; /* owned; what it draws of each record */
	char **pair; /* owned, one a set; where it is compared with the one before; NULL: nowhere */
	/* of the other formats: cases.h */
	struct report_set *set; /* owned, one a set */
};

/** Writes an index of the reports below o->index. Returns the exit code. */
int report_index(const struct report_command *o);

/**
 * Writes a page of each set and the one before it to o->pairs. Fills r->pair with where they are,
 * seen from o->output. Returns 0, or the exit code: it complained.
 */
int report_pairs(struct report *r);

#endif
