/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_DEVICES_H
#define PINLAT_SYSTEM_DEVICES_H

/* The machine's DRM devices, through libudev and libpciaccess. */

#include <stddef.h>
#include <stdint.h>

struct drm_parameter {
	char name[64];
	char value[128];
};

struct drm_device {
	char card[64];	 /* /dev/dri/card0, or empty */
	char render[64]; /* /dev/dri/renderD128, or empty */
	char syspath[256];
	char driver[64];
	char module[64];   /* that the driver is part of */
	char pci_slot[32]; /* 0000:00:02.0, empty: no PCI device */
	uint16_t vendor, device;
	uint8_t revision;
	char name[160];		 /* "Intel Corporation GeminiLake [UHD Graphics 600]" */
	char driver_version[64]; /* of the module as loaded, where it states one */
	size_t parameters;
	struct drm_parameter *parameter; /* of the module; owned */
};

/**
 * Lists them into *@devices (owned by the caller; drm_devices_free()).
 * Returns their number, 0 if there is none, or -errno.
 */
int drm_devices_list(struct drm_device **devices);

/** The value of parameter @name of @device's module, or NULL. */
const char *drm_device_parameter(const struct drm_device *device, const char *name);

/** Frees what drm_devices_list() made. */
void drm_devices_free(struct drm_device *devices, size_t n);

#endif
