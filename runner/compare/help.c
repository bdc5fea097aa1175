// SPDX-License-Identifier: MIT
#include <stdio.h>

#include "options.h"
#include "message.h"
#include "pinlat.h"

int compare_help(void)
{
	printf("Usage: pinlat compare [OPTION]... BASE NEW...\n"
	       "       pinlat compare --calibrate [OPTION]... SET\n\n"
	       "Says whether NEW is worse than BASE, better, the same, or whether these runs\n"
	       "cannot tell. A set is a directory of records, a file of JSON lines (also .gz) or\n"
	       "igt_runner's results.json; each label in it makes a set.\n\n"
	       "  --format FORMAT     text, mail (to paste under a patch), markdown, csv, json,\n"
	       "                      ministat (dots), benchstat (input for the Go tool)\n"
	       "  -o, --output FILE   instead of standard output\n"
	       "%s  --calibrate         compare halves of one set: the machine's noise, and the\n"
	       "                      smallest change that it can show\n\n"
	       "worse, better   p, after Holm's correction for all judged rows, is at most alpha\n"
	       "same            the change's interval (at 1 - 2 alpha) lies within the margin\n"
	       "unclear         neither: too few runs, or too much noise\n\n"
	       "Exit status: 0 compared, 1 --fail-on, 2 bad input, usage or refused, 3 nothing\n"
	       "could be compared.\n",
	       JUDGING_HELP);
	return finish_output(PINLAT_OK);
}
