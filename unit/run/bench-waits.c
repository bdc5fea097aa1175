// SPDX-License-Identifier: MIT
/*
 * What it costs a probe to ask what a sample waited for, and what it changes of what is
 * measured. For the latter asked and unasked samples take turns, so that both meet the same
 * machine; the ratio of their quantiles in each of a number of blocks gives an interval.
 *
 * bench-waits [thp | timer [TIMES]]: one of both, with blocks that are TIMES as long.
 */
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "probe/waits.h"
#include "system/units.h"
#include "system/sysfile.h"

#define TIMES  2000
#define BLOCKS 21
/* Of each kind in a block of single length: some ten of them are beyond p99. */
#define BLOCK	1000
#define LONGEST 100

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int by_ratio(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void asked_around(struct waits *w)
{
	uint64_t grown[GROWN];

	waits_prepare(w);
	waits_begin(w);
	waits_end(w, grown);
}

static void asked_after_sleep(struct waits *w)
{
	uint64_t grown[GROWN];

	waits_end_sleep(w, grown);
}

static void cost(const char *what, struct waits *w, void (*ask)(struct waits *w))
{
	const size_t middle = TIMES / 2, late = TIMES / 100 * 99;
	static uint64_t ns[TIMES];

	for (size_t i = 0; i < TIMES; i++) {
		uint64_t start = monotonic_ns();

		ask(w);
		ns[i] = monotonic_ns() - start;
	}
	qsort(ns, TIMES, sizeof(*ns), by_value);
	printf("%s: asking takes %.1f us a sample, 99 %% of them below %.1f us\n", what,
	       (double)ns[middle] / 1e3, (double)ns[late] / 1e3);
}

static uint64_t touch_huge(struct waits *w, bool ask, uint64_t at)
{
	size_t huge = huge_page_size();
	uint64_t grown[GROWN], start, done;
	char *area, *page;

	area = mmap(NULL, 2 * huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		    -1, 0);
	if (area == MAP_FAILED)
		exit(1);
	page = area + (-(uintptr_t)area & (huge - 1));
	madvise(page, huge, MADV_HUGEPAGE);
	if (ask)
		waits_prepare(w);
	sleep_until(at);
	if (ask)
		waits_begin(w);
	start = monotonic_ns();
	*(volatile char *)page = 1;
	done = monotonic_ns();
	if (ask)
		waits_end(w, grown);
	munmap(area, 2 * huge);
	return done - start;
}

static uint64_t wake_up(struct waits *w, bool ask, uint64_t at)
{
	uint64_t grown[GROWN], now;

	sleep_until(at);
	now = monotonic_ns();
	if (ask)
		waits_end_sleep(w, grown);
	return now - at;
}

/* Of @unasked and @asked in turn, by lot which is first, so that neither follows the other. */
static void change(const char *what, struct waits *w, size_t block, uint64_t every,
		   uint64_t (*sample)(struct waits *w, bool ask, uint64_t at))
{
	const struct {
		const char *name;
		size_t rank;
	} quantile[] = { { "p50", block / 2 },
			 { "p90", block / 10 * 9 },
			 { "p99", block / 100 * 99 } };
	static uint64_t ns[2][BLOCK * LONGEST];
	double ratio[3][BLOCKS];
	uint64_t at = monotonic_ns();

	for (size_t b = 0; b < BLOCKS; b++) {
		for (size_t i = 0; i < block; i++) {
			bool first = rand() &
				     1; /* NOLINT(cert-msc30-c,cert-msc50-cpp): a coin */

			ns[first][i] = sample(w, first, at += every);
			ns[!first][i] = sample(w, !first, at += every);
		}
		for (size_t k = 0; k < 2; k++)
			qsort(ns[k], block, sizeof(uint64_t), by_value);
		for (size_t q = 0; q < 3; q++)
			ratio[q][b] = (double)ns[1][quantile[q].rank] /
				      (double)ns[0][quantile[q].rank];
	}
	for (size_t q = 0; q < 3; q++) {
		qsort(ratio[q], BLOCKS, sizeof(double), by_ratio);
		/* Of 21 the 6th and the 16th hold the median with 97 %. */
		printf("%s: asked against unasked, %s: %+.1f %% [%+.1f .. %+.1f]\n", what,
		       quantile[q].name, 100 * (ratio[q][BLOCKS / 2] - 1),
		       100 * (ratio[q][5] - 1), 100 * (ratio[q][15] - 1));
	}
}

int main(int argc, char **argv)
{
	size_t times = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
	bool thp = argc < 2 || strcmp(argv[1], "thp") == 0;
	bool timer = argc < 2 || strcmp(argv[1], "timer") == 0;
	struct sched_param fifo = { .sched_priority = 50 };
	struct waits_errors errors;
	struct waits w;

	if (argc > 3 || !(thp || timer) || times < 1 || times > LONGEST) {
		fprintf(stderr, "usage: %s [thp | timer [TIMES, at most %d]]\n", argv[0],
			LONGEST);
		return 2;
	}
	waits_open(&w, true, &errors);
	if (errors.taskstats || errors.schedstat) {
		fprintf(stderr, "needs root, taskstats and schedstat\n");
		return 77;
	}
	if (thp) {
		cost("thp", &w, asked_around);
		change("thp", &w, times * BLOCK, NSEC_PER_MSEC, touch_huge);
	}
	if (timer) {
		cost("timer", &w, asked_after_sleep);
		if (sched_setscheduler(0, SCHED_FIFO, &fifo) == 0)
			change("timer", &w, times * BLOCK, NSEC_PER_MSEC / 2, wake_up);
	}
	return 0;
}
