// SPDX-License-Identifier: MIT
#include "pinlat.h"

#include <stdio.h>
#include <stdlib.h>

#include "message.h"

const struct option_page *const commands[] = {
	&run_page,  &ab_page,	&compare_page, &report_page, &history_page,
	&show_page, &pack_page, &list_page,    &doctor_page, NULL,
};

void parse_options(const struct option_page *page, void *settings, int argc, char **argv)
{
	char why[1000];
	int ret = option_parse(page, settings, argc, argv, why, sizeof(why));

	if (ret < 0)
		usage_error("%s: %s", page->name, why);
	if (ret == OPTION_HELP) {
		option_print_page(stdout, page);
		exit(finish_output(PINLAT_OK));
	}
	if (!page->operands && optind < argc)
		usage_error("%s: takes no \"%s\"; see `pinlat %s --help`", page->name,
			    argv[optind], page->name);
}
