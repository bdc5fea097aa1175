// SPDX-License-Identifier: MIT
#include "run_session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int _run_build_command(struct run_command *c, struct run_session *s, size_t seq)
{
	static char run_subtest[] = "--run-subtest", label[] = "--label",
		    seq_option[] = "--seq", seed_option[] = "--seed",
		    record[] = "--record";
	size_t passed = 0, n = 0;

	while (s->plan.passed[passed])
		passed++;
	c->argv = calloc(12 + 2 * TEST_OPTIONS + passed, sizeof(*c->argv));
	if (!c->argv)
		return -ENOMEM;
	snprintf(c->seq, sizeof(c->seq), "%zu", seq);
	snprintf(c->seed, sizeof(c->seed), "%" PRIu64, s->plan.seed);
	c->argv[n++] = s->test;
	c->argv[n++] = run_subtest;
	c->argv[n++] = s->plan.order[seq];
	c->argv[n++] = label;
	c->argv[n++] = s->plan.label;
	c->argv[n++] = seq_option;
	c->argv[n++] = c->seq;
	c->argv[n++] = seed_option;
	c->argv[n++] = c->seed;
	for (enum test_option i = 0; i < TEST_OPTIONS; i++) {
		if (!s->plan.test[i])
			continue;
		snprintf(c->option[i], sizeof(c->option[i]), "--%s", test_option_name(i));
		c->argv[n++] = c->option[i];
		c->argv[n++] = s->plan.test[i];
	}
	c->argv[n++] = record;
	c->argv[n++] = s->record;
	for (size_t i = 0; i < passed; i++)
		c->argv[n++] = s->plan.passed[i];
	return 0;
}
