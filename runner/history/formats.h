/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_HISTORY_FORMATS_H
#define PINLAT_RUNNER_HISTORY_FORMATS_H

/* What is asked of `pinlat history`, which changes raise an alarm, and how others read it. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "history/fleet.h"

struct history_command {
	enum set_order order;
	double alpha;
	const char *format, *output;
	bool timestamps; /* OpenMetrics: at the time of the last measurement */
	bool gate;	 /* --fail-on was given: */
	bool worse;	 /* changes for the worse alone */
	uint64_t recent; /* kernels, of each machine, that are new; UINT64_MAX: all */
};

/** A fleet, and what of it is asked for. */
struct history_saying {
	const struct history_command *o;
	const struct fleet *f;
	const struct fleet_change *change; /* f->changes, by their place */
};

/**
 * Whether the levels of @series drift, so that a step may be none: such a series raises no alarm.
 */
bool history_drifts(const struct fleet_machine *m, const struct history_series *series);

/** Whether --fail-on is about @c. */
bool history_alarms(const struct history_saying *s, const struct fleet_change *c);

/** As one JSON object, "pinlat.history/1". */
void history_print_json(FILE *out, const struct history_saying *s);

/** As JUnit XML: a suite a machine, a case a series. */
void history_print_junit(FILE *out, const struct history_saying *s);

/** As OpenMetrics text, of each series its last change. */
void history_print_openmetrics(FILE *out, const struct history_saying *s);

#endif
