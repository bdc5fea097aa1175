/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SUMMARY_SENTENCE_H
#define PINLAT_SUMMARY_SENTENCE_H

#include "summary/comparison.h"

/** A step of compare(): gives the verdicts of the sets and of the whole, and says them. */
void compare_say(struct comparison *c);

#endif
