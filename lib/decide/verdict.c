// SPDX-License-Identifier: MIT
/* Verdicts of more than one row, and what they are called. */
#include <math.h>

#include "decide/decide.h"
#include "stats/estimate.h"

const char *verdict_name(enum verdict v)
{
	static const char *const name[] = {
		[VERDICT_NONE] = "",	     [VERDICT_SAME] = "same",
		[VERDICT_BETTER] = "better", [VERDICT_WORSE] = "worse",
		[VERDICT_MIXED] = "mixed",   [VERDICT_UNCLEAR] = "unclear",
	};

	return name[v];
}

const char *decide_reason_name(enum decide_reason reason)
{
	static const char *const name[DECIDE_REASONS] = {
		[REASON_NONE] = "",
		[REASON_EMPTY] = "empty",
		[REASON_ZEROS] = "zeros",
		[REASON_ONE_BOOT] = "one-boot",
		[REASON_FEW_BOOTS] = "few-boots",
		[REASON_ORDER] = "order",
		[REASON_TAIL] = "tail",
		[REASON_FEW] = "few",
		[REASON_SPREAD] = "spread",
		[REASON_OPEN] = "open",
	};

	return name[reason];
}

bool decide_bounded(const struct decide_row *row)
{
	const struct interval *i = &row->change;

	return row->difference ? isfinite(i->low) && isfinite(i->high)
			       : interval_bounded(i->low, i->high);
}

enum verdict decide_overall(const struct decide_row *row, size_t n)
{
	size_t count[VERDICT_UNCLEAR + 1] = { 0 }, primary = 0, faster = 0;

	for (size_t i = 0; i < n; i++) {
		count[row[i].verdict]++;
		primary += row[i].primary;
		faster += row[i].verdict == VERDICT_BETTER && !row[i].work;
	}
	if (primary == 0)
		return VERDICT_NONE;
	if (count[VERDICT_WORSE] > 0)
		return count[VERDICT_BETTER] > 0 ? VERDICT_MIXED : VERDICT_WORSE;
	if (count[VERDICT_BETTER] > 0)
		return faster > 0 ? VERDICT_BETTER : VERDICT_MIXED;
	return count[VERDICT_SAME] == primary ? VERDICT_SAME : VERDICT_UNCLEAR;
}

enum verdict decide_sets(const enum verdict *set, size_t n)
{
	static const enum verdict first[] = { VERDICT_WORSE, VERDICT_MIXED,
					      VERDICT_BETTER };
	size_t count[VERDICT_UNCLEAR + 1] = { 0 };

	for (size_t i = 0; i < n; i++)
		count[set[i]]++;
	if (count[VERDICT_NONE] == n)
		return VERDICT_NONE;
	for (size_t k = 0; k < sizeof(first) / sizeof(*first); k++)
		if (count[first[k]] > 0)
			return first[k];
	return count[VERDICT_UNCLEAR] > 0 ? VERDICT_UNCLEAR : VERDICT_SAME;
}
