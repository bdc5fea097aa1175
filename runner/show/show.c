// SPDX-License-Identifier: MIT
#include "show.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "message.h"
#include "pinlat.h"

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

static void print_problems(const struct record_list *list)
{
	for (size_t i = 0; i < list->problems; i++)
		complain("%s", list->problem[i]);
}

/* A page where one file gave one record, else tables. */
static int show_list(const struct record_list *list, const char *path, bool colour)
{
	struct stat st;

	if (list->n == 1 && stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		return show_record(&list->record[0], colour);
	return show_set(list, colour);
}

static int show_paths(char **path, bool colour)
{
	struct record_list list = { 0 };
	int code = PINLAT_OK, ret;

	for (char **p = path; *p; p++) {
		ret = record_list_read(&list, *p);
		if (ret >= 0)
			continue;
		complain("%s: cannot be read: %s", *p, strerror(-ret));
		record_list_free(&list);
		return PINLAT_USAGE;
	}
	print_problems(&list);
	if (list.n == 0) {
		complain("%s: holds no record; `pinlat run` makes some", *path);
		code = PINLAT_USAGE;
	} else if (show_list(&list, *path, colour) < 0) {
		complain("memory is short");
		code = PINLAT_FAILED;
	}
	record_list_free(&list);
	return finish_output(code);
}

int show_directory(const char *path, bool colour)
{
	struct record_list list = { 0 };
	int ret = record_list_read(&list, path);

	if (ret >= 0) {
		print_problems(&list);
		ret = show_set(&list, colour);
	}
	record_list_free(&list);
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
