/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_COMPARE_FORMATS_H
#define PINLAT_RUNNER_COMPARE_FORMATS_H

/*
 * A comparison in each format. All are pure functions of the comparison: they know no
 * clock and no locale; a terminal adds colours, and its width to text.
 */

#include <stdbool.h>
#include <stdio.h>

#include "render/render.h"
#include "summary/comparison.h"

/** What a format gets. */
struct compare_view {
	const struct comparison *c;
	struct look look;
	const char *command; /* as it was typed, quoted for a shell */
	void (*render)(FILE *out, const struct document *d, const struct look *look);
};

/** Each prints all of the comparison of @view, a struct compare_view. */
void compare_print_said(FILE *out, void *view); /* the document, as view->render does */
void compare_print_json(FILE *out, void *view);
void compare_print_csv(FILE *out, void *view);

/** In the layout of mmtests' compare-kernels.sh: positive is better. */
void compare_print_mmtests(FILE *out, void *view);

/** The verdict and the headline in one line, for a commit message. */
void compare_print_line(FILE *out, void *view);

/** Of one set that need not be compared: the judged metric of each valid run, a line each. */
void compare_print_values(FILE *out, void *view);

#endif
