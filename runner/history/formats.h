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
	bool timestamps;	    /* OpenMetrics: at the time of the last measurement */
	const char *origin, *build; /* of what goes to KCIDB */
	bool gate;		    /* --fail-on was given: */
	bool worse;		    /* changes for the worse alone */
	uint64_t recent; /* kernels, of each machine, that are new; UINT64_MAX: all */
};

/** A fleet, and what of it is asked for. */
struct history_saying {
	const struct history_command *o;
	const struct fleet *f;
	const struct fleet_change *change; /* f->changes, by their place */
};

/** Whether the level falls or rises in the direction that nobody wants. */
bool history_is_worse(const struct history_saying *s, const struct fleet_change *c);

/** What @c may be instead of a step. */
enum changepoint_drift history_drift(const struct fleet_change *c);

/** The same as a clause. */
const char *history_drift_text(enum changepoint_drift drift);

/** Whether --fail-on is about @c, and it is no drift. */
bool history_alarms(const struct history_saying *s, const struct fleet_change *c);

/** Whether --fail-on would be about @c, but it may be a drift. */
bool history_withholds(const struct history_saying *s, const struct fleet_change *c);

/** What is left out of a machine is named up to here. */
#define HISTORY_ODD_NAMED 5

/** A format. */
struct history_format {
	const char *name; /* for --format */
	void (*print)(FILE *out, const struct history_saying *s);
};

/**
 * To be read: what happened first, then each machine; the same as a page, with a row a machine; as one
 * JSON object, "pinlat.history/1"; as JUnit XML, a suite a machine and a case a series; as KCIDB's tests of
 * the last kernel, one a series; as OpenMetrics text, of each series its last change.
 */
extern const struct history_format history_text, history_html, history_json,
	history_junit, history_kcidb, history_openmetrics;

#endif
