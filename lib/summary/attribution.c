// SPDX-License-Identifier: MIT
#include "summary/attribution.h"

#include <stdio.h>

#include "system/text.h"
#include "summary/words.h"
#include "system/units.h"

/* What one of the runs could not see is unexplained for all. */
static void forget(struct attribution_split *split, unsigned int seen)
{
	for (int i = 0; i < CAUSES; i++) {
		if (seen & 1u << i)
			continue;
		split->unexplained_ns += split->cause_ns[i];
		split->cause_ns[i] = 0;
	}
}

size_t compare_attribution(const struct cell *cell, struct compare_attribution *a)
{
	*a = (struct compare_attribution){ .seen = ~0u };
	for (size_t i = 0; i < cell->runs; i++) {
		const struct run *run = &cell->run[i];

		if (!run->attributed)
			continue;
		a->runs++;
		a->seen &= run->seen;
		attribution_split_merge(&a->all, &run->all);
		attribution_split_merge(&a->slow, &run->slow);
	}
	forget(&a->all, a->seen);
	forget(&a->slow, a->seen);
	return a->runs;
}

const char *compare_attribution_text(const struct cell *cell, char *buf, size_t size)
{
	struct compare_attribution a;
	char parts[300], time[32];

	if (compare_attribution(cell, &a) == 0 || a.slow.count == 0)
		snprintf(buf, size, "not recorded");
	else
		snprintf(buf, size, "%s on average: %s",
			 format_time(a.slow.total_ns / a.slow.count, time, sizeof(time)),
			 attribution_describe(&a.slow, a.seen, parts, sizeof(parts)));
	return buf;
}

bool compare_has_attribution(const struct comparison *c, size_t s)
{
	struct compare_attribution a;

	for (const struct compare_row *row = NULL;
	     (row = compare_next_judged(c, s, row));)
		for (int side = 0; side < DECIDE_SIDES; side++)
			if (compare_attribution(row->cell[side], &a) > 0)
				return true;
	return false;
}
