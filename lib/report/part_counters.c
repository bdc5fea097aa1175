// SPDX-License-Identifier: MIT
/* What may explain a change: the load's progress and the kernel's counters. */
#include "report/internal.h"

#include <errno.h>
#include <stdlib.h>

#include "report/internal.h"
#include "render/html.h"
#include "system/cleanup.h"

static const struct html_column columns[] = {
	{ "subtest", NULL },
	{ HTML_WORDS "counter",
	  "of the load, or of /proc/vmstat while the window was open" },
	{ "base", "median of the runs" },
	{ "new", "median of the runs" },
	{ "change", NULL },
};

static int put_row(const struct view *v, const struct compare_row *row)
{
	const struct comparison *c = v->c;
	_cleanup_free_ char *name = compare_cell_name(c, row->cell[0]);
	char buf[CELL_SIZE], hint[200];

	if (!name)
		return -ENOMEM;
	html_row(v->out);
	html_head_cell(v->out, name);
	html_open_cell(v->out);
	html_text(v->out, c->options->metrics.metric[row->metric].name);
	for (int side = 0; side < DECIDE_SIDES; side++)
		html_cell_hint(v->out, side_text(c, row, side, buf, sizeof(buf)),
			       part_exact_text(c, row, side, hint, sizeof(hint)));
	html_cell(v->out, row_change_text(row, buf, sizeof(buf)));
	return 0;
}

static bool is_empty(const struct comparison *c, size_t s)
{
	for (size_t i = 0; i < c->rows; i++)
		if (is_chosen(c, &c->row[i], s, ROWS_EXPLAINING))
			return false;
	return true;
}

int part_counters(struct view *v)
{
	const struct comparison *c = v->c;
	char id[ID_SIZE];
	int ret = 0;

	if (!v->page->compared)
		return 0;
	page_section(v->out, "counters", "What may explain it");
	for (size_t s = 1; s < c->sets && ret == 0; s++) {
		if (is_empty(c, s))
			continue;
		view_set_begin(v, s);
		html_table_begin(
			v->out, view_table_id(v, id),
			"Medians of the judged subtests' runs, not judged themselves",
			columns, sizeof(columns) / sizeof(*columns));
		for (size_t i = 0; i < c->rows && ret == 0; i++)
			if (is_chosen(c, &c->row[i], s, ROWS_EXPLAINING))
				ret = put_row(v, &c->row[i]);
		html_table_end(v->out);
		view_set_end(v);
	}
	page_section_end(v->out);
	return ret;
}
