/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_PAGES_H
#define PINLAT_SYSTEM_PAGES_H

#include <stdint.h>

/** Bytes of a small page. */
uint64_t page_size(void);

/** Bytes of a transparent huge page; 2 MiB where the kernel does not tell. */
uint64_t huge_page_size(void);

#endif
