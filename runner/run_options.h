/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_RUN_OPTIONS_H
#define PINLAT_RUNNER_RUN_OPTIONS_H

/* What `pinlat run` was asked to do. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The options that are handed to the test as they are; plan.json holds them too. */
enum test_option {
	OPTION_ENGINE,
	OPTION_ARENA,
	OPTION_DURATION,
	OPTION_FILL,
	OPTION_OBJECT_SIZE,
	OPTION_BACKING,
	OPTION_SWAP,
	OPTION_WALKER,
	OPTION_EXPLAIN,
	OPTION_KEEP_TRACE, /* "on": into a file beside each record */
	OPTION_STOP_AT,
	TEST_OPTIONS
};

/* A text is NULL where it was not given. */
struct run_options {
	const char *label;
	const char *directory;
	const char *probes, *loads;
	const char *test[TEST_OPTIONS];
	const char *seed_text, *runs_text;
	uint64_t seed, runs;
	const char *until, *max_time;
	bool calibrate, resume, verbose;
	char **passed; /* what stood behind "--", ended by NULL */
};

/** The name of a test option, "object-size". */
const char *test_option_name(enum test_option o);

/** The value that holds where none is given; NULL: the test's own choice. */
const char *test_option_default(enum test_option o);

/**
 * Reads and checks the command line. Returns -1 to go on, else the exit code: an error
 * was complained of, or help was printed.
 */
int run_options_parse(struct run_options *o, int argc, char **argv);

/** The checks of run_options_parse(), which returns as it does; they fill seed and runs. */
int _run_options_check(struct run_options *o);

/** The part of comma list @list at *@at, copied to @buf; false at its end. */
bool next_item(const char *list, size_t *at, char *buf, size_t size);

#endif
