// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render/html.h"
#include "report/view.h"
#include "report/svg.h"
#include "system/alloc.h"
#include "system/cleanup.h"

void view_end(struct view *v)
{
	for (size_t i = 0; i < v->groups; i++) {
		free(v->group[i].name);
		free(v->group[i].cell);
		free(v->group[i].row);
	}
	free(v->group);
	for (size_t s = 0; s < v->c->sets; s++)
		free(v->label[s]);
	free(v->label);
}

/* A new group with @cell of set @s. */
static struct group *add_group(struct view *v, size_t s, const struct cell *cell)
{
	struct group *g;

	v->group = xgrow(v->group, v->groups, sizeof(*v->group));
	g = &v->group[v->groups++];
	*g = (struct group){
		.name = xcheck(compare_cell_name(v->c, cell)),
		.cell = xcalloc(v->c->sets, sizeof(*g->cell)),
		.row = xcalloc(v->c->sets, sizeof(*g->row)),
	};
	g->cell[s] = cell;
	return g;
}

/* The group that @cell of set @s is in, NULL: none yet. */
static struct group *find_group(const struct view *v, size_t s, const struct cell *cell)
{
	for (size_t i = 0; i < v->groups; i++)
		if (v->group[i].cell[s] == cell)
			return &v->group[i];
	return NULL;
}

/* Puts the cells that were compared with each other together. */
static void group_rows(struct view *v)
{
	const struct compare_row *before = NULL;

	for (size_t i = 0; i < v->c->rows; i++) {
		const struct compare_row *row = &v->c->row[i];
		struct group *g;

		if (before && before->set == row->set && before->cell[0] == row->cell[0])
			continue;
		before = row;
		g = find_group(v, 0, row->cell[0]);
		if (!g)
			g = add_group(v, 0, row->cell[0]);
		g->cell[row->set] = row->cell[1];
		g->row[row->set] = row;
		g->judged |= compare_is_judged(v->c, row);
	}
}

/* A group of the subtest of @cell that has none of set @s yet, or NULL. */
static struct group *find_place(const struct view *v, size_t s, const struct cell *cell)
{
	for (size_t i = 0; i < v->groups; i++) {
		const struct group *g = &v->group[i];

		for (size_t other = 0; other < v->c->sets && !g->cell[s]; other++)
			if (g->cell[other] &&
			    strcmp(g->cell[other]->subtest, cell->subtest) == 0)
				return &v->group[i];
	}
	return NULL;
}

/* What was not compared stands beside what is of the same subtest, or for itself. */
static void group_rest(struct view *v)
{
	for (size_t s = 0; s < v->c->sets; s++) {
		for (size_t i = 0; i < v->c->set[s]->cells; i++) {
			const struct cell *cell = &v->c->set[s]->cell[i];
			struct group *g;

			if (find_group(v, s, cell))
				continue;
			g = find_place(v, s, cell);
			if (g)
				g->cell[s] = cell;
			else
				add_group(v, s, cell);
		}
	}
}

/* The judged ones first; else their order stays. */
static void put_judged_first(struct view *v)
{
	size_t done = 0;

	for (size_t i = 0; i < v->groups; i++) {
		struct group g = v->group[i];

		if (!g.judged)
			continue;
		memmove(&v->group[done + 1], &v->group[done], (i - done) * sizeof(g));
		v->group[done++] = g;
	}
}

/* How many bytes all names begin with, where that is worth leaving out. */
static size_t count_alike(const struct comparison *c)
{
	const char *first = c->sets > 1 ? c->set[0]->name : "";
	size_t alike = strlen(first);
	bool cut = false;

	for (size_t s = 0; s < c->sets; s++) {
		size_t n = 0;

		while (n < alike && c->set[s]->name[n] == first[n])
			n++;
		alike = n;
		cut |= strlen(c->set[s]->name) > NAME_DRAWN;
	}
	while (alike > 0 && ((unsigned char)first[alike] & 0xc0) == 0x80)
		alike--;
	for (size_t s = 0; s < c->sets; s++)
		if (!c->set[s]->name[alike])
			return 0;
	return cut && alike > 3 ? alike : 0;
}

void view_begin(struct view *v)
{
	size_t alike = count_alike(v->c);

	group_rows(v);
	group_rest(v);
	put_judged_first(v);
	v->label = xcalloc(v->c->sets, sizeof(*v->label));
	for (size_t s = 0; s < v->c->sets; s++) {
		const struct set *set = v->c->set[s];

		v->label[s] = xasprintf("%s%s", alike > 0 ? "…" : "", set->name + alike);
		for (size_t i = 0; i < set->cells; i++)
			v->runs += set->cell[i].runs;
	}
}

const struct compare_row *view_row(const struct view *v, const struct group *group,
				   size_t s, size_t m)
{
	const struct compare_row *row = group->row[s];
	const struct compare_row *end = row ? v->c->row + v->c->rows : NULL;

	for (; row < end && row->set == s && row->cell[0] == group->cell[0]; row++)
		if (row->metric == m)
			return row;
	return NULL;
}

double view_margin(const struct view *v)
{
	return v->c->options->margin > 0 ? v->c->options->margin : 0.05;
}

const char *view_table_id(struct view *v)
{
	snprintf(v->id, sizeof(v->id), "%st%zu", v->ids, ++v->tables);
	return v->id;
}

const char *view_chart_id(struct view *v)
{
	snprintf(v->id, sizeof(v->id), "%sc%zu", v->ids, ++v->charts);
	return v->id;
}

void view_name(const struct view *v, size_t s)
{
	html_name(v->out, v->c->set[s]->name, SIZE_MAX, NULL);
}

void view_label(const struct view *v, double x, double y, enum svg_anchor anchor,
		size_t s)
{
	svg_label(v->out, x, y, anchor, v->label[s], NAME_DRAWN, v->c->set[s]->name);
}

struct scale view_scale(const struct view *v, const struct group *group, size_t m,
			double from, double to)
{
	CLEANUP_FREE double *value = xcalloc(v->runs, sizeof(*value));
	size_t n = 0;

	for (size_t s = 0; s < v->c->sets; s++)
		for (size_t i = 0; group->cell[s] && i < group->cell[s]->runs; i++)
			value[n++] = group->cell[s]->run[i].value[m];
	return scale_of(value, n, true, from, to);
}

void view_set_begin(void *view, size_t s)
{
	const struct view *v = view;

	if (v->c->sets <= 2)
		return;
	fputs(v->c->sets > SETS_FOLDED ? "<details class=\"set\"><summary>" : "<h3>",
	      v->out);
	view_swatch(v, s);
	view_name(v, s);
	if (v->c->sets > SETS_FOLDED)
		fprintf(v->out, ": %s</summary>\n",
			overall_text(v->c->result[s].verdict));
	else
		fputs("</h3>\n", v->out);
}

void view_set_end(void *view, size_t s)
{
	const struct view *v = view;

	(void)s;
	if (v->c->sets > SETS_FOLDED)
		fputs("</details>\n", v->out);
}

void view_swatch(const struct view *v, size_t s)
{
	svg_swatch(v->out, palette_set(s, v->c->sets), 1);
}

const char *view_run_text(const struct run *run, char *buf, size_t size)
{
	char when[40];

	time_text(run->start, when, sizeof(when));
	snprintf(buf, size, "run %04ju, boot %zu%s%s", (uintmax_t)run->seq, run->boot + 1,
		 *when ? ", " : "", when);
	return buf;
}

/* What a cell says of a metric, in one number and in words. */

/* The median that was compared, so that no two numbers of the page disagree. */
static const struct compare_row *
compared_row(const struct view *v, const struct group *group, size_t s, size_t m)
{
	const struct compare_row *row = NULL;

	if (s > 0)
		return view_row(v, group, s, m);
	for (size_t other = 1; other < v->c->sets && !row; other++)
		row = view_row(v, group, other, m);
	return row;
}

struct cell_value view_value(const struct view *v, const struct group *group, size_t s,
			     size_t m)
{
	struct cell_value value = { NAN, NAN, NAN, 0, 0 };
	const struct compare_row *row;

	if (!group->cell[s])
		return value;
	value = cell_value(group->cell[s], m);
	row = compared_row(v, group, s, m);
	if (row && !isnan(row->d->median[s > 0]))
		value.median = row->d->median[s > 0];
	return value;
}

const char *view_value_text(const struct metric *m, const struct cell_value *value,
			    char *buf, size_t size)
{
	if (!isinf(value->median) && (value->n > 0 || value->few == 0))
		return value_text(m, value->median, buf, size);
	if (isinf(value->median))
		snprintf(buf, size, "too slow");
	else
		snprintf(buf, size, "n<%" PRIu64, quantile_samples_needed(m->p));
	return buf;
}

const struct curve *view_curve(const struct view *v, const struct run *run)
{
	return &v->page->curves->curve[run->number];
}
