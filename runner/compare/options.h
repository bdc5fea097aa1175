/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_COMPARE_OPTIONS_H
#define PINLAT_RUNNER_COMPARE_OPTIONS_H

/* What `pinlat compare` was asked to do. */

#include "compare/formats.h"
#include "judging.h"

struct compare_command {
	struct judging judging;
	void (*print)(const struct compare_view *v);
	void (*render)(FILE *out, const struct document *d, bool colour);
	const char *output; /* NULL: standard output */
	bool calibrate;	    /* one set, with itself */
	char subtest[DECIDE_SIDES]
		    [64]; /* to compare within one set; "": sets are compared */
	char **path;	  /* the sets, ended by NULL */
	char *line;	  /* owned; the command as it was typed, quoted for a shell */
};

/** Reads and checks the command line; does not return if it is wrong. */
void compare_command_parse(struct compare_command *o, int argc, char **argv);

/** Whether it is about one set. */
bool compare_is_of_one(const struct compare_command *o);

/** Frees what @o owns. */
void compare_command_free(struct compare_command *o);

/** `pinlat compare`: returns an enum pinlat_exit. */
int pinlat_compare(int argc, char **argv);

#endif
