/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_COMPARE_PRINT_H
#define PINLAT_RUNNER_COMPARE_PRINT_H

/*
 * A comparison in each format. All are pure functions of the comparison: they know no
 * clock, no locale and no terminal width; a terminal adds colours and nothing else.
 */

#include <stdbool.h>
#include <stdio.h>

#include "summary/comparison.h"
#include "summary/words.h"

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

/**
 * What @print prints, with "us" for "µs" and '?' for all else that is not ASCII. Returns
 * what @print does, or -ENOMEM.
 */
int print_all_ascii(const struct compare_view *v,
		    int (*print)(const struct compare_view *v));

#endif
