/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUN_COLLECT_H
#define PINLAT_RUN_COLLECT_H

/* Private to run/: from a run to its record. */

struct run;

/* Who, where, when: before the run changes the machine. Returns 0 or -ENOMEM. */
int run_describe(struct run *r);

/* What "auto" and percentages came to. */
void run_describe_config(struct run *r);

/* What the run gave. Returns 0 or -errno. */
int run_collect(struct run *r);

#endif
