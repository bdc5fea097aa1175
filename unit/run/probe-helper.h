/* SPDX-License-Identifier: MIT */
/* Starting a probe and waiting for its end, where a failure fails the test. Include cmocka first. */
#include "probe/probe.h"
#include "system/units.h"

static inline void start_probe(struct probe *p)
{
	char why[300];

	if (probe_start(p, why, sizeof(why)) < 0)
		fail_msg("%s", why);
	while (!probe_ready(p)) {
		if (probe_check(p, why, sizeof(why)) < 0)
			fail_msg("%s", why);
		sleep_ns(NSEC_PER_MSEC);
	}
}

static inline void finish_probe(struct probe *p)
{
	char why[300];

	while (!probe_ended(p)) {
		if (probe_check(p, why, sizeof(why)) < 0)
			fail_msg("%s", why);
		sleep_ns(NSEC_PER_MSEC);
	}
}
