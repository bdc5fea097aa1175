/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_REPORT_H
#define PINLAT_RUNNER_REPORT_H

/*
 * `pinlat report`: result sets in the formats that other programs read. All are pure functions of
 * the sets and the options: they know no clock, no locale and no terminal.
 *
 * What all of them say: of each subtest the quantiles and how often huge pages were had, as the
 * median over its valid runs with their number; each invalid run with its reason; where sets were
 * compared, the verdicts; and whether it came from a virtual machine and from io_uring.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "history/order.h"
#include "judging.h"
#include "report/curves.h"

/** A subtest of a set, with names that no other subtest of the set has. */
struct report_subtest {
	size_t set;
	const struct cell *cell;
	char *name; /* owned; "thp-busy", or "thp-busy [arena machine]" */
	char *slug; /* owned; the same of letters, digits, '.', '-' and '_' alone */
};

/** What a report is made of. */
struct report_view {
	const struct comparison
		*c; /* its sets in order; rows only where they were compared */
	const struct judging *judging;
	bool compared;
	FILE *out;
	const char *command; /* as it was typed, quoted for a shell; plain */
	char **path;	     /* where the records are, ended by NULL */
	size_t subtests;
	struct report_subtest *subtest; /* owned; by set and ladder */
	char **set_name, **set_slug;	/* owned, one a set; no two are the same */
	const char *origin;		/* of what goes to KCIDB */
	const char *build;  /* a build that KCIDB has already; NULL: tell of it too */
	const char *output; /* where the report goes; NULL: standard output */
	const struct curves *curves; /* of a page: what it draws of each record */
	const struct metrics *asked; /* what is shown; a page reads more than that */
	const char *order;	     /* of the sets, in words */
	bool history;		     /* of a page: has one however few its sets are */
	char **pair; /* of a page: one a set, where it is compared with the one before */
};

/** A format. */
struct report_format {
	const char *name; /* for --format */
	int (*print)(const struct report_view *v);
	bool page; /* for people: has curves, and is written though sets may not be compared */
};

/** Each prints all of a report. Returns 0 or -ENOMEM. */
int report_print_html(const struct report_view *v);
int report_print_junit(const struct report_view *v);
int report_print_tap(const struct report_view *v);
int report_print_kcidb(const struct report_view *v);
int report_print_squad(const struct report_view *v);
int report_print_lava(const struct report_view *v);
int report_print_openmetrics(const struct report_view *v);

/** What `pinlat report` was asked to do. */
struct report_command {
	struct judging judging;
	const struct report_format *format;
	bool separate;	    /* compare nothing */
	const char *output; /* NULL: standard output */
	const char *origin, *build;
	enum set_order order;
	bool ordered; /* the order was asked for */
	bool history;
	const char *pairs; /* where pages of neighbours go; NULL: nowhere */
	const char *index; /* write an index of the reports here; NULL: a report */
	char **path;	   /* the sets, ended by NULL */
	char *line;	   /* owned; the command as it was typed, quoted for a shell */
};

/** Writes an index of the reports below o->index. Returns the exit code. */
int report_index(const struct report_command *o);

/**
 * Writes a page of each set and the one before it to o->pairs. Fills @pair (one a set) with where
 * its page is, seen from o->output; the texts are the caller's, NULL: no link. Returns -1 to go
 * on, else the exit code: it complained.
 */
int report_pairs(const struct report_view *v, const struct report_command *o,
		 char **pair);

/** The folder that @output (NULL: standard output) stands in, resolved; malloc()ed, or NULL. */
char *report_folder(const char *output);

/**
 * What is at @path as seen from @folder: a URL where it is below it, so that both may be moved
 * together; else NULL, since a link would lead elsewhere on other machines. malloc()ed.
 */
char *report_link(const char *folder, const char *path);

/** Reads and checks the command line; does not return if it is wrong. */
void report_command_parse(struct report_command *o, int argc, char **argv);

/** Frees what @o owns. */
void report_command_free(struct report_command *o);

#endif
