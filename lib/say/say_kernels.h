/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SAY_SAY_KERNELS_H
#define PINLAT_SAY_SAY_KERNELS_H

#include "render/document.h"
#include "summary/comparison.h"

/** Whether a mail about @c has one table with a column for each kernel, in place of theirs. */
bool say_in_columns(const struct comparison *c);

/** That table, and what its marks mean. */
void say_kernels(struct document *d, const struct comparison *c);

#endif
