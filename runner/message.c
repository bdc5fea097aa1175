// SPDX-License-Identifier: MIT
#include "message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pinlat.h"
#include "system/cleanup.h"
#include "text.h"

void complain(const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0) {
		text = NULL;
		return;
	}
	make_printable(text);
	fprintf(stderr, "pinlat: %s\n", text);
}

void complain_option(const char *command, int c, char **argv)
{
	const char *given = argv[optind - 1];

	if (c == ':')
		complain("%s: %s needs a value; see `pinlat %s --help`", command, given,
			 command);
	else if (optopt && given[1] != '-')
		complain("%s: there is no option -%c; see `pinlat %s --help`", command,
			 optopt, command);
	else if (optopt)
		complain("%s: %s takes no value; see `pinlat %s --help`", command, given,
			 command);
	else
		complain("%s: there is no option %s; see `pinlat %s --help`", command,
			 given, command);
}

void usage_error(const char *format, ...)
{
	char text[2000];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	complain("%s", text);
	exit(PINLAT_USAGE);
}

void parse_options(const struct option_page *page, void *settings, int argc, char **argv)
{
	char why[1000];
	int ret = option_parse(page, settings, argc, argv, why, sizeof(why));

	if (ret < 0)
		usage_error("%s: %s", page->name, why);
	if (ret != OPTION_HELP)
		return;
	option_print_page(stdout, page);
	exit(finish_output(PINLAT_OK));
}

int finish_output(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	complain("standard output could not be written: %s", strerror(errno));
	return PINLAT_FAILED;
}
