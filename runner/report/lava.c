// SPDX-License-Identifier: MIT
#include <math.h>

#include "cases.h"
#include "sets/provenance.h"
#include "summary/words.h"
#include "system/cleanup.h"
#include "system/text.h"

/*
 * A shell script for a test shell of LAVA: a `lava-test-case` a metric, in a test set a set. All
 * that is executed is made of slugs and numbers; texts of others stand in comments, in one line.
 */

/* "thp-busy.p99.virtual-uring" */
static void print_id(FILE *out, const struct report_subtest *t, const char *metric,
		     const char *more)
{
	fprintf(out, "lava-test-case %s.%s%s.%s", t->slug, metric, more, t->place_slug);
}

/* A plain number: LAVA takes no exponent. */
static void print_measurement(FILE *out, double x, enum metric_unit unit)
{
	static const char *const name[] = {
		[UNIT_NS] = "us",
		[UNIT_PERCENT] = "percent",
		[UNIT_PER_SECOND] = "per_second",
		[UNIT_BYTES_PER_SECOND] = "bytes_per_second",
		[UNIT_PER_MINUTE] = "per_cpu_minute",
		[UNIT_BYTES] = "bytes",
		[UNIT_COUNT] = "count",
	};

	fprintf(out, " --measurement %.3f --units %s\n", unit == UNIT_NS ? x / 1e3 : x,
		name[unit]);
}

static void print_medians(FILE *out, const struct metrics *metrics,
			  const struct report_subtest *t)
{
	fprintf(out, "# %s, median of %zu run%s: %s\n", t->name, t->cell->runs,
		PLURAL(t->cell->runs), t->place);
	for (size_t i = 0; i < metrics->n; i++) {
		const struct metric *m = &metrics->metric[i];

		if (!report_is_shown(m) || !report_is_told(&t->value[i]))
			continue;
		print_id(out, t, m->name, "");
		fputs(" --result pass", out);
		print_measurement(out, t->value[i].median, m->unit);
	}
}

/* The result of @c as a comment for people, then as the line that LAVA reads. */
static void print_case(FILE *out, const struct comparison *of,
		       const struct report_case *c)
{
	static const char *const result[REPORT_STATUSES] = {
		[REPORT_MEASURED] = "pass", [REPORT_PASS] = "pass",
		[REPORT_FAIL] = "fail",	    [REPORT_UNCLEAR] = "unknown",
		[REPORT_INVALID] = "skip",  [REPORT_NOTHING] = "fail",
	};
	enum metric_unit unit = UNIT_PERCENT;
	double change = c->row ? row_change(of, c->row, &unit) : NAN;
	char number[32];

	if (c->status == REPORT_MEASURED)
		return; /* the medians tell of it */
	fprintf(out, "# %s: %s\n", c->name, c->text);
	snprintf(number, sizeof(number), "-%zu", c->number);
	if (c->row)
		print_id(out, c->subtest, compare_metric(of, c->row)->name, "-change");
	else if (c->run)
		print_id(out, c->subtest, "invalid-run", number);
	else
		print_id(out, c->subtest, "valid", "");
	fprintf(out, " --result %s", result[c->status]);
	if (isfinite(change))
		print_measurement(out, change, unit);
	else
		fputs("\n", out);
}

static void print(const struct report *r, FILE *out)
{
	const struct metrics *metrics = &r->c->options->metrics;
	CLEANUP_FREE char *where = provenance_of_sets(r->c->set, r->c->sets);
	CLEANUP_FREE char *base = compare_base_text(r->c);

	fprintf(out,
		"#!/bin/sh\n# Measured on: %s\n# %s\n"
		"command -v lava-test-case >/dev/null || {\n"
		"\techo \"lava-test-case is missing: run this in a test shell of LAVA\" >&2\n"
		"\texit 3\n"
		"}\n",
		where, r->o->line);
	for (size_t s = 0; s < r->c->sets; s++) {
		const struct report_set *set = &r->set[s];

		fprintf(out, "\n# set %s\n", set->name);
		if (r->compared && s > 0)
			fprintf(out, "# base: %s\n# %s\n", base,
				r->c->result[s].sentence);
		fprintf(out, "lava-test-set start %s\n", set->slug);
		for (size_t i = 0; i < set->subtests; i++)
			print_medians(out, metrics, &set->subtest[i]);
		for (size_t i = 0; i < set->cases; i++)
			print_case(out, r->c, &set->item[i]);
		fputs("lava-test-set stop\n", out);
	}
}

const struct report_format report_lava = { "lava", print, false };
