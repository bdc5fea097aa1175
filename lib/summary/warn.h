/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SUMMARY_WARN_H
#define PINLAT_SUMMARY_WARN_H

#include "summary/comparison.h"

/** A step of compare(): writes c->warnings. */
void compare_warn(struct comparison *c);

#endif
