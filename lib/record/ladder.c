// SPDX-License-Identifier: MIT
#include "record/ladder.h"

#include <string.h>

const char *const ladder_probe[LADDER_PROBES] = { "timer", "thp" };
const char *const ladder_load[LADDER_LOADS] = { "idle", "base", "locked", "pinned",
						"busy" };

size_t ladder_rank(const char *subtest)
{
	for (size_t p = 0; p < LADDER_PROBES; p++) {
		size_t length = strlen(ladder_probe[p]);

		if (strncmp(subtest, ladder_probe[p], length) != 0 ||
		    subtest[length] != '-')
			continue;
		for (size_t l = 0; l < LADDER_LOADS; l++)
			if (strcmp(subtest + length + 1, ladder_load[l]) == 0)
				return p * LADDER_LOADS + l;
	}
	return LADDER_PROBES * LADDER_LOADS;
}

int ladder_compare(const char *a, const char *b)
{
	size_t x = ladder_rank(a), y = ladder_rank(b);

	return x != y ? (x < y ? -1 : 1) : strcmp(a, b);
}
