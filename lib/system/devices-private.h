/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_DEVICES_PRIVATE_H
#define PINLAT_SYSTEM_DEVICES_PRIVATE_H

/* The part of devices.c that needs no DRM device to be tested. */

#include <sys/types.h>

#include "system/devices.h"

/*
 * Reads every readable parameter in @directory (/sys/module/NAME/parameters) into
 * *@parameters (owned by the caller), by name. Returns how many, or -errno.
 */
ssize_t _module_parameters(const char *directory, struct drm_parameter **parameters);

#endif
