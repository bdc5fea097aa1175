// SPDX-License-Identifier: MIT
/* What it costs a probe to ask what a sample waited for, a sample. */
#include <stdio.h>
#include <stdlib.h>

#include "probe/waits.h"
#include "system/clock.h"

#define TIMES 2000

static void asked_around(struct waits *w)
{
	uint64_t grown[GROWN];

	_waits_begin(w);
	_waits_end(w, grown);
}

static void asked_after_sleep(struct waits *w)
{
	uint64_t grown[GROWN];

	_waits_end_sleep(w, grown);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void measure(const char *what, struct waits *w, void (*ask)(struct waits *w))
{
	static uint64_t ns[TIMES];

	for (size_t i = 0; i < TIMES; i++) {
		uint64_t start = monotonic_ns();

		ask(w);
		ns[i] = monotonic_ns() - start;
	}
	qsort(ns, TIMES, sizeof(*ns), by_value);
	printf("%s: median %.1f us a sample, 99 %% below %.1f us\n", what,
	       (double)ns[TIMES / 2] / 1e3, (double)ns[TIMES / 100 * 99] / 1e3);
}

int main(void)
{
	struct waits_errors errors;
	struct waits w;

	_waits_open(&w, true, &errors);
	if (errors.taskstats || errors.schedstat) {
		fprintf(stderr, "needs root, taskstats and schedstat\n");
		return 77;
	}
	measure("thp", &w, asked_around);
	measure("timer", &w, asked_after_sleep);
	return 0;
}
