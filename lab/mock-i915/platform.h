/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MOCK_PLATFORM_H
#define MOCK_PLATFORM_H

#include <linux/types.h>

/* The engines that a GPU may have, in the order in which I915_QUERY tells of them. */
enum mock_engine_id { RCS0, BCS0, VCS0, VCS1, VECS0, CCS0, MOCK_MAX_ENGINES };

/* What user space can tell one generation of GPUs from another by. */
struct mock_platform {
	u16 chipset_id;
	const char *name;
	u8 ver;		 /* of its graphics, as i915 counts */
	u8 address_bits; /* of an address space */
	u8 engines;	 /* mask of BIT(enum mock_engine_id) */
	bool contexts;
	bool full_ppgtt; /* each context has its own address space */
	bool llc;
	bool relocations; /* and pread and pwrite */
	bool mmap_ioctl;
	bool discrete;
	u8 slices, subslices, eus;
};

/* The platform with this PCI device id, or NULL. */
const struct mock_platform *mock_platform_find(unsigned int chipset_id);

#endif
