// SPDX-License-Identifier: MIT
#include "history/history.h"

#include <math.h>
#include <stdlib.h>
#include <sys/param.h>

#include "history/scan.h"
#include "stats/estimate.h"
#include "system/alloc.h"
#include "system/cleanup.h"

void history_free(struct history *h)
{
	for (size_t i = 0; i < h->n; i++) {
		free(h->series[i].name);
		free(h->series[i].set);
		free(h->series[i].median);
		changepoints_free(&h->series[i].found);
	}
	free(h->series);
	*h = (struct history){ 0 };
}

void history_add(struct history *h, const char *name, size_t subtest, size_t metric,
		 const double *median, size_t sets)
{
	struct history_series *series;

	h->series = xgrow(h->series, h->n, sizeof(*h->series));
	series = &h->series[h->n++];
	*series = (struct history_series){
		.name = xstrdup(name),
		.subtest = subtest,
		.metric = metric,
		.set = xcalloc(sets, sizeof(*series->set)),
		.median = xcalloc(sets, sizeof(*series->median)),
	};
	for (size_t s = 0; s < sets; s++) {
		if (!(median[s] > 0) || isinf(median[s]))
			continue;
		series->set[series->n] = s;
		series->median[series->n++] = median[s];
	}
}

static void find_changes(struct history_series *series,
			 const struct changepoint_options *o)
{
	CLEANUP_FREE double *log_median = xcalloc(series->n, sizeof(*log_median));

	for (size_t i = 0; i < series->n; i++)
		log_median[i] = log(series->median[i]);
	/* No kernel, or too many of them. */
	if (changepoints_find(&series->found, log_median, series->n, o) < 0)
		series->found =
			(struct changepoints){ .p = 1, .drift = 1, .hopeless = true };
}

void history_find(struct history *h, double alpha, double correlation)
{
	struct changepoint_options o = changepoint_defaults();

	h->alpha = o.alpha = alpha / (double)MAX(h->n, 1);
	o.correlation = correlation;
	o.tables = scan_tables_new();
	h->least = changepoint_least(h->alpha) + (correlation > 0);
	for (size_t i = 0; i < h->n; i++) {
		find_changes(&h->series[i], &o);
		h->longest = MAX(h->longest, h->series[i].n);
		h->changes += h->series[i].found.n;
	}
	scan_tables_free(o.tables);
}

size_t history_first(const struct history_series *series, size_t i)
{
	return i > 0 ? series->found.change[i - 1].at : 0;
}

size_t history_end(const struct history_series *series, size_t i)
{
	return i < series->found.n ? series->found.change[i].at : series->n;
}

double history_level(const struct history_series *series, size_t i)
{
	size_t first = history_first(series, i);

	return median(series->median + first, history_end(series, i) - first);
}

struct interval history_change(const struct history_series *series, size_t i)
{
	const struct interval *shift = &series->found.change[i].shift;

	return (struct interval){ expm1(shift->estimate), expm1(shift->low),
				  expm1(shift->high) };
}
