// SPDX-License-Identifier: MIT
/* A history to be read: what happened first, then each machine, jumps between the levels. */
#include <math.h>
#include <string.h>

#include "history/formats.h"
#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"

static const struct metric *metric_of(const struct history_saying *s,
				      const struct history_series *series)
{
	return &s->f->sets->metrics->metric[series->metric];
}

/* How many machines are among the changes @first to @end - 1. */
static size_t count_machines(const struct history_saying *s, size_t first, size_t end)
{
	CLEANUP_FREE bool *seen = xcalloc(s->f->machines, sizeof(*seen));
	size_t n = 0;

	for (size_t i = first; i < end; i++) {
		size_t machine = (size_t)(s->change[i].machine - s->f->machine);

		n += !seen[machine];
		seen[machine] = true;
	}
	return n;
}

/* "thp-busy p99 +31% on 14 machines" */
static void print_number(FILE *out, const struct history_saying *s, const char *name,
			 const struct fleet_event *e)
{
	char buf[CELL_SIZE];

	fprintf(out, "  %s %s", name, text_change(e->change, buf, sizeof(buf)));
	if (s->f->machines > 1)
		fprintf(out, " on %zu machine%s", e->machines, PLURAL(e->machines));
	fputs("\n", out);
}

/* All changes of one kernel, from @first to @end - 1. */
static void print_event(FILE *out, const struct history_saying *s, size_t first,
			size_t end)
{
	CLEANUP_FREE char *kernel = fleet_kernel(s->f, s->change[first].set);
	size_t machines = count_machines(s, first, end);

	fprintf(out, "since %s", kernel);
	if (s->f->machines > 1)
		fprintf(out, ", on %zu of %zu machines", machines, s->f->machines);
	fputs(":\n", out);
	for (size_t i = first; i < end; i++) {
		struct fleet_event e;

		if (fleet_event(s->f, s->change, first, end, i, &e))
			print_number(out, s, s->change[i].series->name, &e);
	}
}

static void print_head(FILE *out, const struct history_saying *s)
{
	const struct fleet *f = s->f;
	size_t end;

	if (f->changes == 0)
		fprintf(out, "no level changed");
	else
		fprintf(out, "%zu change%s", f->changes, PLURAL(f->changes));
	fprintf(out, ": %zu series of %zu machine%s, alpha %g for all together\n",
		f->series, f->machines, PLURAL(f->machines), f->alpha);
	for (size_t first = 0; first < f->changes; first = end) {
		end = fleet_event_end(s->f, s->change, first);
		fputs("\n", out);
		print_event(out, s, first, end);
	}
}

/* "  572µs  v6.1 to v6.9 (9 kernels)" */
static void print_level(FILE *out, const struct history_saying *s,
			const struct fleet_machine *m,
			const struct history_series *series, size_t i)
{
	size_t first = history_first(series, i), end = history_end(series, i);
	CLEANUP_FREE char *from = fleet_kernel(s->f, m->set[series->set[first]]);
	CLEANUP_FREE char *to = fleet_kernel(s->f, m->set[series->set[end - 1]]);
	char buf[CELL_SIZE];

	fprintf(out, "    %8s  %s .. %s (%zu kernel%s)\n",
		value_text(metric_of(s, series), history_level(series, i), buf,
			   sizeof(buf)),
		from, to, end - first, PLURAL(end - first));
}

/* "  ········  +31% [+27% .. +35%] with v6.10, p 0.0005" */
static void print_jump(FILE *out, const struct history_saying *s,
		       const struct fleet_machine *m, const struct history_series *series,
		       size_t i)
{
	const struct changepoint *c = &series->found.change[i];
	struct interval change = history_change(series, i);
	CLEANUP_FREE char *at = fleet_kernel(s->f, m->set[series->set[c->at]]);
	CLEANUP_FREE char *low = fleet_kernel(s->f, m->set[series->set[c->low]]);
	CLEANUP_FREE char *high = fleet_kernel(s->f, m->set[series->set[c->high]]);
	char size[CELL_SIZE], interval[CELL_SIZE], p[CELL_SIZE];

	fprintf(out, "    ........  %s %s with %s",
		text_change(change.estimate, size, sizeof(size)),
		text_change_interval(change.low, change.high, interval, sizeof(interval)),
		at);
	if (c->high > c->low)
		fprintf(out, " (or %s to %s)", low, high);
	fprintf(out, ", p %s\n", p_text(c->p, p, sizeof(p)));
	if (c->drift != DRIFT_NONE)
		fprintf(out, "              drift, no alarm: %s\n",
			history_drift_text(c->drift));
}

static void print_series(FILE *out, const struct history_saying *s,
			 const struct fleet_machine *m,
			 const struct history_series *series)
{
	if (series->found.n == 0)
		return;
	fprintf(out, "  %s\n", series->name);
	for (size_t i = 0; i <= series->found.n; i++) {
		if (i > 0)
			print_jump(out, s, m, series, i - 1);
		print_level(out, s, m, series, i);
	}
}

static void print_machine(FILE *out, const struct history_saying *s,
			  const struct fleet_machine *m)
{
	const struct history *h = &m->history;

	fprintf(out, "\n%s: %zu kernel%s", m->name, m->kernels, PLURAL(m->kernels));
	if (h->longest < h->least)
		fprintf(out, ", %zu are needed to find a change", h->least);
	else if (h->changes == 0)
		fprintf(out, ", no level changed");
	fputs("\n", out);
	for (size_t i = 0; i < h->n; i++)
		print_series(out, s, m, &h->series[i]);
	for (size_t i = 0; i < m->odd.n && i < HISTORY_ODD_NAMED; i++)
		fprintf(out, "  left out: %s\n", m->odd.text[i]);
	if (m->odd.n > HISTORY_ODD_NAMED)
		fprintf(out, "  left out: %zu more\n", m->odd.n - HISTORY_ODD_NAMED);
}

static void print(FILE *out, const struct history_saying *s)
{
	print_head(out, s);
	for (size_t i = 0; i < s->f->machines; i++)
		print_machine(out, s, &s->f->machine[i]);
}

const struct history_format history_text = { "text", print };
