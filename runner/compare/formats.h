/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_COMPARE_FORMATS_H
#define PINLAT_RUNNER_COMPARE_FORMATS_H

/*
 * A comparison in each format. All are pure functions of the comparison: they know no
 * clock, no locale and no terminal width; a terminal adds colours and nothing else.
 */

#include <stdbool.h>
#include <stdio.h>

#include "render/render.h"
#include "summary/comparison.h"

/** What a format gets. */
struct compare_view {
	const struct comparison *c;
	FILE *out;
	bool colour;
	const char *command; /* as it was typed, quoted for a shell */
	void (*render)(FILE *out, const struct document *d, bool colour);
};

/** Each prints all of a comparison. */
void compare_print_said(
	const struct compare_view *v); /* the document, as v->render does */
void compare_print_json(const struct compare_view *v);
void compare_print_csv(const struct compare_view *v);

/** Of one set that need not be compared: the judged metric of each valid run, a line each. */
void compare_print_values(const struct compare_view *v);

#endif
