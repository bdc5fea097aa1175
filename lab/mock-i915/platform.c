// SPDX-License-Identifier: GPL-2.0
/* The GPUs that can be mocked: one for each way in which the uAPI differs. */

#include <linux/bits.h>
#include <linux/kernel.h>

#include "platform.h"

static const struct mock_platform platforms[] = {
	{
		/* No contexts, one ring, and an address space that is soon full. */
		.chipset_id = 0xa011,
		.name = "Pineview",
		.ver = 3,
		.address_bits = 29,
		.engines = BIT(RCS0),
		.relocations = true,
		.mmap_ioctl = true,
	},
	{
		/* Contexts that share one small address space. */
		.chipset_id = 0x0166,
		.name = "Ivybridge",
		.ver = 7,
		.address_bits = 31,
		.engines = BIT(RCS0) | BIT(BCS0) | BIT(VCS0),
		.contexts = true,
		.llc = true,
		.relocations = true,
		.mmap_ioctl = true,
		.slices = 1,
		.subslices = 2,
		.eus = 16,
	},
	{
		.chipset_id = 0x3185,
		.name = "Geminilake",
		.ver = 9,
		.address_bits = 48,
		.engines = BIT(RCS0) | BIT(BCS0) | BIT(VCS0) | BIT(VECS0),
		.contexts = true,
		.full_ppgtt = true,
		.relocations = true,
		.mmap_ioctl = true,
		.slices = 1,
		.subslices = 3,
		.eus = 18,
	},
	{
		/* Two engines of a class, and the last one with relocations. */
		.chipset_id = 0x9a49,
		.name = "Tigerlake",
		.ver = 12,
		.address_bits = 48,
		.engines = BIT(RCS0) | BIT(BCS0) | BIT(VCS0) | BIT(VCS1) | BIT(VECS0),
		.contexts = true,
		.full_ppgtt = true,
		.llc = true,
		.relocations = true,
		.mmap_ioctl = true,
		.slices = 1,
		.subslices = 6,
		.eus = 96,
	},
	{
		/* No relocations, pread and pwrite any more. */
		.chipset_id = 0x46a6,
		.name = "Alderlake-P",
		.ver = 12,
		.address_bits = 48,
		.engines = BIT(RCS0) | BIT(BCS0) | BIT(VCS0) | BIT(VCS1) | BIT(VECS0),
		.contexts = true,
		.full_ppgtt = true,
		.llc = true,
		.mmap_ioctl = true,
		.slices = 1,
		.subslices = 6,
		.eus = 96,
	},
	{
		/* Discrete: most of what moves data by the CPU is gone. */
		.chipset_id = 0x56a0,
		.name = "DG2",
		.ver = 12,
		.address_bits = 48,
		.engines = BIT(RCS0) | BIT(BCS0) | BIT(VCS0) | BIT(VCS1) | BIT(VECS0) |
			   BIT(CCS0),
		.contexts = true,
		.full_ppgtt = true,
		.discrete = true,
	},
};

const struct mock_platform *mock_platform_find(unsigned int chipset_id)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(platforms); i++) {
		if (platforms[i].chipset_id == chipset_id)
			return &platforms[i];
	}
	return NULL;
}
