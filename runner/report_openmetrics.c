// SPDX-License-Identifier: MIT
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "system/text.h"
#include "report_model.h"
#include "system/cleanup.h"

/*
 * OpenMetrics text (prometheus.io/docs/specs/om/open_metrics_spec/). node_exporter's textfile collector reads an
 * older format, so only what both know is used: gauges, no times, "# UNIT" and "# EOF" (comments
 * there).
 */

/* @text as a label's value. It is plain: of what ends a line it holds nothing. */
static void print_label(FILE *out, const char *name, const char *text)
{
	fprintf(out, ",%s=\"", name);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static int print_fact(const struct report_view *v, const struct report_subtest *t,
		      const char *name, const char *path)
{
	_cleanup_free_ char *text = text_plain(set_fact(v->c->set[t->set], path), 300);

	if (!text)
		return -ENOMEM;
	print_label(v->out, name, text);
	return 0;
}

/* The name of a metric and the labels that all of them bear; the caller adds some and ends it. */
static int begin(const struct report_view *v, const struct report_subtest *t,
		 const char *metric)
{
	_cleanup_free_ char *engine = text_plain(t->cell->config.engine, 64);
	_cleanup_free_ char *arena = text_plain(t->cell->config.arena, 64);
	int ret = engine && arena ? 0 : -ENOMEM;

	fprintf(v->out, "%s{machine=\"%s\"", metric, report_machine(v, t));
	print_label(v->out, "set", v->set_name[t->set]);
	print_label(v->out, "subtest", t->name);
	print_label(v->out, "arena", arena ? arena : "");
	print_label(v->out, "engine", engine && *engine ? engine : "none");
	ret = ret ? ret : print_fact(v, t, "hypervisor", "hypervisor");
	return ret ? ret : print_fact(v, t, "kernel", "kernel.release");
}

static void family(FILE *out, const char *name, const char *unit, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
	if (unit)
		fprintf(out, "# UNIT %s %s\n", name, unit);
}

static void print_percentile(FILE *out, const struct metric *m)
{
	if (m->kind == METRIC_QUANTILE)
		print_label(out, "percentile", m->name + 1);
}

/* What of a median is printed. */
enum part { LATENCY, LATENCY_RUNS, HUGE };

static int print_part(const struct report_view *v, enum part part, const char *name)
{
	const struct metrics *metrics = &v->c->options->metrics;

	for (size_t i = 0; i < v->subtests; i++) {
		for (size_t m = 0; m < metrics->n; m++) {
			const struct metric *metric = &metrics->metric[m];
			struct report_value value;
			int ret = report_median(v->subtest[i].cell, m, &value);

			if (ret == 0 &&
			    (value.n == 0 ||
			     metric->kind !=
				     (part == HUGE ? METRIC_HUGE : METRIC_QUANTILE)))
				continue;
			ret = ret ? ret : begin(v, &v->subtest[i], name);
			if (ret < 0)
				return ret;
			print_percentile(v->out, metric);
			if (part == LATENCY_RUNS)
				fprintf(v->out, "} %zu\n", value.n);
			else
				fprintf(v->out, "} %.9g\n",
					value.median / (part == HUGE ? 100 : 1e9));
		}
	}
	return 0;
}

static int print_runs(const struct report_view *v)
{
	for (size_t i = 0; i < v->subtests; i++) {
		const struct cell *cell = v->subtest[i].cell;
		size_t valid = cell->runs + cell->left_out - cell->invalid;

		for (int is_valid = 0; is_valid < 2; is_valid++) {
			int ret = begin(v, &v->subtest[i], "pinlat_runs");

			if (ret < 0)
				return ret;
			fprintf(v->out, ",valid=\"%s\"} %zu\n",
				is_valid ? "true" : "false",
				is_valid ? valid : cell->invalid);
		}
	}
	return 0;
}

static int begin_row(const struct report_view *v, const struct report_case *c,
		     const char *name)
{
	int ret = begin(v, c->subtest, name);

	print_label(v->out, "base", v->set_name[0]);
	print_percentile(v->out, &v->c->options->metrics.metric[c->row->metric]);
	return ret;
}

/* One end of an interval, or its middle. */
static int print_bound(const struct report_view *v, const struct report_case *c,
		       const char *bound, double x)
{
	int ret;

	/* ln(-inf) comes back as -100 %: there is no end. */
	if (!isfinite(x) || !(x > -1))
		return 0;
	ret = begin_row(v, c, "pinlat_change_ratio");
	fprintf(v->out, ",bound=\"%s\"} %.9g\n", bound, x);
	return ret;
}

static int print_change(const struct report_view *v, const struct report_case *c,
			void *data)
{
	const struct interval *change;
	int ret;

	(void)data;
	if (!c->row)
		return 0;
	change = &c->row->d->change;
	ret = print_bound(v, c, "low", change->low);
	ret = ret ? ret : print_bound(v, c, "estimate", change->estimate);
	return ret ? ret : print_bound(v, c, "high", change->high);
}

static int print_verdict(const struct report_view *v, const struct report_case *c,
			 void *data)
{
	(void)data;
	for (int verdict = VERDICT_SAME; c->row && verdict <= VERDICT_UNCLEAR;
	     verdict++) {
		int ret = begin_row(v, c, "pinlat_verdict");

		if (ret < 0)
			return ret;
		fprintf(v->out, ",verdict=\"%s\"} %d\n",
			verdict_name((enum verdict)verdict),
			(int)c->row->d->verdict == verdict);
	}
	return 0;
}

int report_print_openmetrics(const struct report_view *v)
{
	int ret;

	family(v->out, "pinlat_latency_seconds", "seconds",
	       "How late: a percentile, as the median over the valid runs.");
	ret = print_part(v, LATENCY, "pinlat_latency_seconds");
	family(v->out, "pinlat_latency_runs", NULL,
	       "Of how many runs pinlat_latency_seconds is the median.");
	ret = ret ? ret : print_part(v, LATENCY_RUNS, "pinlat_latency_runs");
	family(v->out, "pinlat_huge_ratio", "ratio",
	       "How many first touches got a huge page, as the median over the valid runs.");
	ret = ret ? ret : print_part(v, HUGE, "pinlat_huge_ratio");
	family(v->out, "pinlat_runs", NULL,
	       "Runs by whether they are valid; numbers come from valid ones alone.");
	ret = ret ? ret : print_runs(v);
	if (v->compared) {
		family(v->out, "pinlat_change_ratio", "ratio",
		       "Change against the base, 0.05 is 5 % later, with its interval.");
		for (size_t s = 1; s < v->c->sets && ret == 0; s++)
			ret = report_each_case(v, s, print_change, NULL);
		family(v->out, "pinlat_verdict", NULL,
		       "1 for the verdict of a judged row, 0 for the others.");
		for (size_t s = 1; s < v->c->sets && ret == 0; s++)
			ret = report_each_case(v, s, print_verdict, NULL);
	}
	fputs("# EOF\n", v->out);
	return ret;
}
