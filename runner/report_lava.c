// SPDX-License-Identifier: MIT
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "report_model.h"
#include "system/cleanup.h"

/*
 * A shell script for a test shell of LAVA: a `lava-test-case` a metric, in a test set a set. All
 * that is executed is made of slugs and numbers; texts of others stand in comments, in one line.
 */

static void print_comment(FILE *out, const char *what, const char *text)
{
	fprintf(out, "# %s%s\n", what, text);
}

/* "thp-busy.p99.virtual-uring" */
static void print_id(const struct report_view *v, const struct report_subtest *t,
		     const char *metric, const char *more)
{
	fprintf(v->out, "lava-test-case %s.%s%s.", t->slug, metric, more);
	report_place_slug(v, t, v->out);
}

/* A plain number: LAVA takes no exponent. */
static void print_measurement(FILE *out, double x, const char *units)
{
	fprintf(out, " --measurement %.3f --units %s\n", x, units);
}

static int print_medians(const struct report_view *v, const struct report_subtest *t)
{
	const struct metrics *metrics = &v->c->options->metrics;
	_cleanup_free_ char *place = report_place(v, t);

	if (!place)
		return -ENOMEM;
	fprintf(v->out, "# %s, median of %zu run%s: %s\n", t->name, t->cell->runs,
		t->cell->runs == 1 ? "" : "s", place);
	for (size_t m = 0; m < metrics->n; m++) {
		bool is_time = metrics->metric[m].unit == UNIT_NS;
		struct report_value value;
		int ret = report_median(t->cell, m, &value);

		if (ret < 0)
			return ret;
		if (!report_is_shown(v, m) || isnan(value.median))
			continue;
		print_id(v, t, metrics->metric[m].name, "");
		fputs(" --result pass", v->out);
		print_measurement(v->out, is_time ? value.median / 1e3 : value.median,
				  is_time ? "us" : "percent");
	}
	return 0;
}

/* What became of @c in a comment, then for who does not read. */
static int print_case(const struct report_view *v, const struct report_case *c,
		      void *data)
{
	static const char *const result[REPORT_STATUSES] = {
		[REPORT_MEASURED] = "pass", [REPORT_PASS] = "pass",
		[REPORT_FAIL] = "fail",	    [REPORT_UNCLEAR] = "unknown",
		[REPORT_INVALID] = "skip",  [REPORT_NOTHING] = "fail",
	};
	double change = c->row ? 100 * c->row->d->change.estimate : NAN;
	_cleanup_free_ char *name = report_case_name(v, c);
	_cleanup_free_ char *text = report_case_text(v, c);
	char number[32];

	(void)data;
	if (!name || !text)
		return -ENOMEM;
	if (c->status == REPORT_MEASURED)
		return 0; /* the medians tell of it */
	fprintf(v->out, "# %s: %s\n", name, text);
	snprintf(number, sizeof(number), "-%zu", c->number);
	if (c->row)
		print_id(v, c->subtest,
			 v->c->options->metrics.metric[c->row->metric].name, "-change");
	else if (c->run)
		print_id(v, c->subtest, "invalid-run", number);
	else
		print_id(v, c->subtest, "valid", "");
	fprintf(v->out, " --result %s", result[c->status]);
	if (isfinite(change))
		print_measurement(v->out, change, "percent");
	else
		fputs("\n", v->out);
	return 0;
}

static int print_set(const struct report_view *v, size_t s)
{
	int ret = 0;

	fputs("\n", v->out);
	print_comment(v->out, "set ", v->set_name[s]);
	if (v->compared && s > 0)
		print_comment(v->out, "", v->c->result[s].sentence);
	fprintf(v->out, "lava-test-set start %s\n", v->set_slug[s]);
	for (size_t i = 0; i < v->subtests && ret == 0; i++) {
		if (v->subtest[i].set == s)
			ret = print_medians(v, &v->subtest[i]);
	}
	ret = ret ? ret : report_each_case(v, s, print_case, NULL);
	fputs("lava-test-set stop\n", v->out);
	return ret;
}

int report_print_lava(const struct report_view *v)
{
	int ret = 0;

	fputs("#!/bin/sh\n", v->out);
	print_comment(v->out, "", v->command);
	fputs("command -v lava-test-case >/dev/null || {\n"
	      "\techo \"lava-test-case is missing: run this in a test shell of LAVA\" >&2\n"
	      "\texit 3\n"
	      "}\n",
	      v->out);
	for (size_t s = 0; s < v->c->sets && ret == 0; s++)
		ret = print_set(v, s);
	return ret;
}
