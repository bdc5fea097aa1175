/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_JUDGING_H
#define PINLAT_RUNNER_JUDGING_H

/*
 * What `pinlat compare` and `pinlat report` have in common: how sets are judged, read and
 * refused, and the gate. Both take the same options for it and mean the same by them.
 */

#include <stdbool.h>
#include <stdio.h>

#include "options/table.h"
#include "summary/comparison.h"

struct judging {
	const char *command; /* for messages: "compare" */
	struct compare_options options;
	struct threshold_list thresholds;
	enum verdict fail_on; /* VERDICT_NONE, VERDICT_WORSE, or VERDICT_UNCLEAR: both */
};

/** The options that set a struct judging. */
extern const struct option_row judging_rows[];

/** The defaults, for @command. Release with judging_free(). */
void judging_init(struct judging *j, const char *command);

/** Reads --alpha, above 0 and below 0.5, to @alpha. Returns 0 or -EINVAL. */
int judging_alpha(const char *text, double *alpha);

/**
 * Reads the sets at @path, ended by NULL. Ends the command where it cannot, or where @output (NULL:
 * standard output) would be written over a record that is read.
 */
void judging_load(struct sets *sets, char **path, const char *output);

/**
 * Puts the set that --base names first; @sets are finished. Returns PINLAT_OK, or the exit code: it
 * complained that there is none, or several of that label.
 */
int judging_choose_base(const struct judging *j, struct sets *sets);

/** Says why compare() returned @error. Returns the exit code. */
int judging_refuse(const struct judging *j, const struct comparison *c, int error);

/** Whether --fail-on @gate is about verdict @v. */
bool judging_fails(enum verdict gate, enum verdict v);

/**
 * Names each row that --fail-on is about, and each kernel that nothing could have been proven of. Returns
 * PINLAT_GATE if there is such a row, else PINLAT_FAILED if there is such a kernel: a gate that cannot
 * fire must not pass. Else PINLAT_OK.
 */
int judging_gate(const struct judging *j, const struct comparison *c);

/** Frees what @j owns. */
void judging_free(struct judging *j);

/**
 * The command as it was typed, before options are put in order: plain, quoted for a shell, cut
 * where it is very long; malloc()ed.
 */
char *typed_line(int argc, char **argv);

/**
 * Writes what @print prints to @path (NULL: standard output). A file has all of it then, or what it had
 * before. Complains of errors. Returns the exit code.
 */
int write_output(const char *path, void (*print)(FILE *out, void *data), void *data);

#endif
