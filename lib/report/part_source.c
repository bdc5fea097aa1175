// SPDX-License-Identifier: MIT
/* Where the page comes from, and how to make it again. */
#include "report/page-private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/html.h"
#include "system/cleanup.h"
#include "system/units.h"

static void put_command(FILE *out, const char *name, const char *command)
{
	fprintf(out, "<h3>%s</h3>\n<pre><bdi>", name);
	html_text(out, command);
	fputs("</bdi></pre>\n", out);
}

/* Adds an option, unless its value is no plain word: what is on a page is pasted into shells. */
static void add_option(FILE *out, const char *option, const char *value)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/%";

	if (*value && !value[strspn(value, plain)])
		fprintf(out, " --%s %s", option, value);
}

static void add_size(FILE *out, const char *option, uint64_t bytes)
{
	char text[32];

	if (bytes > 0)
		add_option(out, option, format_size(bytes, text, sizeof(text)));
}

/* The cell whose set-up says most: that of the highest load. */
static const struct compare_cell *find_cell(const struct view *v)
{
	const struct compare_cell *best = NULL;

	for (size_t i = 0; i < v->groups; i++) {
		const struct compare_cell *cell = v->group[i].cell[0];

		if (cell && (!best || (*cell->config.engine && !*best->config.engine)))
			best = cell;
	}
	return best;
}

/* How to measure what the base was measured by. */
static int put_run(const struct view *v)
{
	const struct compare_cell *cell = find_cell(v);
	_cleanup_free_ char *command = NULL;
	char duration[32];
	size_t size;
	FILE *out;

	if (!cell || cell->config.duration_ns == 0)
		return 0;
	out = open_memstream(&command, &size);
	if (!out)
		return -ENOMEM;
	fputs("pinlat run --label LABEL -o FOLDER", out);
	add_option(out, "engine", cell->config.engine);
	add_option(out, "arena", cell->config.arena);
	add_option(out, "duration",
		   format_duration(cell->config.duration_ns, duration, sizeof(duration)));
	add_size(out, "fill", cell->config.fill_bytes);
	add_size(out, "object-size", cell->config.object_size);
	add_option(out, "backing", cell->config.backing);
	add_option(out, "walker", cell->config.walker);
	if (fclose(out) != 0)
		return -ENOMEM;
	put_command(v->out, "Measuring alike", command);
	return 0;
}

int _part_source(struct view *v)
{
	int ret;

	page_section(v->out, "source", "Source");
	page_text(
		v->out, NULL,
		"The records hold every histogram in full. This page is a pure function of them, of the command and of the version below.");
	put_command(v->out, "This page", v->page->command);
	ret = put_run(v);
	page_section_end(v->out);
	return ret;
}
