// SPDX-License-Identifier: MIT
#include <math.h>

#include "cases.h"
#include "sets/provenance.h"
#include "summary/words.h"
#include "system/cleanup.h"
#include "system/text.h"
#include "system/units.h"

/*
 * OpenMetrics text (prometheus.io/docs/specs/om/open_metrics_spec/). node_exporter's textfile collector reads an
 * older format, so only what both know is used: gauges, no times, "# UNIT" and "# EOF" (comments
 * there).
 */

/* @text as a label's value. It is plain: of what ends a line it holds nothing. */
static void print_label(FILE *out, const char *name, const char *text)
{
	fprintf(out, ",%s=\"", name);
	report_backslash(out, text, "\"\\");
	fputc('"', out);
}

/* The name of a metric and the labels that all of them bear; the caller adds some and ends it. */
static void begin(FILE *out, const struct report_subtest *t, const char *metric)
{
	CLEANUP_FREE char *engine = text_plain(t->cell->config.engine, 64);
	CLEANUP_FREE char *arena = text_plain(t->cell->config.arena, 64);
	CLEANUP_FREE char *walker = walker_name(t->cell->config.walker);
	CLEANUP_FREE char *hypervisor =
		text_plain(set_fact(t->set->set, "hypervisor"), 300);
	CLEANUP_FREE char *kernel =
		text_plain(set_fact(t->set->set, "kernel.release"), 300);

	fprintf(out, "%s{machine=\"%s\"", metric, t->set->machine);
	print_label(out, "set", t->set->name);
	print_label(out, "subtest", t->name);
	print_label(out, "arena", arena);
	print_label(out, "engine", *engine ? engine : "none");
	print_label(out, "mock", report_has_mock(t->set->set) ? "true" : "false");
	print_label(out, "walker", walker);
	print_label(out, "hypervisor", hypervisor);
	print_label(out, "kernel", kernel);
}

/* What is said of each subtest, or of each row that was judged. */
struct family {
	const char *name, *unit, *help;
	void (*subtest)(const struct report *r, FILE *out, const struct family *f,
			const struct report_subtest *t);
	void (*row)(const struct report *r, FILE *out, const struct family *f,
		    const struct report_case *c);
	/*
	 * of medians: of which metrics, and of what base unit; 0: how many runs. Of changes: 0: ratios,
	 * else differences
	 */
	enum metric_kind kind;
	double scale;
};

static void print_percentile(FILE *out, const struct metric *m)
{
	if (m->kind == METRIC_QUANTILE || m->kind == METRIC_FAULT_QUANTILE)
		fprintf(out, ",percentile=\"%.10g\"", 100 * m->p);
	if (m->kind == METRIC_STALLS)
		fprintf(out, ",at_least=\"%g\"", (double)m->from_ns / NSEC_PER_SEC);
}

static void print_medians(const struct report *r, FILE *out, const struct family *f,
			  const struct report_subtest *t)
{
	const struct metrics *metrics = &r->c->options->metrics;

	for (size_t i = 0; i < metrics->n; i++) {
		const struct cell_value *value = &t->value[i];

		if (!report_is_told(value) || metrics->metric[i].kind != f->kind)
			continue;
		begin(out, t, f->name);
		print_percentile(out, &metrics->metric[i]);
		if (f->scale > 0)
			fprintf(out, "} %.9g\n", value->median / f->scale);
		else
			fprintf(out, "} %zu\n", value->n);
	}
}

static void print_runs(const struct report *r, FILE *out, const struct family *f,
		       const struct report_subtest *t)
{
	size_t valid = t->cell->runs + t->cell->left_out - t->cell->invalid;

	(void)r;
	begin(out, t, f->name);
	fprintf(out, ",valid=\"false\"} %zu\n", t->cell->invalid);
	begin(out, t, f->name);
	fprintf(out, ",valid=\"true\"} %zu\n", valid);
}

/* On which latencies of planned instants depend. */
static void print_interval(const struct report *r, FILE *out, const struct family *f,
			   const struct report_subtest *t)
{
	uint64_t ns = record_pace_ns(&t->cell->config);

	(void)r;
	if (ns == 0)
		return;
	begin(out, t, f->name);
	fprintf(out, "} %.9g\n", (double)ns / NSEC_PER_SEC);
}

static void begin_row(const struct report *r, FILE *out, const struct report_case *c,
		      const char *name)
{
	begin(out, c->subtest, name);
	print_label(out, "base", r->set[0].name);
	print_label(out, "metric", compare_metric(r->c, c->row)->name);
	print_percentile(out, compare_metric(r->c, c->row));
}

/* One end of an interval, or its middle. */
static void print_bound(const struct report *r, FILE *out, const struct family *f,
			const struct report_case *c, const char *bound, double x)
{
	/* ln(-inf) comes back as -100 %: there is no end. */
	if (!isfinite(x) || (!c->row->d->difference && !(x > -1)))
		return;
	begin_row(r, out, c, f->name);
	fprintf(out, ",bound=\"%s\"} %.9g\n", bound, x);
}

/* Ratios are one family, and differences, which have units, another. */
static void print_change(const struct report *r, FILE *out, const struct family *f,
			 const struct report_case *c)
{
	const struct interval *i = row_interval(c->row);

	if (c->row->d->difference != (f->scale > 0))
		return;
	print_bound(r, out, f, c, "low", i->low);
	print_bound(r, out, f, c, "estimate", c->row->d->change.estimate);
	print_bound(r, out, f, c, "high", i->high);
}

static void print_verdict(const struct report *r, FILE *out, const struct family *f,
			  const struct report_case *c)
{
	for (int verdict = VERDICT_SAME; verdict <= VERDICT_UNCLEAR; verdict++) {
		begin_row(r, out, c, f->name);
		fprintf(out, ",verdict=\"%s\"} %d\n", verdict_name((enum verdict)verdict),
			(int)c->row->d->verdict == verdict);
	}
}

#define MEDIANS(name, unit, kind, scale, help)                                           \
	{                                                                                \
		name, unit, help ", as the median over the valid runs.", print_medians,  \
			NULL, kind, scale                                                \
	}

/* clang-format off */
static const struct family families[] = {
	MEDIANS("pinlat_latency_seconds", "seconds", METRIC_QUANTILE, 1e9,
		"How late: a percentile"),
	{ "pinlat_latency_runs", NULL, "Of how many runs pinlat_latency_seconds is the median.",
	  print_medians, NULL, METRIC_QUANTILE, 0 },
	MEDIANS("pinlat_huge_ratio", "ratio", METRIC_HUGE, 100,
		"How many first touches got a huge page"),
	MEDIANS("pinlat_stalls_per_cpu_minute", NULL, METRIC_STALLS, 1,
		"Faults of a huge page that took at_least so many seconds, a CPU-minute outside of them"),
	MEDIANS("pinlat_fault_time_ratio", "ratio", METRIC_FAULT_TIME, 100,
		"Time spent in faults of huge pages"),
	MEDIANS("pinlat_fault_seconds", "seconds", METRIC_FAULT_QUANTILE, 1e9,
		"Time of a fault of a huge page that was made: a percentile"),
	MEDIANS("pinlat_device_requests_per_second", NULL, METRIC_REQUESTS, 1,
		"Requests that the device completed"),
	MEDIANS("pinlat_walker_bytes_per_second", NULL, METRIC_WALKER, 1,
		"What the page-cache walk read"),
	{ "pinlat_interval_seconds", "seconds",
	  "Mean time from one planned instant of the probe to the next; latencies of thp depend on it.",
	  .subtest = print_interval },
	{ "pinlat_runs", NULL,
	  "Runs by whether they are valid; numbers come from valid ones alone.",
	  .subtest = print_runs },
	{ "pinlat_change_ratio", "ratio",
	  "Change against the base, 0.05 is 5 % more, with its interval.",
	  .row = print_change },
	{ "pinlat_change_difference", NULL,
	  "The same of what may be 0, as a difference: stalls a CPU-minute, percentage points.",
	  .row = print_change, .scale = 1 },
	{ "pinlat_verdict", NULL,
	  "1 for the verdict of a judged number, 0 for the others.",
	  .row = print_verdict },
};
/* clang-format on */

static void print_family(const struct report *r, FILE *out, const struct family *f)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n", f->name, f->help, f->name);
	if (f->unit)
		fprintf(out, "# UNIT %s %s\n", f->name, f->unit);
	for (size_t s = 0; s < r->c->sets; s++) {
		for (size_t i = 0; f->subtest && i < r->set[s].subtests; i++)
			f->subtest(r, out, f, &r->set[s].subtest[i]);
		for (size_t i = 0; f->row && i < r->set[s].cases; i++)
			if (r->set[s].item[i].row)
				f->row(r, out, f, &r->set[s].item[i]);
	}
}

static void print(const struct report *r, FILE *out)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
		if (r->compared || !families[i].row)
			print_family(r, out, &families[i]);
	fputs("# EOF\n", out);
}

const struct report_format report_openmetrics = { "openmetrics", print, false };
