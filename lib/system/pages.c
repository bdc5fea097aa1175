// SPDX-License-Identifier: MIT
#include "system/pages.h"

#include <unistd.h>

#include "system/sysfile.h"
#include "system/units.h"

uint64_t page_size(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t huge_page_size(void)
{
	uint64_t size;

	if (sysfile_u64("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", &size) < 0)
		return 2 * MIB;
	return size;
}
