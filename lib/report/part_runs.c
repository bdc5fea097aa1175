// SPDX-License-Identifier: MIT
/* Runs: which count, which were refused and why, and the worst samples of those that were traced. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "render/html.h"
#include "report/curves.h"
#include "report/chart.h"
#include "report/view.h"
#include "report/svg.h"
#include "stats/attribution.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/units.h"

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
			square[(*n)++] = (struct square){ cell, &cell->run[j] };
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
	fputs("<title>", v->out);
	html_text(v->out, q->cell->subtest);
	fprintf(v->out, ", %s: ", view_run_text(q->run, which, sizeof(which)));
	html_text(v->out, q->run->reason ? q->run->reason : "valid");
	fputs("</title>", v->out);
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

static void put_squares(struct view *v, size_t s)
{
	const struct set *set = v->c->set[s];
	size_t n, lines;
	CLEANUP_FREE struct square *square = find_squares(set, &n);
	bool titled = v->runs <= RUNS_TITLED;

	lines = (n + IN_LINE - 1) / IN_LINE;
	fprintf(v->out, "<figure class=\"strip\"><figcaption id=\"%s\">",
		view_chart_id(v));
	view_name(v, s);
	fprintf(v->out, ": %zu run%s in the order of time, %zu refused</figcaption>\n", n,
		PLURAL(n), set->invalid.n);
	svg_begin(v->out, IN_LINE * PITCH, (double)(lines ? lines : 1) * PITCH, SVG_TEXT,
		  v->id);
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

	for (size_t s = 0; s < v->c->sets; s++)
		refused += v->c->set[s]->invalid.n;
	if (refused == 0)
		return;
	html_table_begin(
		v->out, view_table_id(v),
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
			PLURAL(curves->noted[i].runs),
			curves->noted[i].varied ? ", with other numbers" : "");
	}
	fputs("</ul>\n", v->out);
}

void part_runs(struct view *v)
{
	size_t duplicates = 0;

	html_paragraph(
		v->out, NULL,
		"A square is a run. A run without memory pressure is refused and crossed out.");
	charts_begin(v->out);
	for (size_t s = 0; s < v->c->sets; s++) {
		put_squares(v, s);
		duplicates += v->c->set[s]->duplicates;
	}
	charts_end(v->out);
	put_refused(v);
	if (duplicates > 0)
		html_paragraph(v->out, NULL,
			       "Records that were there twice, used once: %zu.",
			       duplicates);
	put_notes(v);
}

/* The worst samples of traced runs (pinlat run --explain), each as a strip of its time. */

#define STRIP_WIDTH  500
#define STRIP_HEIGHT 14
/* Letters of a strip, each a hundredth of the sample: docs/record.schema.json. */
#define STRIP_PIECES 100
#define WORST_SHOWN  10

static const struct html_column worst_columns[] = {
	{ "subtest", NULL },
	{ "latency", NULL },
	{ "run", NULL },
	{ "CPU", NULL },
	{ "at", "from the window's beginning" },
	{ HTML_WORDS "from its beginning to its end, and why", NULL },
};

static const struct {
	char letter;
	int cause;
	double opacity;
	const char *words;
} kinds[] = {
	{ 'r', CAUSE_DIRECT_RECLAIM, 1, "direct reclaim" },
	{ 'R', CAUSE_DIRECT_RECLAIM, .45, "direct reclaim, off the CPU" },
	{ 'c', CAUSE_COMPACTION, 1, "compaction" },
	{ 'C', CAUSE_COMPACTION, .45, "compaction, off the CPU" },
	{ 'n', CAUSE_SWAPIN, 1, "a GPU driver's MMU notifier" },
	{ 'N', CAUSE_SWAPIN, .45, "a GPU driver's MMU notifier, off the CPU" },
	{ 'w', CAUSE_RUN_QUEUE, 1, "waiting for the CPU" },
	{ 's', CAUSES, 1, "asleep; timer: not woken yet" },
	{ 'i', CAUSE_RUN_QUEUE, .45, "interrupts" },
	{ 'f', CAUSE_ON_CPU, 1, "its own work" },
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

/* One of the samples of a cell. */
struct sample {
	const struct run *run;
	json_object *tree; /* of its record */
	double latency;
};

/* A whole number, or 0: a record comes from anywhere. */
static double number_of(json_object *tree, const char *key)
{
	json_object *value;

	if (!json_object_object_get_ex(tree, key, &value) ||
	    !json_object_is_type(value, json_type_int))
		return 0;
	return fmin((double)json_object_get_uint64(value), 1e18);
}

static const char *text_of(json_object *tree, const char *key)
{
	json_object *value;

	return json_object_object_get_ex(tree, key, &value) &&
			       json_object_is_type(value, json_type_string)
		       ? json_object_get_string(value)
		       : "";
}

static size_t take(struct sample *worst, size_t n, const struct sample *new)
{
	size_t at = n < WORST_SHOWN ? n++ : WORST_SHOWN;

	while (at > 0 && worst[at - 1].latency < new->latency) {
		if (at < WORST_SHOWN)
			worst[at] = worst[at - 1];
		at--;
	}
	if (at < WORST_SHOWN)
		worst[at] = *new;
	return n;
}

/* The worst ones of all runs of @cell, which may be NULL; returns how many. */
static size_t find_worst(const struct view *v, const struct cell *cell,
			 struct sample worst[WORST_SHOWN])
{
	size_t n = 0;

	for (size_t i = 0; cell && i < cell->runs; i++) {
		json_object *list = view_curve(v, &cell->run[i])->worst;

		for (size_t k = 0; list && k < json_object_array_length(list); k++) {
			struct sample s = { &cell->run[i],
					    json_object_array_get_idx(list, k), 0 };

			s.latency = number_of(s.tree, "latency_ns");
			if (s.latency > 0)
				n = take(worst, n, &s);
		}
	}
	return n;
}

static size_t kind_of(char letter)
{
	size_t i = 0;

	while (i < KINDS && kinds[i].letter != letter)
		i++;
	return i;
}

/* Says nothing that the words beside it do not say, but for the order. */
static void put_strip(FILE *out, const char *strip)
{
	const double scale = (double)STRIP_WIDTH / STRIP_PIECES;
	size_t n = strnlen(strip, STRIP_PIECES), end;

	svg_begin_plain(out, STRIP_WIDTH, STRIP_HEIGHT, "");
	for (size_t at = 0; at < n; at = end) {
		size_t kind = kind_of(strip[at]);

		for (end = at + 1; end < n && strip[end] == strip[at];)
			end++;
		if (kind < KINDS)
			svg_rect(out, scale * (double)at, 0, scale * (double)(end - at),
				 STRIP_HEIGHT, palette_cause(kinds[kind].cause),
				 kinds[kind].opacity);
	}
	fputs("</svg>", out);
}

/* A line for each: "+12.9µs reclaim begins: order 0". */
static void put_events(FILE *out, json_object *sample)
{
	double left_out = number_of(sample, "left_out");
	json_object *events;
	size_t n;
	char time[32];

	if (!json_object_object_get_ex(sample, "events", &events) ||
	    !json_object_is_type(events, json_type_array) ||
	    json_object_array_length(events) == 0)
		return;
	n = json_object_array_length(events);
	fprintf(out, "<details><summary>%zu events%s</summary><ul>", n,
		left_out > 0 ? ", those in the middle left out" : "");
	for (size_t i = 0; i < n; i++) {
		json_object *event = json_object_array_get_idx(events, i), *at;
		const char *name, *text;

		if (!json_object_is_type(event, json_type_array))
			continue;
		at = json_object_array_get_idx(event, 0);
		name = json_object_get_string(json_object_array_get_idx(event, 1));
		text = json_object_get_string(json_object_array_get_idx(event, 2));
		fprintf(out, "<li>+%s ",
			format_time(json_object_get_uint64(at), time, sizeof(time)));
		html_text_cut(out, name ? name : "", 40);
		if (text && *text) {
			fputs(": ", out);
			html_text_cut(out, text, TEXT_SHOWN);
		}
	}
	fputs("</ul></details>", out);
}

static void put_sample(const struct view *v, const char *subtest, const struct sample *s)
{
	char buf[200], number[24];

	html_row(v->out);
	html_head_cell(v->out, subtest);
	html_cell(v->out, format_time((uint64_t)s->latency, buf, sizeof(buf)));
	snprintf(number, sizeof(number), "%04ju", (uintmax_t)s->run->seq);
	html_cell_hint(v->out, number, view_run_text(s->run, buf, sizeof(buf)));
	snprintf(buf, sizeof(buf), "%.0f", number_of(s->tree, "cpu"));
	html_cell(v->out, buf);
	snprintf(buf, sizeof(buf), "%.3fs", number_of(s->tree, "t_ns") / 1e9);
	html_cell(v->out, buf);
	html_open_cell(v->out);
	put_strip(v->out, text_of(s->tree, "strip"));
	fputs("<div>", v->out);
	html_isolated(v->out, text_of(s->tree, "cause"), 2 * TEXT_SHOWN);
	fputs("</div>", v->out);
	put_events(v->out, s->tree);
}

static void put_key(FILE *out)
{
	fputs("<ul class=\"key\">\n", out);
	for (size_t i = 0; i < KINDS; i++) {
		fputs("<li>", out);
		svg_swatch(out, palette_cause(kinds[i].cause), kinds[i].opacity);
		fprintf(out, "%s</li>\n", kinds[i].words);
	}
	fputs("</ul>\n", out);
}

static void put_worst(struct view *v, size_t s)
{
	struct sample worst[WORST_SHOWN];

	view_set_begin(v, s);
	html_table_begin(v->out, view_table_id(v),
			 "The ten worst samples of each subtest", worst_columns,
			 sizeof(worst_columns) / sizeof(*worst_columns));
	for (size_t i = 0; i < v->groups; i++) {
		size_t n = find_worst(v, v->group[i].cell[s], worst);

		for (size_t k = 0; k < n; k++)
			put_sample(v, v->group[i].name, &worst[k]);
	}
	html_table_end(v->out);
	view_set_end(v, s);
}

/* Whether set @s tells its worst samples. */
static bool is_traced(const struct view *v, size_t s)
{
	const struct set *set = v->c->set[s];

	for (size_t i = 0; i < set->cells; i++)
		for (size_t r = 0; r < set->cell[i].runs; r++)
			if (view_curve(v, &set->cell[i].run[r])->worst)
				return true;
	return false;
}

bool part_has_worst(const struct view *v)
{
	for (size_t s = 0; s < v->c->sets; s++)
		if (is_traced(v, s))
			return true;
	return false;
}

void part_worst(struct view *v)
{
	fputs("<p>Of the runs that were traced, event by event. A strip is a sample from its beginning to its end, in the colour of what took most of each hundredth of it.</p>\n",
	      v->out);
	put_key(v->out);
	for (size_t s = 0; s < v->c->sets; s++)
		if (is_traced(v, s))
			put_worst(v, s);
}
