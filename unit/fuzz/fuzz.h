/* SPDX-License-Identifier: MIT */
#ifndef UNIT_FUZZ_FUZZ_H
#define UNIT_FUZZ_FUZZ_H

/* What libFuzzer calls, and replay.c does without it. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Ends the process as a crash does, unless @condition. */
#define MUST(condition)                                                                  \
	do {                                                                             \
		if (!(condition)) {                                                      \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__,       \
				#condition);                                             \
			abort();                                                         \
		}                                                                        \
	} while (0)

#endif
