// SPDX-License-Identifier: MIT
/* What the GPU executes. The numbers are those of Intel's programmer's reference manuals, volume 2a, "MI_*". */
#include "engine/i915-batch.h"

#include <errno.h>
#include <i915_drm.h>
#include <string.h>
#include <sys/mman.h>

#define MI_BATCH_BUFFER_END (0x0au << 23)

uint32_t loop_base(uint16_t class, uint16_t instance)
{
	static const uint32_t base[][2] = {
		[I915_ENGINE_CLASS_RENDER] = { 0x2000 },
		[I915_ENGINE_CLASS_COPY] = { 0x22000 },
		[I915_ENGINE_CLASS_VIDEO] = { 0x12000, 0x1c000 },
		[I915_ENGINE_CLASS_VIDEO_ENHANCE] = { 0x1a000 },
	};

	return class < sizeof(base) / sizeof(*base) && instance < 2
		       ? base[class][instance]
		       : 0;
}

int noops_make(struct engine *e, uint64_t size)
{
	uint32_t *end;
	void *memory;

	noops_free(e);
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		      0);
	if (memory == MAP_FAILED)
		return -errno;
	e->noops = memory;
	e->noops_size = size;
	end = (uint32_t *)((char *)memory + size - BATCH_MIN);
	*end = MI_BATCH_BUFFER_END; /* MI_NOOP is 0 */
	return 0;
}

void noops_free(struct engine *e)
{
	if (e->noops)
		munmap(e->noops, e->noops_size);
	e->noops = NULL;
	e->noops_size = 0;
}
