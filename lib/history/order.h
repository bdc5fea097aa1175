/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_HISTORY_ORDER_H
#define PINLAT_HISTORY_ORDER_H

/* Sets in the order of their kernels, for who looks at many of them. */

#include "sets/sets.h"

enum set_order {
	ORDER_GIVEN,
	/*
	 * When the kernel was built, as its version tells; for a build that sets
	 * KBUILD_BUILD_TIMESTAMP to it, that is the commit's date. If not all sets tell: when the
	 * first run of each began.
	 */
	ORDER_DATE,
	ORDER_RELEASE, /* of the kernel, by its numbers: 6.9, 6.10-rc1, 6.10-rc10, 6.10, 6.10.1 */
	ORDER_LABEL, /* numbers in it by value: "v9" before "v10" */
	SET_ORDERS
};

/** "given", "date", "release", "label". */
const char *set_order_name(enum set_order order);

/** The order called @name, which is one of these. */
enum set_order set_order_named(const char *name);

/** "the order given", "the order of their builds", …: of @sets, as they are ordered by it. */
const char *set_order_text(const struct sets *sets, enum set_order order);

/** When the kernel of @set was built, as its version tells: seconds since 1970; NAN: it does not. */
double set_built(const struct set *set);

/**
 * Orders @sets, between sets_load() and sets_finish(); equal ones stay as they were. The
 * first becomes the base.
 */
void sets_order(struct sets *sets, enum set_order order);

#endif
