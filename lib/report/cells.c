// SPDX-License-Identifier: MIT
/* What a cell says of a metric, in one number and in words. */
#include "report/page-private.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "system/cleanup.h"

/* The median that was compared, so that no two numbers of the page disagree. */
static const struct compare_row *
compared_row(const struct view *v, const struct group *group, size_t s, size_t m)
{
	const struct compare_row *row = NULL;

	if (s > 0)
		return _group_row(v, group, s, m);
	for (size_t other = 1; other < v->c->sets && !row; other++)
		row = _group_row(v, group, other, m);
	return row;
}

int _cell_value(const struct view *v, const struct group *group, size_t s, size_t m,
		struct cell_value *value)
{
	const struct compare_cell *cell = group->cell[s];
	const struct compare_row *row = compared_row(v, group, s, m);
	_cleanup_free_ double *values = calloc(cell->runs + 1, sizeof(*values));

	*value = (struct cell_value){ NAN, INFINITY, -INFINITY, 0, 0 };
	if (!values)
		return -ENOMEM;
	for (size_t i = 0; i < cell->runs; i++) {
		double x = cell->run[i].value[m];

		value->few += cell->run[i].few[m];
		values[i] = x;
		if (isnan(x))
			continue;
		value->n++;
		value->low = fmin(value->low, x);
		value->high = fmax(value->high, x);
	}
	value->median = _median_of(values, cell->runs);
	if (row && !isnan(row->d->median[s > 0]))
		value->median = row->d->median[s > 0];
	return 0;
}

const char *_cell_text(const struct metric *m, const struct cell_value *value, char *buf,
		       size_t size)
{
	if (value->n > 0 || value->few == 0)
		return value_text(m, value->median, buf, size);
	snprintf(buf, size, "n<%" PRIu64, quantile_samples_needed(m->p));
	return buf;
}

const char *_cell_hint(const struct metric *m, const struct cell_value *value, char *buf,
		       size_t size)
{
	char low[CELL_SIZE], high[CELL_SIZE];

	if (value->n == 0)
		snprintf(buf, size,
			 "%zu runs have fewer samples than this quantile needs",
			 value->few);
	else
		snprintf(buf, size, "%.9g %s; runs %s to %s", value->median,
			 metric_unit_name(m->unit),
			 value_text(m, value->low, low, sizeof(low)),
			 value_text(m, value->high, high, sizeof(high)));
	return buf;
}
