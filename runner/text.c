// SPDX-License-Identifier: MIT
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool use_colour(void)
{
	const char *no = getenv("NO_COLOR"); /* no-color.org: present and not empty */

	return isatty(STDOUT_FILENO) && !(no && *no);
}

bool put_entity(FILE *out, char c)
{
	if (c != '<' && c != '>' && c != '&')
		return false;
	fprintf(out, "&%s;", c == '<' ? "lt" : c == '>' ? "gt" : "amp");
	return true;
}
