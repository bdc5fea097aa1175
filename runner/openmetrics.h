/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_OPENMETRICS_H
#define PINLAT_RUNNER_OPENMETRICS_H

/*
 * OpenMetrics text (prometheus.io/docs/specs/om/open_metrics_spec/). node_exporter's textfile collector
 * reads an older format, so only what both know is used: gauges, summaries of nothing but quantiles,
 * "# UNIT" and "# EOF" (comments there). That collector takes no times; promtool's back-fill wants them.
 */

#include <stddef.h>
#include <stdio.h>

#include "system/alloc.h"

/** A value and what it is called. */
struct openmetrics_sample {
	char *group;	   /* owned; "name{label="value"" */
	char quantile[32]; /* what stands behind it, or "" */
	double value, time;
	size_t order;
};

/** The samples of one family. Empty but for @name; openmetrics_print() frees what it owns. */
struct openmetrics {
	const char *name; /* not owned */
	size_t n;
	struct openmetrics_sample *sample; /* owned */
	/* the sample that is being made: */
	struct memstream text;
	FILE *out; /* NULL: none */
	size_t labels;
	char quantile[32];
};

/** Begins a sample of the family. */
void openmetrics_begin(struct openmetrics *om);

/** Gives it a label; @value is plain (text_plain()). */
void openmetrics_label(struct openmetrics *om, const char *name, const char *value);

/** A label that is a number. */
void openmetrics_number(struct openmetrics *om, const char *name, double value);

/** Which quantile of a summary it is: 0 to 1. */
void openmetrics_quantile(struct openmetrics *om, double p);

/** Ends it: its value, and its time in seconds since 1970 (NAN: none). */
void openmetrics_end(struct openmetrics *om, double value, double time);

/**
 * Prints the family as @type (NULL: gauge), in @unit (NULL: none), with all samples of one name in the
 * order of their times; then it is empty. Returns how many samples were left out, since one before had the same name
 * and time: readers take no second one.
 */
size_t openmetrics_print(struct openmetrics *om, FILE *out, const char *type,
			 const char *unit, const char *help);

#endif
