// SPDX-License-Identifier: MIT
#include "sets/stalls.h"

#include <math.h>
#include <string.h>

#include "system/units.h"

#define NSEC_PER_MINUTE (60.0 * NSEC_PER_SEC)

bool stalls_are_known(const struct record *r)
{
	return strncmp(r->subtest, "thp-", 4) == 0 && r->woken.count > 0;
}

uint64_t stalls_count(const struct record *r, uint64_t ns)
{
	return distribution_from(&r->woken, ns).count;
}

/* How many CPUs were measured; 0: it is not known. */
static double cpus_of(const struct record *r)
{
	json_object *online;

	if (r->cpus > 0)
		return (double)r->cpus;
	return json_pointer_get(r->environment, "/cpu/online", &online) == 0 &&
			       json_object_is_type(online, json_type_int)
		       ? (double)json_object_get_uint64(online)
		       : 0;
}

/* How long the CPUs were measured, all together, in ns. */
static double observed_ns(const struct record *r)
{
	return cpus_of(r) * (double)r->config.duration_ns;
}

const char *stalls_unknown(const struct record *r)
{
	if (!(observed_ns(r) > 0))
		return "the record does not say how many CPUs were measured, or for how long";
	if (r->stopped)
		return "the run was stopped before its window ended";
	if (r->after_window_ns == UINT64_MAX &&
	    (double)r->woken.max > STALLS_UNCUT * (double)r->config.duration_ns)
		return "its longest fault is a large part of the window, and records before 1.4 do not say how long it went on after that";
	return NULL;
}

/* @inside, the time in faults, without that after the window. */
static double within_window(const struct record *r, double inside)
{
	return r->after_window_ns == UINT64_MAX
		       ? inside
		       : fmax(inside - (double)r->after_window_ns, 0);
}

double stalls_per_minute(const struct record *r, uint64_t ns)
{
	struct distribution_tail tail = distribution_from(&r->woken, ns);
	double least = cpus_of(r) * fmax((double)r->config.interval_min_ns, 1);
	double outside = observed_ns(r) - within_window(r, tail.sum);

	if (stalls_unknown(r))
		return NAN;
	return (double)tail.count / fmax(outside, least) * NSEC_PER_MINUTE;
}

double stalls_time_percent(const struct record *r)
{
	double share = within_window(r, (double)r->woken.sum) / observed_ns(r);

	/* a record may come from anywhere */
	return stalls_unknown(r) ? NAN : 100 * fmin(share, 1);
}
