/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUN_WINDOW_H
#define PINLAT_RUN_WINDOW_H

/* Private to run/: the measuring window, and the tracing around it. */

struct run;

/* Makes ready what --explain traces; there is no load yet. */
void explain_prepare(struct run *r);

/* Opens the window, and closes it. Returns 0, or -errno with the record marked. */
int run_window(struct run *r);

/* One look at signals and at the load's children: 0, or -errno with the record marked. */
int run_all_well(struct run *r, const char *doing);

#endif
