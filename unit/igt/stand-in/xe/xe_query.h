/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_UNIT_STAND_IN_XE_QUERY_H
#define PINLAT_UNIT_STAND_IN_XE_QUERY_H

#include "xe/xe_ioctl.h"

struct drm_xe_engine {
	struct drm_xe_engine_class_instance instance;
};

struct drm_xe_engine *xe_engine(int fd, int index);
uint64_t system_memory(int fd);

#endif
