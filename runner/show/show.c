// SPDX-License-Identifier: MIT
#include "show.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "message.h"
#include "pinlat.h"
#include "record/file.h"

struct show_command {
	const char *format;
};

static const struct option_row rows[] = {
	{ .name = "format",
	  .argument = "FORMAT",
	  .standard = "text",
	  .words = "text",
	  .help = "text is the only one; the records themselves are JSON",
	  .field = offsetof(struct show_command, format) },
	{ 0 },
};

/* What is read: the metrics of a comparison, p99.9, and what a run had for load. */
static struct sets begin(struct metrics *m)
{
	metrics_init(m);
	metrics_add_bare(m, "p99.9");
	metrics_add_loads(m);
	return (struct sets){ .metrics = m, .apart = true };
}

static void print_problems(const struct sets *sets)
{
	for (size_t i = 0; i < sets->problems.n; i++)
		complain("%s", sets->problems.text[i]);
}

static int print_page(struct record *r, void *colour)
{
	show_record(r, *(bool *)colour);
	return 0;
}

static int leave_problem(const char *text, void *colour)
{
	(void)text;
	(void)colour;
	return 0;
}

/* A page where one file gave one record, else tables. */
static void show_read(struct sets *sets, const char *path, bool colour)
{
	const struct record_visitor page = { print_page, leave_problem, &colour };
	struct stat st;

	if (sets->records == 1 && stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
		records_visit(path, &page);
		return;
	}
	sets_finish(sets);
	show_sets(sets, colour);
}

static int show_paths(char **path, bool colour)
{
	struct metrics metrics;
	struct sets sets = begin(&metrics);
	int code = PINLAT_OK, ret;

	for (char **p = path; *p; p++) {
		ret = sets_load(&sets, *p);
		if (ret >= 0)
			continue;
		complain("%s: cannot be read: %s", *p, strerror(-ret));
		sets_free(&sets);
		return PINLAT_USAGE;
	}
	print_problems(&sets);
	if (sets.records > 0) {
		show_read(&sets, *path, colour);
	} else {
		complain("%s: holds no record; `pinlat run` makes some", *path);
		code = PINLAT_USAGE;
	}
	sets_free(&sets);
	return finish_output(code);
}

int show_directory(const char *path, bool colour)
{
	struct metrics metrics;
	struct sets sets = begin(&metrics);
	int ret = sets_load(&sets, path);

	if (ret >= 0) {
		print_problems(&sets);
		sets_finish(&sets);
		show_sets(&sets, colour);
	}
	sets_free(&sets);
	return ret;
}

static int pinlat_show(int argc, char **argv)
{
	struct show_command command;

	parse_options(&show_page, &command, argc, argv);
	if (optind == argc)
		usage_error("show: which record or directory? See `pinlat show --help`");
	return show_paths(argv + optind, use_colour());
}

const struct option_page show_page = {
	.name = "show",
	.what = "print what a record or a set of records says",
	.usage = "pinlat show [OPTION]... RECORD|DIR...",
	.about =
		"Prints a page for a single record, and for a set of records (a directory, or a\n"
		"file of JSON lines, also .gz, or igt_runner's results.json) a table with a row a\n"
		"subtest: medians over the valid runs. Records of different labels, kernels,\n"
		"machines, arenas or engines never share a table.\n",
	.notes = "The text depends on the records alone. NO_COLOR turns colours off.\n",
	.operands = true,
	.table = { { .rows = rows } },
	.main = pinlat_show,
};
