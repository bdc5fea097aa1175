/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_DEVICES_PRIVATE_H
#define PINLAT_SYSTEM_DEVICES_PRIVATE_H

/* The parts of devices.c that need no DRM device to be tested. */

#include <sys/types.h>

#include "system/devices.h"

/*
 * Reads every readable parameter in @directory (/sys/module/NAME/parameters) into
 * *@parameters (owned by the caller), by name. Returns how many, or -errno.
 */
ssize_t _module_parameters(const char *directory, struct drm_parameter **parameters);

/* The version that @module states, as loaded or by its file; empty: none. */
void _module_version(const char *module, char *buf, size_t size);

#endif
