/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_UNIT_STAND_IN_DEVICE_SCAN_H
#define PINLAT_UNIT_STAND_IN_DEVICE_SCAN_H

int igt_device_filter_count(void);
const char *igt_device_filter_get(int number);

#endif
