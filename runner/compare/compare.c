// SPDX-License-Identifier: MIT
#include "pinlat.h"

#include "calibrate.h"
#include "options.h"
#include "message.h"

/* What print() needs. */
struct printing {
	const struct compare_command *o;
	const struct comparison *c;
};

static int print(FILE *out, void *data)
{
	const struct printing *p = data;
	struct compare_view v = {
		.c = p->c,
		.out = out,
		.colour = p->o->may_colour && !p->o->output && use_colour(),
		.command = p->o->line,
	};

	return p->o->print(&v);
}

static int compare_sets_of(const struct compare_command *o)
{
	struct sets sets = compare_sets(&o->judging.options);
	struct comparison c = { 0 };
	struct printing p = { o, &c };
	int code = judging_load(&sets, o->path), ret;

	if (code < 0) {
		sets_finish(&sets);
		compare_begin(&c, &o->judging.options, &sets);
		ret = compare(&c);
		code = ret < 0 ? judging_refuse(&o->judging, &c, ret)
			       : write_output(o->output, print, &p);
		if (code == PINLAT_OK)
			code = judging_gate(&o->judging, &c);
	}
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
