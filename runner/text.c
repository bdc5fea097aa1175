// SPDX-License-Identifier: MIT
#include "text.h"

#include <stdlib.h>
#include <unistd.h>

bool use_colour(void)
{
	const char *no = getenv("NO_COLOR"); /* no-color.org: present and not empty */

	return isatty(STDOUT_FILENO) && !(no && *no);
}
