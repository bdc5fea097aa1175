// SPDX-License-Identifier: MIT
#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <stdlib.h>

#include "report_model.h"
#include "system/cleanup.h"

/*
 * TAP version 13 (testanything.org/tap-version-13-specification.html), which readers of version 14
 * take too: a line a case, and what there is to know about it as a YAML block. Perl's reader
 * knows a part of YAML alone: maps in blocks, and texts in double quotes.
 */

/* @text as a YAML text; JSON's are such. */
static int print_yaml_text(FILE *out, const char *text)
{
	json_object *o = json_object_new_string(text);
	const char *quoted =
		o ? json_object_to_json_string_ext(o, JSON_C_TO_STRING_NOSLASHESCAPE)
		  : NULL;

	if (quoted)
		fputs(quoted, out);
	json_object_put(o);
	return quoted ? 0 : -ENOMEM;
}

/* @text in a line of TAP, where '#' would begin a directive. */
static void print_description(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '#' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
}

/* A value in its unit, if it is known. */
static void print_value(FILE *out, const char *key, double x, enum metric_unit unit)
{
	if (isfinite(x))
		fprintf(out, "%s: %.*g\n", key, report_digits(unit), x);
}

/* The metrics of a run, or the medians of a subtest. */
static int print_metrics(const struct report_view *v, const struct report_case *c)
{
	const struct metrics *metrics = &v->c->options->metrics;
	bool begun = false;

	for (size_t m = 0; m < metrics->n; m++) {
		struct report_value value = { NAN, 1, 0 };
		int ret = c->run ? 0 : report_median(c->subtest->cell, m, &value);

		if (ret < 0)
			return ret;
		if (c->run)
			value.median = c->run->value[m];
		if (!report_is_shown(v, m) || isnan(value.median))
			continue;
		if (!begun)
			fputs("  metrics:\n", v->out);
		begun = true;
		fprintf(v->out, "    %s:\n", metrics->metric[m].name);
		print_value(v->out, c->run ? "      value" : "      median", value.median,
			    metrics->metric[m].unit);
		fprintf(v->out, "      unit: \"%s\"\n",
			metric_unit_name(metrics->metric[m].unit));
		if (!c->run)
			fprintf(v->out, "      runs: %zu\n", value.n);
	}
	return 0;
}

static void print_number(FILE *out, const char *key, double x)
{
	if (isfinite(x))
		fprintf(out, "  %s: %.9g\n", key, x);
}

static void print_decision(const struct report_view *v, const struct compare_row *row)
{
	const struct metric *metric = &v->c->options->metrics.metric[row->metric];
	const struct decide_row *d = row->d;

	fprintf(v->out, "  verdict: \"%s\"\n  unit: \"%s\"\n", verdict_name(d->verdict),
		metric_unit_name(metric->unit));
	print_value(v->out, "  base_median", d->median[DECIDE_BASE], metric->unit);
	print_value(v->out, "  new_median", d->median[DECIDE_NEW], metric->unit);
	print_number(v->out, "change_percent", 100 * d->change.estimate);
	if (d->change.low > -1 && isfinite(d->change.high)) {
		print_number(v->out, "change_low_percent", 100 * d->change.low);
		print_number(v->out, "change_high_percent", 100 * d->change.high);
	}
	print_number(v->out, "p_after_holm", d->p_adjusted);
	fprintf(v->out, "  base_%s: %zu\n  new_%s: %zu\n", row->boots ? "boots" : "runs",
		d->side[DECIDE_BASE].n, row->boots ? "boots" : "runs",
		d->side[DECIDE_NEW].n);
}

static int print_entry(FILE *out, const char *key, const char *text)
{
	int ret;

	fprintf(out, "  %s: ", key);
	ret = print_yaml_text(out, text);
	fputs("\n", out);
	return ret;
}

static int print_block(const struct report_view *v, const struct report_case *c,
		       const char *text)
{
	_cleanup_free_ char *place = report_place(v, c->subtest);
	char start[32];
	int ret = place ? 0 : -ENOMEM;

	fputs("  ---\n", v->out);
	ret = ret ? ret : print_entry(v->out, "message", text);
	ret = ret ? ret : print_entry(v->out, "set", v->set_name[c->subtest->set]);
	ret = ret ? ret : print_entry(v->out, "measured_on", place);
	if (c->run)
		fprintf(v->out, "  run: %llu\n  begun: \"%s\"\n",
			(unsigned long long)c->run->seq,
			report_time(c->run->start, start, sizeof(start)));
	if (c->run && c->run->notes)
		ret = ret ? ret : print_entry(v->out, "notes", c->run->notes);
	if (c->row)
		print_decision(v, c->row);
	else if (ret == 0 && c->status == REPORT_MEASURED)
		ret = print_metrics(v, c);
	fputs("  ...\n", v->out);
	return ret;
}

static int print_case(const struct report_view *v, const struct report_case *c,
		      void *data)
{
	bool is_bad = c->status == REPORT_FAIL || c->status == REPORT_NOTHING;
	bool is_skipped = c->status == REPORT_UNCLEAR || c->status == REPORT_INVALID;
	_cleanup_free_ char *name = report_case_name(v, c);
	_cleanup_free_ char *text = report_case_text(v, c);
	size_t *number = data;

	if (!name || !text)
		return -ENOMEM;
	fprintf(v->out, "%sok %zu - ", is_bad ? "not " : "", ++*number);
	if (v->c->sets > 1) {
		print_description(v->out, v->set_name[c->subtest->set]);
		fputs(": ", v->out);
	}
	print_description(v->out, name);
	if (is_skipped) {
		fputs(" # SKIP ", v->out);
		print_description(v->out, text);
	}
	fputs("\n", v->out);
	return print_block(v, c, text);
}

static int count_case(const struct report_view *v, const struct report_case *c,
		      void *data)
{
	(void)v;
	(void)c;
	(*(size_t *)data)++;
	return 0;
}

int report_print_tap(const struct report_view *v)
{
	size_t cases = 0, number = 0;
	int ret = 0;

	for (size_t s = 0; s < v->c->sets; s++)
		report_each_case(v, s, count_case, &cases);
	fprintf(v->out, "TAP version 13\n1..%zu\n# %s\n", cases, v->command);
	if (v->compared)
		fprintf(v->out, "# %s\n", v->c->sentence);
	for (size_t s = 0; s < v->c->sets && ret == 0; s++)
		ret = report_each_case(v, s, print_case, &number);
	return ret;
}
