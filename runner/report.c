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
	size_t paths;
	struct curves *part; /* owned; one a path; NULL: nothing is drawn */
	struct curves curves;
	struct metrics asked;
};

/* What print() needs. */
struct printing {
	const struct report_command *o;
	const struct sets *sets;
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
		.order = set_order_text(p->sets, p->o->order),
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
 * Returns -1 to go on, else the exit code.
 */
static int prepare(const struct report_command *o, struct comparison *c, bool *compared)
{
	int ret, code;

	*compared = !o->separate && c->sets > 1;
	if (!*compared)
		return -1;
	ret = compare(c);
	if (ret == 0)
		return -1;
	for (size_t s = 0; ret == -ENODATA && s < c->sets; s++) {
		*compared = *compared && has_valid_run(c->set[s]);
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

static int write_report(const struct report_command *o, const struct sets *sets,
			struct comparison *c, const struct drawn *drawn)
{
	struct printing p = { o, sets, c, drawn, false, NULL };
	int code = prepare(o, c, &p.compared);

	if (code >= 0)
		return code;
	if (o->build && c->sets > 2) {
		complain(
			"report: --build is one build, and there are %zu sets: give it, or a base and it",
			c->sets);
		return PINLAT_USAGE;
	}
	for (size_t i = 0; i < sets->problems.n; i++)
		complain("left out: %s", sets->problems.text[i]);
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

/* What a page draws of each record is made while they are read. */
static int draw_records(struct report_command *o, struct sets *sets, struct drawn *drawn)
{
	page_quantiles(&o->judging.options.metrics);
	while (o->path[drawn->paths])
		drawn->paths++;
	drawn->part = calloc(drawn->paths + 1, sizeof(*drawn->part));
	if (!drawn->part)
		return -ENOMEM;
	for (size_t i = 0; i < drawn->paths; i++)
		drawn->part[i].woken = o->judging.options.woken;
	sets->watch = curves_watch;
	sets->watched = drawn->part;
	return 0;
}

static void free_drawn(struct drawn *drawn)
{
	for (size_t i = 0; drawn->part && i < drawn->paths; i++)
		curves_free(&drawn->part[i]);
	free(drawn->part);
	curves_free(&drawn->curves);
}

/* Puts what was read in order, and begins @c with it. */
static int put_in_order(const struct report_command *o, struct sets *sets,
			struct comparison *c, struct drawn *drawn)
{
	int ret = sets_order(sets, o->order);

	for (size_t i = 0; i < drawn->paths && ret == 0; i++)
		ret = curves_join(&drawn->curves, &drawn->part[i]);
	ret = ret ? ret : sets_finish(sets);
	return ret ? ret : compare_begin(c, &o->judging.options, sets);
}

static int read_and_write(struct report_command *o, struct drawn *drawn)
{
	struct sets sets = compare_sets(&o->judging.options);
	struct comparison c = { 0 };
	int ret = o->format->page ? draw_records(o, &sets, drawn) : 0, code = -1;

	if (ret == 0)
		code = judging_load(&sets, o->path);
	if (ret == 0 && code < 0)
		ret = put_in_order(o, &sets, &c, drawn);
	if (ret < 0) {
		complain("memory is short");
		code = PINLAT_FAILED;
	}
	if (code < 0)
		code = write_report(o, &sets, &c, drawn);
	compare_free(&c);
	sets_free(&sets);
	return code;
}

int pinlat_report(int argc, char **argv)
{
	struct report_command o;
	struct drawn drawn = { 0 };
	int code;

	report_command_parse(&o, argc, argv);
	drawn.asked = o.judging.options.metrics;
	code = o.index ? report_index(&o) : read_and_write(&o, &drawn);
	free_drawn(&drawn);
	report_command_free(&o);
	return code;
}
