/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SAY_SAY_ANSWER_H
#define PINLAT_SAY_SAY_ANSWER_H

/* What a page and a mail begin with: what was measured, and the judged numbers. */

#include "render/document.h"
#include "summary/comparison.h"

/** "8 boots of each kernel, in turn"; NULL: nothing is judged. malloc()ed. */
char *say_units(const struct comparison *c);

/** How a change comes from two sides, for a legend: "that of the median pair of boots, ...". malloc()ed. */
char *say_pair(const struct comparison *c);

/** What was measured, in a few sentences, for whoever sees nothing else. */
void say_measured(struct document *d, const struct comparison *c);

/** In what the environments differ from the base's, if it is said alike of all kernels; else NULL. */
const char *say_common_environment(const struct comparison *c);

/** Up to so many kernels, the base among them, are columns of the page's table. */
#define KERNELS_ON_PAGE 6

/** Whether names are too long for columns of a mail, where they are "base", "new 1", … then. */
bool say_names_are_long(const struct comparison *c);

/** The judged numbers with a column for each kernel; in a mail several tables if they are many. */
void say_kernels(struct document *d, const struct comparison *c);

#endif
