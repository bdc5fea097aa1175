// SPDX-License-Identifier: MIT
/* Which runs count, which were refused, and why. */
#include "report/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render/html.h"
#include "report/svg.h"
#include "report/svg.h"
#include "system/alloc.h"
#include "system/cleanup.h"

/* A run is a square; so many stand in a line, as wide as a chart. */
#define SQUARE	7
#define PITCH	9
#define IN_LINE 36
/* From so many runs on, only those that were refused tell which they are. */
#define RUNS_TITLED 1500

/* A run of any subtest. */
struct square {
	const struct cell *cell;
	const struct run *run;
	bool counts;
};

static int by_start(const void *a, const void *b)
{
	const struct square *x = a, *y = b;

	if (isnan(x->run->start) || isnan(y->run->start) ||
	    x->run->start == y->run->start)
		return x->run->number < y->run->number ? -1
						       : x->run->number > y->run->number;
	return x->run->start < y->run->start ? -1 : 1;
}

/* All runs of @set in the order of time; the caller frees them. */
static struct square *find_squares(const struct set *set, size_t *n)
{
	struct square *square;
	size_t all = 0;

	for (size_t i = 0; i < set->cells; i++)
		all += set->cell[i].runs + set->cell[i].left_out;
	square = xcalloc(all, sizeof(*square));
	*n = 0;
	for (size_t i = 0; i < set->cells; i++) {
		const struct cell *cell = &set->cell[i];

		for (size_t j = 0; j < cell->runs + cell->left_out; j++)
			square[(*n)++] =
				(struct square){ cell, &cell->run[j], j < cell->runs };
	}
	qsort(square, *n, sizeof(*square), by_start);
	return square;
}

/* A run that counts is full, one that was refused is empty and crossed. */
static void put_square(const struct view *v, size_t s, const struct square *q, double x,
		       double y)
{
	static const struct svg_pen cross = { "#d4483b", 1.5, 1, false };
	const char *colour = palette_set(s, v->c->sets);
	char which[100];

	fputs("<g>", v->out);
	if (q->run->reason || v->runs <= RUNS_TITLED) {
		fputs("<title>", v->out);
		html_text(v->out, q->cell->subtest);
		fprintf(v->out, ", %s: ", view_run_text(q->run, which, sizeof(which)));
		html_text(v->out, q->run->reason ? q->run->reason : "valid");
		fputs("</title>", v->out);
	}
	svg_rect(v->out, x, y, SQUARE, SQUARE, colour, q->run->reason ? 0.15 : 0.85);
	if (q->run->reason) {
		svg_line(v->out, x, y, x + SQUARE, y + SQUARE, &cross);
		svg_line(v->out, x, y + SQUARE, x + SQUARE, y, &cross);
	}
	fputs("</g>\n", v->out);
}

/* Runs that need no words: dots of one path, since a square takes twice the bytes. */
static void put_plain(const struct view *v, size_t s, const struct square *q, size_t n)
{
	const struct svg_pen pen = { palette_set(s, v->c->sets), SQUARE, 0.85, false };
	struct svg_path path;

	svg_paths_begin(v->out, &pen);
	svg_path_begin(&path, v->out, NULL);
	for (size_t i = 0; i < n; i++) {
		size_t line = i / IN_LINE;

		if (!q[i].run->reason)
			svg_path_dot(&path, (double)(i % IN_LINE) * PITCH + SQUARE / 2.0,
				     (double)line * PITCH + SQUARE / 2.0);
	}
	svg_path_end(&path, NULL);
	svg_paths_end(v->out);
}

static void put_strip(struct view *v, size_t s)
{
	const struct set *set = v->c->set[s];
	size_t n, lines;
	CLEANUP_FREE struct square *square = find_squares(set, &n);
	bool titled = v->runs <= RUNS_TITLED;
	char id[ID_SIZE];

	lines = (n + IN_LINE - 1) / IN_LINE;
	view_chart_id(v, id);
	fprintf(v->out, "<figure class=\"strip\"><figcaption id=\"%s\"><bdi>", id);
	html_text(v->out, set->name);
	fprintf(v->out,
		"</bdi>: %zu run%s in the order of time, %zu refused</figcaption>\n", n,
		n == 1 ? "" : "s", set->invalid.n);
	svg_begin(v->out, IN_LINE * PITCH, (double)(lines ? lines : 1) * PITCH, id);
	if (!titled)
		put_plain(v, s, square, n);
	for (size_t i = 0; i < n; i++) {
		size_t line = i / IN_LINE;

		if (titled || square[i].run->reason)
			put_square(v, s, &square[i], (double)(i % IN_LINE) * PITCH,
				   (double)line * PITCH);
	}
	svg_end(v->out);
	fputs("</figure>\n", v->out);
}

static const struct html_column columns[] = {
	{ "set", NULL },
	{ HTML_WORDS "run", "number, subtest" },
	{ HTML_WORDS "why", "what did not happen that the subtest is about" },
};

static void put_refused(struct view *v)
{
	size_t refused = 0;
	char id[ID_SIZE];

	for (size_t s = 0; s < v->c->sets; s++)
		refused += v->c->set[s]->invalid.n;
	if (refused == 0)
		return;
	html_table_begin(
		v->out, view_table_id(v, id),
		v->c->options->allow[REFUSE_INVALID]
			? "Invalid runs, used all the same: --allow invalid"
			: "Refused: these runs enter no median and no comparison",
		columns, sizeof(columns) / sizeof(*columns));
	for (size_t s = 0; s < v->c->sets; s++) {
		for (size_t i = 0; i < v->c->set[s]->invalid.n; i++) {
			const char *text = v->c->set[s]->invalid.text[i];
			const char *colon = strstr(text, ": ");
			CLEANUP_FREE char *run = xstrndup(
				text, colon ? (size_t)(colon - text) : strlen(text));

			html_row(v->out);
			html_head_cell(v->out, v->c->set[s]->name);
			html_text_cell(v->out, run, 60);
			html_text_cell(v->out, colon ? colon + 2 : "", TEXT_SHOWN);
		}
	}
	html_table_end(v->out);
}

static void put_notes(const struct view *v)
{
	const struct curves *curves = v->page->curves;

	if (curves->notes.n == 0)
		return;
	fputs("<h3>Notes of valid runs</h3>\n<ul class=\"plain\">\n", v->out);
	for (size_t i = 0; i < curves->notes.n; i++) {
		fputs("<li>", v->out);
		html_isolated(v->out, curves->notes.text[i], TEXT_SHOWN);
		fprintf(v->out, " (%zu record%s%s)</li>\n", curves->noted[i].runs,
			curves->noted[i].runs == 1 ? "" : "s",
			curves->noted[i].varied ? ", with other numbers" : "");
	}
	fputs("</ul>\n", v->out);
}

void part_runs(struct view *v)
{
	size_t duplicates = 0;
	char text[100];

	page_text(
		v->out, NULL,
		"A square is a run. A run whose pressure did not happen is refused, not fast: it is crossed out.");
	charts_begin(v->out);
	for (size_t s = 0; s < v->c->sets; s++) {
		put_strip(v, s);
		duplicates += v->c->set[s]->duplicates;
	}
	charts_end(v->out);
	put_refused(v);
	if (duplicates > 0) {
		snprintf(text, sizeof(text),
			 "Records that were there twice, used once: %zu.", duplicates);
		page_text(v->out, NULL, text);
	}
	put_notes(v);
}
