// SPDX-License-Identifier: MIT
#include "pinlat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "calibrate.h"
#include "compare_options.h"
#include "message.h"
#include "record/file.h"
#include "system/cleanup.h"
#include "text.h"

static int load_sets(struct comparison *c, char **path)
{
	for (; *path; path++) {
		size_t problems = c->problems.n;
		int n = compare_load(c, *path);

		if (n < 0) {
			complain("%s: cannot be read: %s", *path, strerror(-n));
			return PINLAT_USAGE;
		}
		if (n > 0)
			continue;
		for (size_t i = problems; i < c->problems.n; i++)
			complain("%s", c->problems.text[i]);
		complain("%s: holds no record that can be read", *path);
		return PINLAT_USAGE;
	}
	return -1;
}

/* Why there is no comparison; -errno from compare() becomes the exit code. */
static int refuse(const struct comparison *c, int error)
{
	if (error == -ENOMEM) {
		complain("memory is short");
		return PINLAT_FAILED;
	}
	for (size_t i = 0; i < c->problems.n; i++)
		complain("%s", c->problems.text[i]);
	for (size_t i = 0; i < c->refusals.n; i++)
		complain("compare: %s", c->refusals.text[i]);
	return error == -ENODATA ? PINLAT_FAILED : PINLAT_USAGE;
}

/* Prints to a file, which is whole or what it was. */
static int print_to_file(const struct compare_command *o, struct compare_view *v)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int ret;

	v->out = open_memstream(&text, &size);
	if (!v->out)
		return -ENOMEM;
	ret = o->print(v);
	if (fclose(v->out) != 0)
		return -ENOMEM;
	if (ret < 0)
		return ret;
	ret = file_replace(o->output, text, size);
	if (ret < 0)
		complain("%s: cannot be written: %s", o->output, strerror(-ret));
	return ret < 0 ? -EIO : 0;
}

static int print(const struct compare_command *o, const struct comparison *c)
{
	struct compare_view v = {
		.c = c,
		.out = stdout,
		.colour = o->may_colour && !o->output && use_colour(),
		.command = o->line,
	};
	int ret = o->output ? print_to_file(o, &v) : o->print(&v);

	if (ret == -ENOMEM)
		complain("memory is short");
	return ret < 0 ? PINLAT_FAILED : finish_output(PINLAT_OK);
}

/* Names each row that --fail-on is about. */
static int apply_gate(const struct compare_command *o, const struct comparison *c)
{
	int code = PINLAT_OK;

	for (size_t i = 0; o->fail_on != VERDICT_NONE && i < c->rows; i++) {
		const struct compare_row *row = &c->row[i];
		enum verdict v = row->d->verdict;

		if (v != VERDICT_WORSE &&
		    !(v == VERDICT_UNCLEAR && o->fail_on == VERDICT_UNCLEAR))
			continue;
		complain("gate: %s %s of %s is %s", row->cell[0]->subtest,
			 c->options->metrics.metric[row->metric].name,
			 c->set[row->set].name, verdict_name(v));
		code = PINLAT_GATE;
	}
	return code;
}

int pinlat_compare(int argc, char **argv)
{
	struct compare_command o;
	struct comparison c;
	int code = compare_command_parse(&o, argc, argv), ret;

	compare_init(&c, &o.options);
	if (code < 0 && o.calibrate)
		code = finish_output(calibrate_set(o.path[0], &o.options));
	if (code < 0)
		code = load_sets(&c, o.path);
	if (code < 0) {
		ret = compare(&c);
		code = ret < 0 ? refuse(&c, ret) : print(&o, &c);
		if (code == PINLAT_OK)
			code = apply_gate(&o, &c);
	}
	compare_free(&c);
	compare_command_free(&o);
	return code;
}
