// SPDX-License-Identifier: MIT
/* What these runs could have shown, and what to repeat next. */
#include "report/internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "render/html.h"
#include "system/cleanup.h"

static const struct html_column columns[] = {
	{ "quantile", NULL },
	{ "spread of boots", "standard deviation between boots" },
	{ "of runs", "between runs of one boot" },
	{ "within a run", "of a run's own quantile" },
	{ "least change", "that would have been found" },
	{ "needed a side", "to find a change of the margin" },
};

static int put_row(const struct view *v, const struct compare_row *row)
{
	const struct decide_row *d = row->d;
	_cleanup_free_ char *cell = compare_cell_name(v->c, row->cell[0]);
	_cleanup_free_ char *name = NULL;
	char buf[CELL_SIZE];

	if (!cell || asprintf(&name, "%s %s", cell,
			      v->c->options->metrics.metric[row->metric].name) < 0)
		return -ENOMEM;
	html_row(v->out);
	html_head_cell(v->out, name);
	html_cell(v->out, spread_text(row->spread.boot, buf, sizeof(buf)));
	html_cell(v->out, spread_text(row->spread.run, buf, sizeof(buf)));
	html_cell(v->out, spread_text(row->spread.within, buf, sizeof(buf)));
	html_cell(v->out, isfinite(d->detectable)
				  ? text_change(d->detectable, buf, sizeof(buf))
				  : "none");
	if (d->needed > 0)
		snprintf(buf, sizeof(buf), "%zu for %.3g%%", d->needed, 100 * d->margin);
	else
		snprintf(buf, sizeof(buf), ">1000 for %.3g%%", 100 * d->margin);
	html_cell(v->out, buf);
	return 0;
}

int part_power(struct view *v)
{
	const struct comparison *c = v->c;
	char id[ID_SIZE], caption[200];
	int ret = 0;

	if (!v->page->compared)
		return 0;
	page_section(v->out, "power", "What these runs could have shown");
	for (size_t s = 1; s < c->sets && ret == 0; s++) {
		if (!compare_is_set_judged(c, s))
			continue;
		view_set_begin(v, s);
		snprintf(caption, sizeof(caption), "With a power of %.0f%%",
			 100 * c->options->decide.power);
		html_table_begin(v->out, view_table_id(v, id), caption, columns,
				 sizeof(columns) / sizeof(*columns));
		for (size_t i = 0; i < c->rows && ret == 0; i++)
			if (is_chosen(c, &c->row[i], s, ROWS_JUDGED))
				ret = put_row(v, &c->row[i]);
		html_table_end(v->out);
		if (*c->result[s].advice)
			page_text(v->out, NULL, c->result[s].advice);
		view_set_end(v);
	}
	page_section_end(v->out);
	return ret;
}
