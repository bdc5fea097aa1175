/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_COMPARE_PRINT_H
#define PINLAT_RUNNER_COMPARE_PRINT_H

/*
 * A comparison in each format. All are pure functions of the comparison: they know no
 * clock, no locale and no terminal width; a terminal adds colours and nothing else.
 */

#include <stdbool.h>
#include <stdio.h>

#include "compare/compare.h"
#include "table.h"

#define TEXT_WIDTH 100
#define MAIL_WIDTH 72

/** What a format gets. */
struct compare_view {
	const struct comparison *c;
	FILE *out;
	bool colour;
	const char *command; /* as it was typed, quoted for a shell */
};

/** Each prints all of a comparison. Returns 0 or -ENOMEM. */
int compare_print_text(const struct compare_view *v);
int compare_print_mail(const struct compare_view *v);
int compare_print_json(const struct compare_view *v);
int compare_print_csv(const struct compare_view *v);
int compare_print_markdown(const struct compare_view *v);
int compare_print_ministat(const struct compare_view *v);
int compare_print_benchstat(const struct compare_view *v);

/* Below: what formats share. Texts go to @buf, which is returned. */

#define CELL_SIZE 64
#define LINE_SIZE 2400 /* three facts of 160 characters, in UTF-8 */

/** @ns without its fraction, within what uint64_t holds. */
uint64_t whole_ns(double ns);

/** @value of @m with its unit: "20.6µs", "98%", "13.2M/s"; "-" where it is not known. */
const char *value_text(const struct metric *m, double value, char *buf, size_t size);

/** The value of one side of @row, or "n<368" where no run has the samples. */
const char *side_text(const struct comparison *c, const struct compare_row *row, int side,
		      char *buf, size_t size);

/** The interval of @row's change, as short as a table wants it: "+18..+47%"; "" if none. */
const char *range_text(const struct compare_row *row, char *buf, size_t size);

/** The change of @row, "+32%", or "" where there is none. */
const char *row_change_text(const struct compare_row *row, char *buf, size_t size);

/** A p-value: "0.0079", "1"; "" if not known. */
const char *p_text(double p, char *buf, size_t size);

/** The adjusted p of a row that is judged; "n<5" where so few can never be significant. */
const char *judged_p_text(const struct decide_row *d, char *buf, size_t size);

/** Some row of set @s that cannot be significant, or NULL. */
const struct decide_row *find_hopeless(const struct comparison *c, size_t s);

/** What a unit of set @s is: "runs" or "boots". */
const char *units_name(const struct comparison *c, size_t s);

/** How often the first touch was huge beside latencies of thp: "100>98%", "100%"; "". */
const char *huge_text(const struct comparison *c, const struct compare_row *row,
		      char *buf, size_t size);

/** "Intel(R) …, 2 CPUs, 23.5G memory, VIRTUAL MACHINE (kvm)". */
const char *machine_text(const struct compare_set *set, char *buf, size_t size);

/** "6.1.0 (preempt voluntary), 48 of 50 runs valid, 1 boot". */
const char *set_text(const struct compare_set *set, char *buf, size_t size);

/** "arena cgroup:2G, engine uring, 20s a run, as scheduled": of the base's runs. */
const char *setup_text(const struct comparison *c, char *buf, size_t size);

/** The verdict on the whole, in one word: what no set was judged for is unclear. */
const char *overall_text(enum verdict v);

/** Which rows a table is made of. */
enum row_choice {
	ROWS_JUDGED,
	ROWS_OTHER_QUANTILES,
	ROWS_EXPLAINING, /* of the subtests that are judged; where both sides are 0, not */
};

/** Whether @row of set @s belongs to @choice. */
bool is_chosen(const struct comparison *c, const struct compare_row *row, size_t s,
	       enum row_choice choice);

/**
 * Prints @text in lines of at most @width columns, broken at blanks, or within a word that is
 * longer than a line; later lines begin with @indent blanks. @at: the column where it starts.
 */
void print_wrapped(FILE *out, const char *text, size_t width, size_t at, size_t indent);

/** What a table of judged rows of set @s says that is not plain, in lines of @width columns. */
void print_legend(const struct compare_view *v, size_t s, size_t width);

/** Whether the names of all cells fit @width columns; else each stands above a table of its own. */
bool are_names_short(const struct comparison *c, size_t width);

/**
 * What @print prints, with "us" for "µs" and '?' for all else that is not ASCII. Returns
 * what @print does, or -ENOMEM.
 */
int print_all_ascii(const struct compare_view *v,
		    int (*print)(const struct compare_view *v));

/** Calls @print for what differs between the environments of the base and set @s. */
int each_difference(const struct comparison *c, size_t s,
		    void (*print)(void *data, const char *path, const char *base,
				  const char *other),
		    void *data);

#endif
