// SPDX-License-Identifier: GPL-2.0
/* DRM_IOCTL_I915_GETPARAM: what the GPU and its driver can do. */

#include <linux/uaccess.h>

#include <uapi/drm/i915_drm.h>

#include "mock.h"
#include "params.h"
#include "query.h"

/* Of the clock that timestamps count, on the ninth generation's small cores. */
#define TIMESTAMP_HZ 19200000

static int has_engine(const struct mock_platform *p, enum mock_engine_id id)
{
	return !!(p->engines & BIT(id));
}

static int nonzero(int value)
{
	return value ?: -ENODEV;
}

static int slice_mask(const struct mock_platform *p, unsigned int n)
{
	return p->discrete ? -EINVAL : nonzero(BIT(n) - 1);
}

/* The value, or -errno. */
static int getparam(const struct mock_platform *p, int param)
{
	switch (param) {
	case I915_PARAM_IRQ_ACTIVE:
	case I915_PARAM_ALLOW_BATCHBUFFER:
	case I915_PARAM_LAST_DISPATCH:
	case I915_PARAM_HAS_EXEC_CONSTANTS:
		return -ENODEV;

	case I915_PARAM_CHIPSET_ID:
		return p->chipset_id;
	case I915_PARAM_HAS_BSD:
		return has_engine(p, VCS0);
	case I915_PARAM_HAS_BLT:
		return has_engine(p, BCS0);
	case I915_PARAM_HAS_VEBOX:
		return has_engine(p, VECS0);
	case I915_PARAM_HAS_BSD2:
		return has_engine(p, VCS1);
	case I915_PARAM_HAS_LLC:
		return p->llc;
	case I915_PARAM_HAS_ALIASING_PPGTT:
		return p->full_ppgtt ? 2 : p->ver >= 6;
	case I915_PARAM_SUBSLICE_TOTAL:
		return nonzero(p->subslices);
	case I915_PARAM_EU_TOTAL:
		return nonzero(p->eus);
	case I915_PARAM_SLICE_MASK:
		return slice_mask(p, p->slices);
	case I915_PARAM_SUBSLICE_MASK:
		return slice_mask(p, p->subslices);
	case I915_PARAM_HAS_GPU_RESET:
		return min_t(unsigned int, READ_ONCE(mock_reset), RESET_ENGINE);
	case I915_PARAM_CMD_PARSER_VERSION:
		/* Only the seventh generation's has one. */
		return p->ver == 7 ? 10 : 0;
	case I915_PARAM_MMAP_GTT_VERSION:
		return 4;
	case I915_PARAM_HAS_SCHEDULER:
		return p->ver < 9 ? 0
				  : I915_SCHEDULER_CAP_ENABLED |
					    I915_SCHEDULER_CAP_PREEMPTION;
	case I915_PARAM_CS_TIMESTAMP_FREQUENCY:
		return p->ver < 5 ? 0 : TIMESTAMP_HZ;
	case I915_PARAM_HAS_CONTEXT_ISOLATION:
		return p->ver < 9 ? 0 : BIT(I915_ENGINE_CLASS_RENDER);

	case I915_PARAM_REVISION:
	case I915_PARAM_NUM_FENCES_AVAIL:
	case I915_PARAM_HAS_OVERLAY:
	case I915_PARAM_HAS_WT:
	case I915_PARAM_HAS_SEMAPHORES:
	case I915_PARAM_HAS_SECURE_BATCHES:
	case I915_PARAM_HAS_RESOURCE_STREAMER:
	case I915_PARAM_HAS_POOLED_EU:
	case I915_PARAM_MIN_EU_IN_POOL:
	case I915_PARAM_PERF_REVISION:
		return 0;
	case I915_PARAM_HUC_STATUS:
		return -ENODEV;

	case I915_PARAM_MMAP_VERSION:
	case I915_PARAM_MMAP_GTT_COHERENT:
	case I915_PARAM_HAS_GEM:
	case I915_PARAM_HAS_PAGEFLIPPING:
	case I915_PARAM_HAS_EXECBUF2:
	case I915_PARAM_HAS_RELAXED_FENCING:
	case I915_PARAM_HAS_COHERENT_RINGS:
	case I915_PARAM_HAS_RELAXED_DELTA:
	case I915_PARAM_HAS_GEN7_SOL_RESET:
	case I915_PARAM_HAS_WAIT_TIMEOUT:
	case I915_PARAM_HAS_PRIME_VMAP_FLUSH:
	case I915_PARAM_HAS_PINNED_BATCHES:
	case I915_PARAM_HAS_EXEC_NO_RELOC:
	case I915_PARAM_HAS_EXEC_HANDLE_LUT:
	case I915_PARAM_HAS_COHERENT_PHYS_GTT:
	case I915_PARAM_HAS_EXEC_SOFTPIN:
	case I915_PARAM_HAS_EXEC_ASYNC:
	case I915_PARAM_HAS_EXEC_FENCE:
	case I915_PARAM_HAS_EXEC_CAPTURE:
	case I915_PARAM_HAS_EXEC_BATCH_FIRST:
	case I915_PARAM_HAS_EXEC_FENCE_ARRAY:
	case I915_PARAM_HAS_EXEC_SUBMIT_FENCE:
	case I915_PARAM_HAS_EXEC_TIMELINE_FENCES:
	case I915_PARAM_HAS_USERPTR_PROBE:
		return 1;
	}
	return -EINVAL;
}

int mock_getparam_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_i915_getparam *args = data;
	int value = getparam(to_mock(drm)->platform, args->param);

	if (value < 0)
		return value;
	return put_user(value, args->value) ? -EFAULT : 0;
}
