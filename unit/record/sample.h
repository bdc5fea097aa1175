/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_UNIT_SAMPLE_H
#define PINLAT_UNIT_SAMPLE_H

#include <stdint.h>

#include "record/record.h"

/** A record with everything in it that unit/records.py makes, as subtest @subtest number @seq. */
int sample_record(struct record *r, const char *subtest, uint64_t seq);

#endif
