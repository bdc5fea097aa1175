// SPDX-License-Identifier: MIT
/* A history as a page: what happened first, a row a machine, then each machine. */
#include <math.h>
#include <string.h>

#include "history/formats.h"
#include "history/order.h"
#include "render/html.h"
#include "report/chart.h"
#include "report/svg.h"
#include "summary/words.h"
#include "system/cleanup.h"
#include "system/text.h"

/* What a row of the table of machines shows: of faults beside a busy device. */
#define SHOWN_SUBTEST "thp-busy"
#define SHOWN_LATENCY "p99"
#define SHOWN_STALLS  "stalls_100ms"

#define SPARK_WIDTH  160
#define SPARK_HEIGHT 28
#define NAME_SHOWN   40

struct page {
	FILE *out;
	const struct history_saying *s;
	size_t tables;
};

static const struct metric *metric_of(const struct page *p,
				      const struct history_series *series)
{
	return &p->s->f->sets->metrics->metric[series->metric];
}

static void begin_table(struct page *p, const char *caption,
			const struct html_column *column, size_t columns)
{
	char id[32];

	snprintf(id, sizeof(id), "t%zu", ++p->tables);
	html_table_begin(p->out, id, caption, column, columns);
}

/* The name of set @set, cut. */
static void put_kernel(const struct page *p, size_t set)
{
	CLEANUP_FREE char *name = fleet_kernel(p->s->f, set);

	html_name(p->out, name, NAME_SHOWN, NULL);
}

static const char *class_of(const struct page *p, const struct fleet_change *c)
{
	if (history_drift(c) != DRIFT_NONE)
		return "unclear";
	return history_is_worse(p->s, c) ? "worse" : "better";
}

static void put_change(const struct page *p, const struct fleet_change *c)
{
	char buf[CELL_SIZE];

	fprintf(p->out, "<span class=\"verdict %s\">%s</span>", class_of(p, c),
		text_change(history_change(c->series, c->change).estimate, buf,
			    sizeof(buf)));
}

/* The series of what a row shows, or NULL. */
static const struct history_series *shown_series(const struct page *p,
						 const struct fleet_machine *m)
{
	for (size_t i = 0; i < m->history.n; i++) {
		const struct history_series *series = &m->history.series[i];

		if (strncmp(series->name, SHOWN_SUBTEST " ", strlen(SHOWN_SUBTEST) + 1) ==
			    0 &&
		    strcmp(metric_of(p, series)->name, SHOWN_LATENCY) == 0)
			return series;
	}
	return NULL;
}

static void put_levels(const struct page *p, const struct history_series *series,
		       const struct scale *x, const struct scale *y)
{
	static const struct svg_pen pen = { "currentColor", 1, 0.5, false };

	for (size_t i = 0; i <= series->found.n; i++) {
		double at = scale_at(y, history_level(series, i));

		svg_line(p->out, scale_at(x, (double)history_first(series, i)), at,
			 scale_at(x, (double)history_end(series, i) - 1), at, &pen);
	}
}

/* All values of @series, small; lines are its levels. */
static void put_spark(const struct page *p, const struct history_series *series)
{
	const struct svg_pen pen = { palette_set(0, 1), 1.2, 1, false };
	struct scale x = { -0.5, (double)series->n - 0.5, 1, SPARK_WIDTH - 1, false };
	struct scale y = scale_of(series->median, series->n, true, SPARK_HEIGHT - 1, 1);
	struct svg_path path;

	svg_begin_plain(p->out, SPARK_WIDTH, SPARK_HEIGHT, "");
	put_levels(p, series, &x, &y);
	svg_paths_begin(p->out, &pen);
	svg_path_begin(&path, p->out, NULL);
	for (size_t i = 0; i < series->n; i++)
		svg_path_to(&path, scale_at(&x, (double)i),
			    scale_at(&y, series->median[i]));
	svg_path_end(&path, NULL);
	svg_paths_end(p->out);
	svg_end(p->out);
}

/* Of several that are of the same kernel the largest, by its logarithm. */
static bool is_larger(const struct fleet_change *a, const struct fleet_change *b)
{
	return fabs(log1p(history_change(a->series, a->change).estimate)) >
	       fabs(log1p(history_change(b->series, b->change).estimate));
}

/* The last change on @m; one that is no drift before one that may be. NULL: none. */
static const struct fleet_change *last_change(const struct page *p,
					      const struct fleet_machine *m)
{
	const struct fleet_change *last = NULL;

	for (size_t i = 0; i < p->s->f->changes; i++) {
		const struct fleet_change *c = &p->s->change[i];
		bool clean = history_drift(c) == DRIFT_NONE,
		     had = last && history_drift(last) == DRIFT_NONE;

		if (c->machine != m || (had && !clean))
			continue;
		if (!last || clean != had || c->set != last->set || is_larger(c, last))
			last = c;
	}
	return last;
}

/* "alarm", "drift", "steady": what has to be looked at first. */
static void put_state(const struct page *p, const struct fleet_machine *m)
{
	size_t alarms = 0, drifts = 0;

	for (size_t i = 0; i < p->s->f->changes; i++) {
		const struct fleet_change *c = &p->s->change[i];

		alarms += c->machine == m && history_alarms(p->s, c);
		drifts += c->machine == m && history_drift(c) != DRIFT_NONE;
	}
	html_open_cell(p->out);
	if (alarms > 0)
		fprintf(p->out, "<span class=\"verdict worse\">%zu alarm%s</span>",
			alarms, PLURAL(alarms));
	else if (m->history.longest < m->history.least)
		fprintf(p->out, "too few kernels, %zu are needed", m->history.least);
	else if (drifts > 0)
		fputs("<span class=\"verdict unclear\">drift</span>", p->out);
	else
		fputs(m->history.changes > 0 ? "changed" : "steady", p->out);
}

static void put_since(const struct page *p, const struct fleet_machine *m)
{
	const struct fleet_change *c = last_change(p, m);

	html_open_cell(p->out);
	if (!c) {
		fputs("–", p->out);
		return;
	}
	put_kernel(p, c->set);
	fprintf(p->out, " (%zu kernel%s): ", c->since, PLURAL(c->since));
	html_name(p->out, c->series->name, NAME_SHOWN, NULL);
	fputs(" ", p->out);
	put_change(p, c);
}

static void put_now(const struct page *p, const struct fleet_machine *m,
		    const char *metric)
{
	const struct metrics *metrics = p->s->f->sets->metrics;
	char buf[CELL_SIZE];

	html_cell(p->out, value_text(&metrics->metric[metrics_find(metrics, metric)],
				     fleet_now(p->s->f, m, SHOWN_SUBTEST, metric), buf,
				     sizeof(buf)));
}

static void put_machine_row(const struct page *p, size_t i)
{
	const struct fleet_machine *m = &p->s->f->machine[i];
	const struct history_series *series = shown_series(p, m);
	char link[32], time[CELL_SIZE];

	snprintf(link, sizeof(link), "#m%zu", i);
	html_row(p->out);
	html_open_head_cell(p->out);
	html_name(p->out, m->name, NAME_SHOWN, link);
	html_open_cell(p->out);
	put_kernel(p, m->set[m->kernels - 1]);
	html_open_cell(p->out);
	fputs(time_text(fleet_measured(p->s->f, m, m->kernels - 1).last, time,
			sizeof(time)),
	      p->out);
	put_now(p, m, SHOWN_LATENCY);
	put_now(p, m, SHOWN_STALLS);
	html_open_cell(p->out);
	if (series)
		put_spark(p, series);
	put_since(p, m);
	put_state(p, m);
}

static void put_machines(struct page *p)
{
	static const struct html_column columns[] = {
		{ "machine", NULL },
		{ HTML_WORDS "last kernel", NULL },
		{ HTML_WORDS "measured (UTC)", "when its last run began" },
		{ SHOWN_LATENCY " now",
		  SHOWN_SUBTEST ", as scheduled: the median of the last kernel's runs" },
		{ "stalls now",
		  SHOWN_SUBTEST ", faults of 100 ms or longer a CPU-minute: the same" },
		{ HTML_WORDS SHOWN_LATENCY ", all kernels",
		  "first to last, a logarithmic scale of its own; lines: levels" },
		{ HTML_WORDS "since",
		  "the last change of any number of the machine, and how many kernels have it" },
		{ HTML_WORDS "state", "alarm: --fail-on is about a change" },
	};

	html_section(p->out, "machines", "Machines", false);
	begin_table(p, "Each machine as its last kernel has it", columns,
		    sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < p->s->f->machines; i++)
		put_machine_row(p, i);
	html_table_end(p->out);
	html_section_end(p->out, false);
}

static void put_event(struct page *p, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++) {
		const struct fleet_change *c = &p->s->change[i];
		struct fleet_event e;
		char buf[CELL_SIZE];

		if (!fleet_event(p->s->f, p->s->change, first, end, i, &e))
			continue;
		html_row(p->out);
		html_open_head_cell(p->out);
		put_kernel(p, c->set);
		html_text_cell(p->out, c->series->name, NAME_SHOWN);
		html_text_cell(p->out, text_change(e.change, buf, sizeof(buf)),
			       NAME_SHOWN);
		html_open_cell(p->out);
		fprintf(p->out, "%zu of %zu", e.machines, p->s->f->machines);
	}
}

/* What happened when, on how many machines. */
static void put_events(struct page *p)
{
	static const struct html_column columns[] = {
		{ "since", "the first kernel of the new level" },
		{ HTML_WORDS "number", NULL },
		{ HTML_WORDS "change", "the median of these machines" },
		{ HTML_WORDS "machines", NULL },
	};
	size_t end;

	if (p->s->f->changes == 0)
		return;
	html_section(p->out, "changes", "What changed", false);
	begin_table(p, "Each change by the first kernel that has it", columns,
		    sizeof(columns) / sizeof(*columns));
	for (size_t first = 0; first < p->s->f->changes; first = end) {
		end = fleet_event_end(p->s->f, p->s->change, first);
		put_event(p, first, end);
	}
	html_table_end(p->out);
	html_section_end(p->out, false);
}

static void put_level(const struct page *p, const struct history_series *series, size_t i)
{
	char buf[CELL_SIZE];

	html_cell(p->out, value_text(metric_of(p, series), history_level(series, i), buf,
				     sizeof(buf)));
}

static void put_detail(struct page *p, const struct fleet_change *c)
{
	const struct changepoint *at = &c->series->found.change[c->change];
	struct interval change = history_change(c->series, c->change);
	const size_t *set = c->machine->set, *of = c->series->set;
	char buf[CELL_SIZE];

	html_row(p->out);
	html_head_cell(p->out, c->series->name);
	html_open_cell(p->out);
	put_kernel(p, c->set);
	html_open_cell(p->out);
	put_kernel(p, set[of[at->low]]);
	if (at->high > at->low) {
		fputs(" to ", p->out);
		put_kernel(p, set[of[at->high]]);
	}
	html_open_cell(p->out);
	put_change(p, c);
	html_cell(p->out,
		  text_change_interval(change.low, change.high, buf, sizeof(buf)));
	put_level(p, c->series, c->change);
	put_level(p, c->series, c->change + 1);
	html_cell(p->out, p_text(at->p, buf, sizeof(buf)));
	html_open_cell(p->out);
	if (at->drift != DRIFT_NONE)
		fputs(history_drift_text(at->drift), p->out);
}

static void put_details(struct page *p, const struct fleet_machine *m)
{
	static const struct html_column columns[] = {
		{ "number", NULL },
		{ HTML_WORDS "since", "the first kernel of the new level" },
		{ HTML_WORDS "or somewhere in", "where the change is, with 95 %" },
		{ HTML_WORDS "change", "Hodges-Lehmann, of the kernels' medians" },
		{ "95% interval", NULL },
		{ "before", "median of the kernels of this level" },
		{ "after", "median of the kernels of this level" },
		{ "p", NULL },
		{ HTML_WORDS "drift", "what else it may be: then there is no alarm" },
	};

	begin_table(p, "Where levels changed", columns,
		    sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < p->s->f->changes; i++)
		if (p->s->change[i].machine == m)
			put_detail(p, &p->s->change[i]);
	html_table_end(p->out);
}

static void put_machine(struct page *p, size_t i)
{
	const struct fleet_machine *m = &p->s->f->machine[i];
	char id[32];

	snprintf(id, sizeof(id), "m%zu", i);
	html_section(p->out, id, m->name, false);
	html_paragraph(p->out, NULL, "%zu kernel%s, %zu number%s; %zu change%s.",
		       m->kernels, PLURAL(m->kernels), m->history.n, PLURAL(m->history.n),
		       m->history.changes, PLURAL(m->history.changes));
	if (m->history.changes > 0)
		put_details(p, m);
	for (size_t k = 0; k < m->odd.n && k < HISTORY_ODD_NAMED; k++)
		html_paragraph(p->out, "note", "Left out: %s", m->odd.text[k]);
	if (m->odd.n > HISTORY_ODD_NAMED)
		html_paragraph(p->out, "note", "Left out: %zu more",
			       m->odd.n - HISTORY_ODD_NAMED);
	html_section_end(p->out, false);
}

static void print(FILE *out, const struct history_saying *s)
{
	struct page p = { .out = out, .s = s };
	char title[64];

	snprintf(title, sizeof(title), "pinlat: history of %zu machine%s", s->f->machines,
		 PLURAL(s->f->machines));
	html_head(out, title);
	html_body(out);
	fputs("<header>\n<p class=\"kicker\">pinlat: how long other tasks wait when a device has pinned memory</p>\n<h1>",
	      out);
	html_text(out, title + strlen("pinlat: "));
	fputs("</h1>\n", out);
	html_paragraph(
		out, NULL,
		"%zu change%s in %zu series, alpha %g for all of them together. Kernels are ordered %s.",
		s->f->changes, PLURAL(s->f->changes), s->f->series, s->f->alpha,
		set_order_text(s->f->sets, s->o->order));
	fputs("</header>\n", out);
	put_machines(&p);
	put_events(&p);
	for (size_t i = 0; i < s->f->machines; i++)
		put_machine(&p, i);
	html_end(out);
}

const struct history_format history_html = { "html", print };
