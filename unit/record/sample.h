/* SPDX-License-Identifier: MIT */
#ifndef UNIT_RECORD_SAMPLE_H
#define UNIT_RECORD_SAMPLE_H

/* A record with every part filled in, made without a machine. */

#include "record/record.h"

/** Fills @r; the same arguments give the same record. Returns 0 or -ENOMEM. */
int sample_record(struct record *r, const char *subtest, uint64_t seq);

#endif
