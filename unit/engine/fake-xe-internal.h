/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_UNIT_ENGINE_FAKE_XE_INTERNAL_H
#define PINLAT_UNIT_ENGINE_FAKE_XE_INTERNAL_H

/* Shared by the fake GPU's two files alone: fake-xe.c has its clock, fences and failures. */

#include <drm/xe_drm.h>

#include "fake-xe.h"

#define NEVER UINT64_MAX

/* The uAPI's words, broken: what xe would refuse, or would do wrong. Returns EINVAL. */
int fake_broken(const char *rule);

void *fake_pointer(uint64_t address);

/* When the clock is @at, *@to becomes @value. */
void fake_fence_later(uint64_t *to, uint64_t value, uint64_t at);

/* The syncobj is signalled when the clock is @at. Returns 0, or EINVAL: there is none. */
int fake_signal_syncobj(uint32_t handle, uint64_t at);

/* fake-xe-gpu.c */
void fake_gpu_reset(void);
int fake_gpu_query(struct drm_xe_device_query *q);
int fake_gpu_serve(unsigned long request, void *arg);
bool fake_is_banned(uint32_t id);

#endif
