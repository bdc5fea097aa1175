// SPDX-License-Identifier: MIT
#include "show.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "message.h"
#include "pinlat.h"
#include "text.h"

static int help(void)
{
	printf("Usage: pinlat show [--format text] RECORD|DIR...\n\n"
	       "Prints a page for a single record, and for a set of records (a directory, or a\n"
	       "file of JSON lines, also .gz, or igt_runner's results.json) a table with a row a\n"
	       "subtest: medians over the valid runs. Records of different labels, kernels,\n"
	       "machines, arenas or engines never share a table.\n\n"
	       "The text depends on the records alone. NO_COLOR turns colours off.\n");
	return finish_output(PINLAT_OK);
}

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

int pinlat_show(int argc, char **argv)
{
	static const struct option options[] = {
		{ "format", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		switch (c) {
		case 'h':
			return help();
		case 'f':
			if (strcmp(optarg, "text") == 0)
				break;
			complain(
				"show: --format knows text, not \"%s\"; the records themselves are JSON",
				optarg);
			return PINLAT_USAGE;
		default:
			complain_option("show", c, argv);
			return PINLAT_USAGE;
		}
	}
	if (optind == argc) {
		complain("show: which record or directory? See `pinlat show --help`");
		return PINLAT_USAGE;
	}
	return show_paths(argv + optind, use_colour());
}
