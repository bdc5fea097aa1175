// SPDX-License-Identifier: MIT
#include "report.h"

#include <errno.h>
#include <stdlib.h>

#include "message.h"
#include "pinlat.h"
#include "report/page.h"
#include "report_model.h"

/* What a page shows beside the comparison. */
struct drawn {
	struct curves curves;
	struct metrics asked;
};

/* What print() needs. */
struct printing {
	const struct report_command *o;
	const struct comparison *c;
	const struct drawn *drawn;
	bool compared;
	char **pair; /* one a set; NULL: no pages of pairs */
};

static struct report_view view_of(const struct printing *p)
{
	return (struct report_view){
		.c = p->c,
		.judging = &p->o->judging,
		.compared = p->compared,
		.command = p->o->line,
		.path = p->o->path,
		.origin = p->o->origin ? p->o->origin : "pinlat",
		.build = p->o->build,
		.output = p->o->output,
		.curves = &p->drawn->curves,
		.asked = &p->drawn->asked,
		.order = set_order_text(p->c, p->o->order),
		/* Who puts sets in order, or wants each beside the one before it, has a history. */
		.history = p->o->history || p->o->ordered || p->o->pairs,
		.pair = p->pair,
	};
}

static int print(FILE *out, void *data)
{
	const struct printing *p = data;
	struct report_view v = view_of(p);
	int ret;

	v.out = out;
	ret = report_model_make(&v);

	ret = ret ? ret : p->o->format->print(&v);
	report_model_free(&v);
	return ret;
}

static bool has_valid_run(const struct compare_set *set)
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
		if (has_valid_run(&c->set[s]))
			continue;
		complain("report: %s has no valid run", c->set[s].name);
		code = PINLAT_FAILED;
	}
	return code;
}

/*
 * Brings @c into order, and compares where there is something to compare. A set without a valid
 * run is no reason to write nothing: whoever reads the report has to see it. A page shows what may
 * not be compared as well, and says why; a gate is all that cannot do without a verdict.
 * Returns -1 to go on, else the exit code.
 */
static int prepare(const struct report_command *o, struct comparison *c, bool *compared)
{
	int ret, code;

	*compared = !o->separate && c->sets > 1;
	if (!*compared) {
		ret = compare_finish(c);
		return ret < 0 ? judging_refuse(&o->judging, c, ret) : -1;
	}
	ret = compare(c);
	if (ret == 0)
		return -1;
	for (size_t s = 0; ret == -ENODATA && s < c->sets; s++) {
		*compared = *compared && has_valid_run(&c->set[s]);
		if (!*compared)
			return -1;
	}
	code = judging_refuse(&o->judging, c, ret);
	if (!o->format->page || ret == -ENOMEM || o->judging.fail_on != VERDICT_NONE)
		return code;
	complain("report: so nothing is judged; the page shows the sets side by side");
	*compared = false;
	return -1;
}

/* Pages of neighbours, and p->pair. Returns -1 to go on, else the exit code. */
static int write_pairs(struct printing *p)
{
	const struct report_view v = view_of(p);

	if (!p->o->pairs || p->c->sets < 2)
		return -1;
	p->pair = calloc(p->c->sets, sizeof(*p->pair));
	if (p->pair)
		return report_pairs(&v, p->o, p->pair);
	complain("memory is short");
	return PINLAT_FAILED;
}

static int write_report(const struct report_command *o, struct comparison *c,
			const struct drawn *drawn)
{
	struct printing p = { o, c, drawn, false, NULL };
	int code = compare_order(c, o->order) < 0 ? PINLAT_FAILED : -1;

	if (code < 0)
		code = prepare(o, c, &p.compared);
	else
		complain("memory is short");
	if (code >= 0)
		return code;
	if (o->build && c->sets > 2) {
		complain(
			"report: --build is one build, and there are %zu sets: give it, or a base and it",
			c->sets);
		return PINLAT_USAGE;
	}
	for (size_t i = 0; i < c->problems.n; i++)
		complain("left out: %s", c->problems.text[i]);
	code = write_pairs(&p);
	if (code < 0)
		code = write_output(o->output, print, &p);
	for (size_t s = 0; p.pair && s < c->sets; s++)
		free(p.pair[s]);
	free(p.pair);
	if (code == PINLAT_OK)
		code = p.compared ? judging_gate(&o->judging, c) : check_measured(c);
	return code;
}

int pinlat_report(int argc, char **argv)
{
	struct report_command o;
	struct drawn drawn = { 0 };
	struct comparison c;
	int code = report_command_parse(&o, argc, argv);

	compare_init(&c, &o.judging.options);
	drawn.asked = o.judging.options.metrics;
	if (code < 0 && o.index)
		code = report_index(&o);
	if (code < 0 && o.format->page) {
		page_quantiles(&o.judging.options.metrics);
		drawn.curves.woken = o.judging.options.woken;
		c.watch = &curves_watch;
		c.watched = &drawn.curves;
	}
	if (code < 0)
		code = judging_load(&c, o.path);
	if (code < 0)
		code = write_report(&o, &c, &drawn);
	compare_free(&c);
	curves_free(&drawn.curves);
	report_command_free(&o);
	return code;
}
