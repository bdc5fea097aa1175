/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_TESTS_OUTPUT_H
#define PINLAT_TESTS_OUTPUT_H

#include "record/record.h"

/**
 * Gives @record away in every form, frees it, and judges the subtest: it fails if the
 * record could not be stored, if the run left something behind (@left), or if the record is
 * invalid by a fault of the driver or the kernel; it skips if it is invalid for another reason.
 */
void output_record(struct record *record, const char *left);

#endif
