/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_TESTS_OUTPUT_H
#define PINLAT_TESTS_OUTPUT_H

#include "record/record.h"

/**
 * Gives @record away in every form, frees it, and judges the subtest: it fails if the
 * record is invalid, could not be stored, or if the run left something behind (@left).
 */
void output_record(struct record *record, const char *left);

#endif
