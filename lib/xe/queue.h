/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_XE_QUEUE_H
#define PINLAT_XE_QUEUE_H

/* Requests of the engine "xe". */

#include "stats/random.h"
#include "xe/xe.h"

/* Makes the lanes and runs one request on each ring. Returns 0, or -errno with a sentence in @why. */
int xe_open_lanes(struct engine *e, char *why, size_t size);
void xe_close_lanes(struct engine *e);

/* As struct engine_ops has them. */
int xe_submit(struct engine *e, unsigned int lane, struct random_state *random);
int xe_idle(struct engine *e);

#endif
