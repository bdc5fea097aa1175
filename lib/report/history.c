// SPDX-License-Identifier: MIT
#include "report/history-private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "stats/estimate.h"
#include "system/cleanup.h"

static void free_series(struct history_series *s)
{
	free(s->name);
	free(s->set);
	free(s->median);
	changepoints_free(&s->found);
}

void _history_free(struct history *h)
{
	for (size_t i = 0; i < h->n; i++)
		free_series(&h->series[i]);
	free(h->series);
	*h = (struct history){ 0 };
}

static bool is_judged(const struct view *v, const struct group *group, size_t metric)
{
	for (size_t s = 1; s < v->c->sets; s++) {
		const struct compare_row *row = _group_row(v, group, s, metric);

		if (row && row->d->primary)
			return true;
	}
	return false;
}

/* The kernels of the series and their medians. */
static int fill_series(struct history_series *series, const struct view *v)
{
	const struct group *group = series->group;

	series->set = calloc(v->c->sets, sizeof(*series->set));
	series->median = calloc(v->c->sets, sizeof(*series->median));
	if (!series->set || !series->median ||
	    asprintf(&series->name, "%s %s", group->name,
		     v->c->options->metrics.metric[series->metric].name) < 0)
		return -ENOMEM;
	for (size_t s = 0; s < v->c->sets; s++) {
		struct cell_value value = { .median = NAN };

		if (group->cell[s] &&
		    _cell_value(v, group, s, series->metric, &value) < 0)
			return -ENOMEM;
		if (!(value.median > 0))
			continue;
		series->set[series->n] = s;
		series->median[series->n++] = value.median;
	}
	return 0;
}

static int add_series(struct history *h, const struct view *v, const struct group *group,
		      size_t metric)
{
	struct history_series *longer = realloc(h->series, (h->n + 1) * sizeof(*longer));

	if (!longer)
		return -ENOMEM;
	h->series = longer;
	longer[h->n] = (struct history_series){ .group = group, .metric = metric };
	return fill_series(&longer[h->n++], v);
}

static int find_changes(struct history *h, struct history_series *series)
{
	struct changepoint_options o = changepoint_defaults();
	_cleanup_free_ double *log_median = calloc(series->n + 1, sizeof(*log_median));

	if (!log_median)
		return -ENOMEM;
	if (series->n < 1 || series->n > CHANGEPOINT_VALUES_MAX) {
		series->found =
			(struct changepoints){ .p = 1, .drift = 1, .hopeless = true };
		return 0;
	}
	o.alpha = h->alpha;
	for (size_t i = 0; i < series->n; i++)
		log_median[i] = log(series->median[i]);
	return changepoints_find(&series->found, log_median, series->n, &o);
}

int _history_make(struct history *h, const struct view *v)
{
	int ret = 0;

	*h = (struct history){ .alpha = v->c->options->decide.alpha };
	for (size_t g = 0; g < v->groups && ret == 0; g++)
		for (size_t m = 0; m < v->c->options->metrics.quantiles && ret == 0; m++)
			if (is_judged(v, &v->group[g], m))
				ret = add_series(h, v, &v->group[g], m);
	h->alpha /= (double)MAX(h->n, 1);
	h->least = changepoint_least(h->alpha);
	for (size_t i = 0; i < h->n && ret == 0; i++) {
		ret = find_changes(h, &h->series[i]);
		h->longest = MAX(h->longest, h->series[i].n);
		h->changes += h->series[i].found.n;
	}
	return ret;
}

size_t _history_first(const struct history_series *series, size_t i)
{
	return i > 0 ? series->found.change[i - 1].at : 0;
}

size_t _history_end(const struct history_series *series, size_t i)
{
	return i < series->found.n ? series->found.change[i].at : series->n;
}

double _history_level(const struct history_series *series, size_t i)
{
	size_t first = _history_first(series, i);
	double level = NAN;

	/* Of numbers; memory that is too short for it leaves the level unknown. */
	if (median(series->median + first, _history_end(series, i) - first, &level) < 0)
		return NAN;
	return level;
}

struct interval _history_change(const struct history_series *series, size_t i)
{
	const struct interval *shift = &series->found.change[i].shift;

	return (struct interval){ expm1(shift->estimate), expm1(shift->low),
				  expm1(shift->high) };
}
