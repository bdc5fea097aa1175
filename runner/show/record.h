/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_SHOW_RECORD_H
#define PINLAT_RUNNER_SHOW_RECORD_H

#include <stdbool.h>

#include "record/record.h"

#define SHOW_WIDTH 80

/** One record as a page, on standard output. */
void show_record(const struct record *r, bool colour);

#endif
