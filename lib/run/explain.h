/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUN_EXPLAIN_H
#define PINLAT_RUN_EXPLAIN_H

/* Private to run/: what tracing gave, for the record. */

struct run;

/* The worst samples and where their time went. Returns 0 or -errno. */
int explain_collect(struct run *r);

/* Marks the run as stopped by the CPU @index, which passed --stop-at. */
void explain_stopped(struct run *r, int index);

#endif
