// SPDX-License-Identifier: MIT
/* Each kernel beside the one before it. */
#include "report/history-private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/html.h"
#include "system/cleanup.h"

/* The row of @pair for what @series is about, or NULL. */
static const struct compare_row *row_of(const struct comparison *pair,
					const struct history_series *series)
{
	for (size_t i = 0; i < pair->rows; i++)
		if (pair->row[i].metric == series->metric &&
		    strcmp(pair->row[i].cell[1]->subtest,
			   series->group->cell[series->set[0]]->subtest) == 0)
			return &pair->row[i];
	return NULL;
}

static void put_change(FILE *out, const struct compare_row *row)
{
	char buf[CELL_SIZE], hint[CELL_SIZE + 100], interval[CELL_SIZE], p[CELL_SIZE];
	const char *change = row ? row_change_text(row, buf, sizeof(buf)) : "-";
	enum verdict verdict = row ? row->d->verdict : VERDICT_NONE;

	if (!row || !*change) {
		html_cell(out, "-");
		return;
	}
	snprintf(hint, sizeof(hint), "%s %s, p = %s", verdict_name(verdict),
		 text_change_interval(row->d->change.low, row->d->change.high, interval,
				      sizeof(interval)),
		 judged_p_text(row->d, p, sizeof(p)));
	if (verdict != VERDICT_WORSE && verdict != VERDICT_BETTER) {
		html_cell(out, change);
		return;
	}
	fputs("<td align=\"right\" title=\"", out);
	html_text(out, hint);
	fprintf(out, "\"><b class=\"%s\">%s</b>", verdict_name(verdict), change);
}

static void put_name_cell(const struct view *v, size_t s)
{
	const char *link = v->page->pair ? v->page->pair[s] : NULL;

	fputs("<th scope=\"row\" align=\"left\">", v->out);
	if (link) {
		fputs("<a href=\"", v->out);
		html_text(v->out, link);
		fputs("\">", v->out);
	}
	fputs("<bdi>", v->out);
	html_text(v->out, v->c->set[s].name);
	fputs(link ? "</bdi></a>" : "</bdi>", v->out);
}

static int put_pair(const struct view *v, const struct history *h, size_t s)
{
	struct comparison pair;
	int ret = compare_pair(&pair, v->c, s - 1, s);

	if (ret != -ENOMEM) {
		const char *verdict =
			ret < 0 ? "not compared" : overall_text(pair.verdict);

		html_row(v->out);
		put_name_cell(v, s);
		html_open_cell(v->out);
		fprintf(v->out, "<span class=\"verdict %s\">%s</span>",
			ret < 0 ? "" : verdict, verdict);
		for (size_t i = 0; i < h->n; i++)
			put_change(v->out, ret < 0 ? NULL : row_of(&pair, &h->series[i]));
		ret = 0;
	}
	compare_pair_free(&pair);
	return ret;
}

int _history_neighbours(struct view *v, const struct history *h)
{
	_cleanup_free_ struct html_column *column = calloc(h->n + 2, sizeof(*column));
	bool folded = v->c->sets > SETS_IN_ROWS;
	char id[ID_SIZE];
	int ret = 0;

	if (!column)
		return -ENOMEM;
	column[0] = (struct html_column){ "kernel", NULL };
	column[1] = (struct html_column){
		HTML_WORDS "verdict",
		"of this kernel against the one before it, the pair for itself"
	};
	for (size_t i = 0; i < h->n; i++)
		column[i + 2] = (struct html_column){ h->series[i].name, NULL };
	if (folded)
		fprintf(v->out,
			"<details><summary>Each of the %zu kernels with the one before it</summary>\n",
			v->c->sets);
	html_table_begin(
		v->out, _next_table(v, id),
		"Each kernel with the one before it, as pinlat compare judges the pair. Every pair is a family of its own: of 100 pairs without a change some 5 are called one, and many more where each kernel was booted once and boots differ. Change points take that into account.",
		column, h->n + 2);
	for (size_t s = 1; s < v->c->sets && ret == 0; s++)
		ret = put_pair(v, h, s);
	html_table_end(v->out);
	if (folded)
		fputs("</details>\n", v->out);
	return ret;
}
