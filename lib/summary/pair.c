// SPDX-License-Identifier: MIT
#include "sets/compare.h"

#include <errno.h>
#include <stdlib.h>

#include "sets/set-private.h"

/* What compare() says of a set beside what was read. */
static void forget_verdict(struct compare_set *set)
{
	set->verdict = VERDICT_NONE;
	set->sentence = NULL;
	set->environment = NULL;
	set->advice = NULL;
}

int compare_pair(struct comparison *pair, const struct comparison *c, size_t base,
		 size_t other)
{
	compare_init(pair, c->options);
	pair->set = calloc(2, sizeof(*pair->set));
	if (!pair->set)
		return -ENOMEM;
	pair->sets = 2;
	pair->set[0] = c->set[base];
	pair->set[1] = c->set[other];
	forget_verdict(&pair->set[0]);
	forget_verdict(&pair->set[1]);
	return _compare_finished(pair);
}

void compare_pair_free(struct comparison *pair)
{
	for (size_t i = 0; i < pair->sets; i++) {
		free(pair->set[i].sentence);
		free(pair->set[i].environment);
		free(pair->set[i].advice);
	}
	pair->sets = 0; /* what is left of them belongs to the other comparison */
	compare_free(pair);
}
