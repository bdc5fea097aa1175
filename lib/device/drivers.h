/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_DEVICE_DRIVERS_H
#define PINLAT_DEVICE_DRIVERS_H

/*
 * What DRM drivers do with memory of user space, by kernel release: whether they pin it, and
 * whether reclaim that unmaps it waits for the device. No driver tells this itself. A release says
 * what mainline did then: a kernel with patches may differ.
 */

#include <stdbool.h>
#include <stddef.h>

/** Of one driver, from one release of Linux on. */
struct driver_regime {
	const char *driver;
	unsigned int major,
		minor; /* the first release; 0.0: as long as there is the driver */
	bool pins;     /* holds its pages, by FOLL_PIN or a reference */
	bool counted;  /* nr_foll_pin_* of /proc/vmstat count them */
	bool waits;    /* its MMU notifier waits for the device */
	const char *
		notifier; /* what the notifier does, as the rest of "its MMU notifier …" */
	const char *lets_go; /* who gives the pages back, as the rest of a sentence */
	const char *source;  /* where that is read */
};

/**
 * The regime of @driver on a kernel with the release @release ("6.1.0-26-amd64"). NULL: the driver is
 * not known, or the release has no number.
 */
const struct driver_regime *driver_regime(const char *driver, const char *release);

/** Writes the releases that @regime is of to @buf, "5.13 to 6.8" or "6.9 and later"; @buf. */
const char *driver_regime_releases(const struct driver_regime *regime, char *buf,
				   size_t size);

#endif
