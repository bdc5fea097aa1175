/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_ENGINE_DEVICE_FILTER_H
#define PINLAT_ENGINE_DEVICE_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "system/devices.h"

/*
 * IGT's device filters, as --device and IGT_DEVICE carry them:
 *
 *   pci:vendor=8086,device=3185,card=0   by PCI id, in hexadecimal (or vendor=intel); card counts
 *                                        the devices that match, from 0 (all, *: the first that
 *                                        can be used); each part may be absent
 *   pci:device=integrated                Intel's at 0000:00:02.0; discrete: Intel's elsewhere
 *   pci:slot=0000:00:02.0                by place
 *   sys:/sys/devices/pci0000:00/…        by path in sysfs, of the device or below it
 *   drm:/dev/dri/card0                   by device node, or a link to it
 *
 * Of several, separated by semicolons, the first counts, as in IGT's tests of one device. Code names
 * (pci:device=dg2) and sriov: are refused.
 *
 * Sets @matches[i] for each of the @n @devices that @filter names (NULL: all of them). Returns how
 * many, or -EINVAL: the filter cannot be understood.
 */
int device_filter_match(const char *filter, const struct drm_device *devices, size_t n,
			bool *matches);

/** Whether @filter can be understood. Returns 0, or -EINVAL with a sentence in @why: what cannot be. */
int device_filter_check(const char *filter, char *why, size_t size);

#endif
