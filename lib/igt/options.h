/* SPDX-License-Identifier: MIT */
#ifndef IGT_OPTIONS_H
#define IGT_OPTIONS_H

/* Private to igt/: the command line, and the commands of --hook. */

#include <stdbool.h>
#include <stdint.h>

#include "igt/igt.h"

enum igt__mode {
	IGT__RUN,
	IGT__LIST,
	IGT__SHOW_TESTLIST,
	IGT__DESCRIBE,
};

struct igt__options {
	enum igt__mode mode;
	const char *subtests; /* patterns, NULL for all */
	const char *dynamics;
	const char *device;
	const char *debug_domain;
	const char *interactive_domain;
	bool debug;
	uint32_t seed;
};

extern struct igt__options igt__options;

/* Exits if the command line is wrong, or asks for no more than a text. */
void igt__options_parse(int argc, char **argv, const struct igt_extra_options *extra);

/* The commands of --hook. */
enum igt__hook_event {
	IGT__PRE_TEST,
	IGT__PRE_SUBTEST,
	IGT__PRE_DYN_SUBTEST,
	IGT__POST_DYN_SUBTEST,
	IGT__POST_SUBTEST,
	IGT__POST_TEST,
	IGT__HOOK_EVENTS,
};

struct igt__hook_context {
	enum igt__hook_event event;
	const char *subtest; /* "" where there is none, as the next two */
	const char *dynamic;
	const char *result;
};

void igt__hook_run(const struct igt__hook_context *context);

#endif
