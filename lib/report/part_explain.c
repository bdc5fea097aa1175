// SPDX-License-Identifier: MIT
/* The worst samples of traced runs (pinlat run --explain), each as a strip of its time. */
#include "report/internal.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "report/curves.h"
#include "render/html.h"
#include "report/internal.h"
#include "report/svg.h"
#include "stats/attribution.h"
#include "system/cleanup.h"
#include "system/units.h"

#define STRIP_WIDTH  500
#define STRIP_HEIGHT 14
/* Letters of a strip, each a hundredth of the sample: docs/record.schema.json. */
#define STRIP_PIECES 100
#define WORST_SHOWN  10

static const struct html_column columns[] = {
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

	fprintf(out,
		"<svg width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" aria-hidden=\"true\">",
		STRIP_WIDTH, STRIP_HEIGHT, STRIP_WIDTH, STRIP_HEIGHT);
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
		fputs("<li><svg width=\"10\" height=\"10\" viewBox=\"0 0 10 10\" aria-hidden=\"true\">",
		      out);
		svg_rect(out, 0, 0, 10, 10, palette_cause(kinds[i].cause),
			 kinds[i].opacity);
		fprintf(out, "</svg> %s</li>\n", kinds[i].words);
	}
	fputs("</ul>\n", out);
}

static bool is_traced(const struct view *v, size_t s)
{
	struct sample worst[WORST_SHOWN];

	for (size_t i = 0; i < v->groups; i++)
		if (find_worst(v, v->group[i].cell[s], worst) > 0)
			return true;
	return false;
}

bool part_has_traced(const struct view *v)
{
	for (size_t s = 0; s < v->c->sets; s++)
		if (is_traced(v, s))
			return true;
	return false;
}

static void put_set(struct view *v, size_t s)
{
	struct sample worst[WORST_SHOWN];
	char id[ID_SIZE];

	view_set_begin(v, s);
	html_table_begin(v->out, view_table_id(v, id),
			 "The ten worst samples of each subtest", columns,
			 sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < v->groups; i++) {
		size_t n = find_worst(v, v->group[i].cell[s], worst);

		for (size_t k = 0; k < n; k++)
			put_sample(v, v->group[i].name, &worst[k]);
	}
	html_table_end(v->out);
	view_set_end(v);
}

void part_explain(struct view *v)
{
	fputs("<p>Of the runs that were traced, event by event. A strip is a sample from its beginning to its end, in the colour of what took most of each hundredth of it.</p>\n",
	      v->out);
	put_key(v->out);
	for (size_t s = 0; s < v->c->sets; s++)
		if (is_traced(v, s))
			put_set(v, s);
}
