// SPDX-License-Identifier: MIT
#include <math.h>

#include "cases.h"
#include "sets/provenance.h"
#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/json.h"

/*
 * TAP version 13 (testanything.org/tap-version-13-specification.html), which readers of version 14
 * take too: a line a case, and what there is to know about it as a YAML block. Perl's reader
 * knows a part of YAML alone: maps in blocks, and texts in double quotes.
 */

/* @text as a YAML text; JSON's are such. */
static void print_entry(FILE *out, const char *key, const char *text)
{
	fprintf(out, "  %s: ", key);
	json_print_text(out, text);
	fputs("\n", out);
}

/* @text in a line of TAP, where '#' would begin a directive. */
static void print_description(FILE *out, const char *text)
{
	report_backslash(out, text, "#\\");
}

/* A number, if it is known. */
static void print_number(FILE *out, const char *key, double x, int digits)
{
	if (isfinite(x))
		fprintf(out, "%s: %.*g\n", key, digits, x);
}

/* The metrics of a run, or the medians of a subtest. */
static void print_metrics(FILE *out, const struct metrics *metrics,
			  const struct report_case *c)
{
	bool begun = false;

	for (size_t i = 0; i < metrics->n; i++) {
		const struct metric *m = &metrics->metric[i];
		const struct cell_value *value = &c->subtest->value[i];
		double x = c->run ? c->run->value[i] : value->median;

		if (!report_is_shown(m) || !isfinite(x))
			continue;
		if (!begun)
			fputs("  metrics:\n", out);
		begun = true;
		fprintf(out, "    %s:\n", m->name);
		print_number(out, c->run ? "      value" : "      median", x,
			     report_digits(m->unit));
		fprintf(out, "      unit: \"%s\"\n", metric_unit_name(m->unit));
		if (!c->run)
			fprintf(out, "      runs: %zu\n", value->n);
	}
}

/* "change_low_percent: 65.3", or "difference_low: 24.1" in the unit of the values. */
static void print_change(FILE *out, const char *key, const char *which, const char *unit,
			 double x)
{
	CLEANUP_FREE char *name = xasprintf("  %s%s%s", key, which, unit);

	print_number(out, name, x, 9);
}

static void print_decision(FILE *out, const struct comparison *c,
			   const struct compare_row *row)
{
	const struct metric *metric = compare_metric(c, row);
	const struct decide_row *d = row->d;
	const struct interval *i = row_interval(row);
	double scale = d->difference ? 1 : 100;
	const char *key = d->difference ? "difference" : "change";
	const char *unit = d->difference ? "" : "_percent";
	const char *units = row->boots ? "boots" : "runs";

	fprintf(out, "  verdict: \"%s\"\n  unit: \"%s\"\n", verdict_name(d->verdict),
		metric_unit_name(metric->unit));
	print_number(out, "  base_median", d->median[DECIDE_BASE],
		     report_digits(metric->unit));
	print_number(out, "  new_median", d->median[DECIDE_NEW],
		     report_digits(metric->unit));
	print_change(out, key, "", unit, scale * d->change.estimate);
	if (row_bounded(row)) {
		print_change(out, key, "_low", unit, scale * i->low);
		print_change(out, key, "_high", unit, scale * i->high);
	}
	print_number(out, "  p_after_holm", d->p_adjusted, 9);
	fprintf(out, "  base_%s: %zu\n  new_%s: %zu\n", units, d->side[DECIDE_BASE].n,
		units, d->side[DECIDE_NEW].n);
}

static void print_block(FILE *out, const struct comparison *of,
			const struct report_case *c)
{
	char start[32];

	fputs("  ---\n", out);
	print_entry(out, "message", c->text);
	print_entry(out, "set", c->subtest->set->name);
	print_entry(out, "measured_on", c->subtest->place);
	if (report_case_host(c))
		print_entry(out, "host", report_case_host(c));
	if (c->run)
		fprintf(out, "  run: %llu\n  begun: \"%s\"\n",
			(unsigned long long)c->run->seq,
			time_stamp(c->run->start, start, sizeof(start)));
	if (c->run && c->run->notes)
		print_entry(out, "notes", c->run->notes);
	if (c->row)
		print_decision(out, of, c->row);
	else if (c->status == REPORT_MEASURED)
		print_metrics(out, &of->options->metrics, c);
	fputs("  ...\n", out);
}

static void print_case(const struct report *r, const struct report_case *c, size_t number,
		       FILE *out)
{
	bool is_bad = c->status == REPORT_FAIL || c->status == REPORT_NOTHING;

	fprintf(out, "%sok %zu - ", is_bad ? "not " : "", number);
	if (r->c->sets > 1) {
		print_description(out, c->subtest->set->name);
		fputs(": ", out);
	}
	print_description(out, c->name);
	if (c->status == REPORT_UNCLEAR || c->status == REPORT_INVALID) {
		fputs(" # SKIP ", out);
		print_description(out, c->text);
	}
	fputs("\n", out);
	print_block(out, r->c, c);
}

static void print(const struct report *r, FILE *out)
{
	CLEANUP_FREE char *where = provenance_of_sets(r->c->set, r->c->sets);
	CLEANUP_FREE char *base = r->compared ? compare_base_text(r->c) : NULL;
	size_t cases = 0, number = 0;

	for (size_t s = 0; s < r->c->sets; s++)
		cases += r->set[s].cases;
	fprintf(out, "TAP version 13\n1..%zu\n# Measured on: %s\n# %s\n", cases, where,
		r->o->line);
	if (r->compared)
		fprintf(out, "# base: %s\n# %s\n", base, r->c->sentence);
	for (size_t s = 0; s < r->c->sets; s++)
		for (size_t i = 0; i < r->set[s].cases; i++)
			print_case(r, &r->set[s].item[i], ++number, out);
}

const struct report_format report_tap = { "tap", print, false };
