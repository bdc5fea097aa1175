// SPDX-License-Identifier: MIT
#include "decide/decide.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "decide/decide-private.h"
#include "stats/estimate.h"
#include "system/cleanup.h"

/* More units a side than this nobody measures. */
#define UNITS_MAX 1000

const char *verdict_name(enum verdict v)
{
	static const char *const name[] = {
		[VERDICT_NONE] = "",	       [VERDICT_SAME] = "same",
		[VERDICT_BETTER] = "better",   [VERDICT_WORSE] = "worse",
		[VERDICT_UNCLEAR] = "unclear",
	};

	return name[v];
}

struct decide_options decide_defaults(void)
{
	return (struct decide_options){
		.alpha = 0.05, .level = 0.95, .power = 0.8, .blocks = BLOCKS_AUTO
	};
}

static bool is_fraction(double x)
{
	return x > 0 && x < 1;
}

static bool has_both(const struct decide_row *row)
{
	return row->side[DECIDE_BASE].n > 0 && row->side[DECIDE_NEW].n > 0;
}

static bool in_family(const struct decide_row *row)
{
	return row->primary && has_both(row);
}

/*
 * Holm over the family; a row without a p (it has zeros) counts as 1. @lowered (may be NULL) is
 * taken as if its p were its floor.
 */
static int adjust(const struct decide_row *row, size_t n,
		  const struct decide_row *lowered, double *p, double *adjusted)
{
	size_t family = 0;

	for (size_t i = 0; i < n; i++)
		if (in_family(&row[i]))
			p[family++] = &row[i] == lowered ? row[i].floor
				      : isnan(row[i].p)	 ? 1
							 : row[i].p;
	return holm(p, family, adjusted);
}

/* The fewest units a side with which the first of @family p-values can be small enough. */
static size_t least_units(double alpha, size_t family)
{
	for (size_t n = 1; n <= UNITS_MAX; n++)
		if (mann_whitney_floor(n, n) <= alpha / (double)family)
			return n;
	return 0;
}

static void judge(struct decide_row *row, double alpha)
{
	if (row->equal_low >= 1 / (1 + row->margin) - 1 && row->equal_high <= row->margin)
		row->verdict = VERDICT_SAME;
	else if (row->p_adjusted <= alpha)
		row->verdict = row->change.estimate > 0 ? VERDICT_WORSE : VERDICT_BETTER;
	else
		row->verdict = VERDICT_UNCLEAR;
}

/* The verdicts of the @family rows that are judged among @row. */
static int judge_family(struct decide_row *row, size_t n, size_t family, double alpha)
{
	_cleanup_free_ double *p = calloc(family + 1, sizeof(*p));
	_cleanup_free_ double *adjusted = calloc(family + 1, sizeof(*adjusted));
	_cleanup_free_ double *best = calloc(family + 1, sizeof(*best));
	size_t at = 0;
	int ret;

	if (!p || !adjusted || !best)
		return -ENOMEM;
	ret = family ? adjust(row, n, NULL, p, adjusted) : 0;
	for (size_t i = 0; i < n && ret == 0; i++) {
		if (!in_family(&row[i]))
			continue;
		if (!isnan(row[i].p)) {
			row[i].p_adjusted = adjusted[at];
			ret = adjust(row, n, &row[i], p, best);
			row[i].hopeless = best[at] > alpha;
			judge(&row[i], alpha);
		}
		if (row[i].hopeless)
			row[i].least = least_units(alpha, family);
		at++;
	}
	return ret;
}

int decide(struct decide_row *row, size_t n, const struct decide_options *options)
{
	size_t family = 0;
	int ret = 0;

	if (!is_fraction(2 * options->alpha) || !is_fraction(options->level) ||
	    !is_fraction(options->power))
		return -EINVAL;
	for (size_t i = 0; i < n && ret == 0; i++) {
		ret = _row_look(&row[i]);
		family += in_family(&row[i]);
	}
	for (size_t i = 0; i < n && ret == 0; i++)
		if (has_both(&row[i]) && !row[i].zeros)
			ret = _row_test(&row[i], family, options);
	return ret < 0 ? ret : judge_family(row, n, family, options->alpha);
}

enum verdict decide_overall(const struct decide_row *row, size_t n)
{
	size_t count[VERDICT_UNCLEAR + 1] = { 0 }, primary = 0;

	for (size_t i = 0; i < n; i++) {
		count[row[i].verdict]++;
		primary += row[i].primary;
	}
	if (primary == 0)
		return VERDICT_NONE;
	if (count[VERDICT_WORSE] > 0)
		return VERDICT_WORSE;
	if (count[VERDICT_BETTER] > 0)
		return VERDICT_BETTER;
	return count[VERDICT_SAME] == primary ? VERDICT_SAME : VERDICT_UNCLEAR;
}
