// SPDX-License-Identifier: MIT
#include "report.h"

#include <errno.h>
#include <stdlib.h>

#include "cases.h"
#include "message.h"
#include "pinlat.h"
#include "report/page.h"
#include "system/alloc.h"

static int print(FILE *out, void *data)
{
	struct report *r = data;

	if (!r->o->format->page)
		report_cases_make(r);
	r->o->format->print(r, out);
	report_cases_free(r);
	return 0;
}

static bool has_valid_run(const struct set *set)
{
	for (size_t i = 0; i < set->cells; i++)
		if (set->cell[i].runs > 0)
			return true;
	return false;
}

/* Names the sets of which no run is valid: nothing was measured. Returns the exit code. */
static int check_measured(const struct comparison *c)
{
	int code = PINLAT_OK;

	for (size_t s = 0; s < c->sets; s++) {
		if (has_valid_run(c->set[s]))
			continue;
		complain("report: %s has no valid run", c->set[s]->name);
		code = PINLAT_FAILED;
	}
	return code;
}

/*
 * Compares where there is something to compare. A set without a valid
 * run is no reason to write nothing: whoever reads the report has to see it. A page shows what may
 * not be compared as well, and says why; a gate is all that cannot do without a verdict.
 * Returns 0 to go on, else the exit code.
 */
static int prepare(const struct report_command *o, struct comparison *c, bool *compared)
{
	int ret, code;

	*compared = !o->separate && c->sets > 1;
	if (!*compared)
		return 0;
	ret = compare(c);
	if (ret == 0)
		return 0;
	for (size_t s = 0; ret == -ENODATA && s < c->sets; s++) {
		*compared = *compared && has_valid_run(c->set[s]);
		if (!*compared)
			return 0;
	}
	code = judging_refuse(&o->judging, c, ret);
	if (!o->format->page || o->judging.fail_on != VERDICT_NONE)
		return code;
	complain("report: so nothing is judged; the page shows the sets side by side");
	*compared = false;
	return 0;
}

static int write_report(struct report *r, struct comparison *c)
{
	const struct report_command *o = r->o;
	int code = prepare(o, c, &r->compared);

	if (code > 0)
		return code;
	if (o->build && c->sets > 2) {
		complain(
			"report: --build is one build, and there are %zu sets: give it, or a base and it",
			c->sets);
		return PINLAT_USAGE;
	}
	for (size_t i = 0; i < r->sets->problems.n; i++)
		complain("left out: %s", r->sets->problems.text[i]);
	if (o->pairs && c->sets > 1)
		code = report_pairs(r);
	if (code == PINLAT_OK)
		code = write_output(o->output, print, r);
	if (code == PINLAT_OK)
		code = r->compared ? judging_gate(&o->judging, c) : check_measured(c);
	return code;
}

/* Puts what was read in order, compares and writes it. Returns the exit code. */
static int order_and_write(struct report *r, struct sets *sets)
{
	struct comparison c = { 0 };
	int code;

	sets_order(sets, r->o->order);
	sets_finish(sets);
	compare_begin(&c, &r->o->judging.options, sets);
	r->c = &c;
	code = write_report(r, &c);
	for (size_t s = 0; r->pair && s < c.sets; s++)
		free(r->pair[s]);
	free(r->pair);
	compare_free(&c);
	return code;
}

static int read_and_write(struct report_command *o)
{
	struct report r = { .o = o, .asked = o->judging.options.metrics };
	struct sets sets = compare_sets(&o->judging.options);
	struct curves
		*part; /* one a path: what a page draws of each record that is read */
	size_t paths = 0;
	int code;

	while (o->path[paths])
		paths++;
	part = xcalloc(paths, sizeof(*part));
	for (size_t i = 0; i < paths; i++)
		part[i].woken = o->judging.options.woken;
	if (o->format->page) {
		page_quantiles(&o->judging.options.metrics);
		sets.watch = curves_watch;
		sets.watched = part;
	}
	r.sets = &sets;
	code = judging_load(&sets, o->path);
	for (size_t i = 0; i < paths; i++) {
		if (code == PINLAT_OK)
			curves_join(&r.curves, &part[i]);
		curves_free(&part[i]);
	}
	free(part);
	if (code == PINLAT_OK)
		code = order_and_write(&r, &sets);
	sets_free(&sets);
	curves_free(&r.curves);
	return code;
}

int pinlat_report(int argc, char **argv)
{
	struct report_command o;
	int code;

	report_command_parse(&o, argc, argv);
	code = o.index ? report_index(&o) : read_and_write(&o);
	report_command_free(&o);
	return code;
}
