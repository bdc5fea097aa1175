/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_PLAN_H
#define PINLAT_RUNNER_PLAN_H

/*
 * The plan of a result set, DIR/plan.json: which subtest each sequence number stands
 * for. Blocks of all chosen subtests, each block shuffled, so that a drift of the
 * machine meets all of them alike. Written before the first run; --resume obeys it.
 */

#include "run_options.h"

struct plan {
	char *label;
	char *probes, *loads;
	uint64_t seed, runs;
	char *test[TEST_OPTIONS]; /* NULL: the test's own choice */
	char **passed;		  /* ended by NULL */
	size_t n;
	char **order; /* n names of subtests */
};

/** Makes the plan that @o asks for. Returns 0 or -errno. */
int plan_make(struct plan *p, const struct run_options *o);

/** Writes it to @path. Returns 0 or -errno. */
int plan_write(const struct plan *p, const char *path);

/** Reads @path. Returns 0; -EINVAL with a sentence in @why; -ENOENT or another -errno. */
int plan_read(struct plan *p, const char *path, char *why, size_t size);

/** Whether what @o gives is what @p says; else complains of the first difference. */
bool plan_agrees(const struct plan *p, const struct run_options *o);

/** Frees what @p owns; a struct of zeros is no plan and allowed. */
void plan_free(struct plan *p);

#endif
