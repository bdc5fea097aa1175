// SPDX-License-Identifier: MIT
#include "pinlat.h"

#include <string.h>

#include "compare/calibrate.h"
#include "message.h"
#include "options.h"

/* What print() needs. */
struct printing {
	const struct compare_command *o;
	const struct comparison *c;
};

static void print(FILE *out, void *data)
{
	const struct printing *p = data;
	struct compare_view v = {
		.c = p->c,
		.out = out,
		.colour = !p->o->output && use_colour(),
		.command = p->o->line,
		.render = p->o->render,
	};

	p->o->print(&v);
}

static size_t count_runs(const struct set *set, const char *subtest)
{
	size_t n = 0;

	for (size_t i = 0; i < set->cells; i++)
		if (strcmp(set->cell[i].subtest, subtest) == 0)
			n += set->cell[i].runs;
	return n;
}

/* Begins @c with the subtests of --within. Returns the exit code. */
static int begin_within(const struct compare_command *o, struct comparison *c,
			const struct sets *sets)
{
	for (int side = 0; side < DECIDE_SIDES; side++) {
		if (count_runs(&sets->set[0], o->subtest[side]) > 0)
			continue;
		complain("compare: %s has no valid run of %s", sets->set[0].name,
			 o->subtest[side]);
		return PINLAT_FAILED;
	}
	compare_begin_within(c, &o->judging.options, &sets->set[0], o->subtest[0],
			     o->subtest[1]);
	return PINLAT_OK;
}

/* Compares what was read, and prints it. Returns the exit code. */
static int compare_and_print(const struct compare_command *o, struct comparison *c,
			     const struct sets *sets)
{
	struct printing p = { o, c };
	int code = PINLAT_OK, ret;

	if (compare_is_of_one(o) && sets->n > 1) {
		complain(
			"compare: %s holds %zu labels (%s, %s%s); only one set is asked for",
			o->path[0], sets->n, sets->set[0].label, sets->set[1].label,
			sets->n > 2 ? ", ..." : "");
		return PINLAT_USAGE;
	}
	if (*o->subtest[0])
		code = begin_within(o, c, sets);
	else
		compare_begin(c, &o->judging.options, sets);
	if (code != PINLAT_OK)
		return code;
	if (o->print == compare_print_values)
		return write_output(o->output, print, &p);
	ret = compare(c);
	code = ret < 0 ? judging_refuse(&o->judging, c, ret)
		       : write_output(o->output, print, &p);
	return code == PINLAT_OK ? judging_gate(&o->judging, c) : code;
}

static int compare_sets_of(const struct compare_command *o)
{
	struct sets sets = compare_sets(&o->judging.options);
	struct comparison c = { 0 };
	int code;

	judging_load(&sets, o->path);
	sets_finish(&sets);
	code = compare_and_print(o, &c, &sets);
	compare_free(&c);
	sets_free(&sets);
	return code;
}

int pinlat_compare(int argc, char **argv)
{
	struct compare_command o;
	int code;

	compare_command_parse(&o, argc, argv);
	code = o.calibrate ? finish_output(calibrate_set(o.path[0], &o.judging.options))
			   : compare_sets_of(&o);
	compare_command_free(&o);
	return code;
}
