// SPDX-License-Identifier: MIT
/*
 * The seed of a run.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "igt/internal.h"

static uint32_t seed;

static uint32_t seed_from_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint32_t)now.tv_sec ^ (uint32_t)now.tv_nsec;
}

static uint32_t parse_seed(const char *text)
{
	unsigned long long n;
	char *end;

	n = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || n > UINT32_MAX)
		igt__usage_error("IGT_SRANDOM='%s' is not a number up to %u", text,
				 UINT32_MAX);
	return (uint32_t)n;
}

void igt__seed_init(void)
{
	const char *text = getenv("IGT_SRANDOM");

	seed = text ? parse_seed(text) : seed_from_clock();
	srandom(seed);
}

uint32_t igt_srandom_seed(void)
{
	return seed;
}
