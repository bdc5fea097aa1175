// SPDX-License-Identifier: MIT
#include "run_session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A switch is one word; the trace goes into a file beside the record. Returns how many words. */
static size_t put_option(struct run_command *c, struct run_session *s, enum test_option i,
			 char **argv)
{
	char *value = s->plan.test[i];

	if (i == OPTION_EXPLAIN) {
		snprintf(c->option[i], sizeof(c->option[i]), "--%s=%s",
			 test_option_name(i), value);
		argv[0] = c->option[i];
		return 1;
	}
	if (i == OPTION_KEEP_TRACE) {
		if (strcmp(value, "on") != 0)
			return 0;
		snprintf(c->trace, sizeof(c->trace), "%.*s.trace",
			 (int)(strlen(s->record) - strlen(".json")), s->record);
		value = c->trace;
	}
	snprintf(c->option[i], sizeof(c->option[i]), "--%s", test_option_name(i));
	argv[0] = c->option[i];
	argv[1] = value;
	return 2;
}

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
		n += put_option(c, s, i, c->argv + n);
	}
	c->argv[n++] = record;
	c->argv[n++] = s->record;
	for (size_t i = 0; i < passed; i++)
		c->argv[n++] = s->plan.passed[i];
	return 0;
}
