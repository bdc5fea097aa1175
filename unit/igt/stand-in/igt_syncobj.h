/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_UNIT_STAND_IN_SYNCOBJ_H
#define PINLAT_UNIT_STAND_IN_SYNCOBJ_H

#include <stdbool.h>
#include <stdint.h>

uint32_t syncobj_create(int fd, uint32_t flags);
void syncobj_destroy(int fd, uint32_t handle);
void syncobj_reset(int fd, uint32_t *handles, uint32_t count);
bool syncobj_wait(int fd, uint32_t *handles, uint32_t count, uint64_t until_ns,
		  uint32_t flags, uint32_t *first);

#endif
