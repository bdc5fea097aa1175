// SPDX-License-Identifier: MIT
/* Each subtest: its numbers, and how they came about. */
#include "report/page-private.h"

#include <errno.h>
#include <string.h>

#include "report/html.h"

#define COLUMNS_MAX (QUANTILES_MAX + 6)

/* Not quantiles: what stands beside every latency, so that nobody reads one without it. */
static const char *const beside[] = { "huge", "requests", "walker" };
static const struct html_column beside_column[] = {
	{ "huge",
	  "first touches that got a huge page: a kernel that falls back sooner looks faster" },
	{ "device", "requests that the device completed" },
	{ "walker", "what the page-cache walk read" },
};

#define BESIDE (sizeof(beside) / sizeof(*beside))

/* Whether some run of @group tells metric @m. */
static bool is_told(const struct view *v, const struct group *group, size_t m)
{
	for (size_t s = 0; s < v->c->sets; s++)
		for (size_t i = 0; group->cell[s] && i < group->cell[s]->runs; i++)
			if (group->cell[s]->run[i].value[m] > 0)
				return true;
	return false;
}

/* Chooses the metrics of the table of @group; fills @column but for the first two. */
static size_t choose(const struct view *v, const struct group *group, size_t *metric,
		     struct html_column *column)
{
	const struct metrics *all = &v->c->options->metrics;
	size_t n = 0;

	for (size_t m = 0; m < all->quantiles; m++) {
		if (!_is_asked(v, m))
			continue;
		column[n] =
			(struct html_column){ all->metric[m].name, "median of the runs" };
		metric[n++] = m;
	}
	for (size_t i = 0; i < BESIDE; i++) {
		size_t m = metrics_find(all, beside[i]);

		if (m == all->n || !is_told(v, group, m))
			continue;
		column[n] = beside_column[i];
		metric[n++] = m;
	}
	return n;
}

static int put_set(const struct view *v, const struct group *group, size_t s,
		   const size_t *metric, size_t metrics)
{
	const struct compare_cell *cell = group->cell[s];
	char buf[CELL_SIZE], hint[200];

	html_row(v->out);
	fputs("<th scope=\"row\" align=\"left\">", v->out);
	_swatch(v, s);
	fputs("<bdi>", v->out);
	html_text(v->out, v->c->set[s].name);
	fputs("</bdi>", v->out);
	snprintf(buf, sizeof(buf), "%zu", cell->runs);
	html_cell(v->out, buf);
	for (size_t i = 0; i < metrics; i++) {
		const struct metric *m = &v->c->options->metrics.metric[metric[i]];
		struct cell_value value;

		if (_cell_value(v, group, s, metric[i], &value) < 0)
			return -ENOMEM;
		if (value.n == 0 && value.few == 0)
			html_cell(v->out, "-");
		else
			html_cell_hint(v->out, _cell_text(m, &value, buf, sizeof(buf)),
				       _cell_hint(m, &value, hint, sizeof(hint)));
	}
	return 0;
}

static int put_table(struct view *v, const struct group *group)
{
	struct html_column column[COLUMNS_MAX] = { { "set", NULL },
						   { "runs", "valid ones" } };
	size_t metric[COLUMNS_MAX], metrics = choose(v, group, metric, column + 2);
	bool folded = v->c->sets > SETS_IN_ROWS;
	char id[ID_SIZE], caption[200];
	int ret = 0;

	if (folded)
		fprintf(v->out, "<details><summary>Medians of %zu sets</summary>\n",
			v->c->sets);
	snprintf(caption, sizeof(caption), "%s: medians of the runs", group->name);
	html_table_begin(v->out, _next_table(v, id), caption, column, metrics + 2);
	for (size_t s = 0; s < v->c->sets && ret == 0; s++)
		if (group->cell[s])
			ret = put_set(v, group, s, metric, metrics);
	html_table_end(v->out);
	if (folded)
		fputs("</details>\n", v->out);
	return ret;
}

static int put_group(struct view *v, const struct group *group)
{
	int ret;

	fputs("<h3><bdi>", v->out);
	html_text(v->out, group->name);
	fprintf(v->out, "</bdi>%s</h3>\n", group->judged ? " (judged)" : "");
	ret = put_table(v, group);
	if (v->c->sets > SETS_IN_ROWS)
		_key(v, group);
	charts_begin(v->out);
	for (size_t m = 0; m < v->c->options->metrics.quantiles && ret == 0; m++)
		if (_is_asked(v, m))
			ret = _draw_runs(v, group, m);
	ret = ret ? ret : _draw_tails(v, group);
	ret = ret ? ret : _draw_shift(v, group);
	ret = ret ? ret : _draw_time(v, group);
	charts_end(v->out);
	return ret;
}

int _part_subtests(struct view *v)
{
	int ret = 0;

	page_section(v->out, "subtests", "Subtests");
	page_text(
		v->out, NULL,
		"First every run as a dot; the upright line is the median. Then the tail: how many of a run's samples were slower than this, a thin line a run, a thick one the median of its kernel's runs.");
	if (v->page->compared)
		page_text(
			v->out, NULL,
			"The shift is the change at each quantile, with the interval of each for itself and the band of the margin. Time is that within a run: the p99 of each second.");
	for (size_t i = 0; i < v->groups && ret == 0; i++)
		ret = put_group(v, &v->group[i]);
	page_section_end(v->out);
	return ret;
}
