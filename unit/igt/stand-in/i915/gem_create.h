/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_UNIT_STAND_IN_GEM_CREATE_H
#define PINLAT_UNIT_STAND_IN_GEM_CREATE_H

#include <stdint.h>

uint32_t gem_create(int fd, uint64_t size);

#endif
