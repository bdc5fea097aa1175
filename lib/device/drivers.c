// SPDX-License-Identifier: MIT
#include "device/drivers.h"

#include <stdio.h>
#include <string.h>

#define USERPTR "drivers/gpu/drm/i915/gem/i915_gem_userptr.c"

/* A driver's rows stand together, the oldest first. */
static const struct driver_regime regimes[] = {
	{ "i915", 0, 0, true, false, true,
	  "takes struct_mutex, waits for the GPU to finish with the object, and unpins it",
	  "the notifier, the shrinker, close",
	  USERPTR " of 5.3: userptr_mn_invalidate_range_start()" },
	{ "i915", 5, 5, true, false, true,
	  "waits for the GPU to finish with the object, and unpins it",
	  "the notifier, the shrinker, close",
	  "2850748ef876 (drm/i915: Pull i915_vma_pin under the vm->mutex)" },
	{ "i915", 5, 8, true, true, true,
	  "waits for the GPU to finish with the object, and unpins it",
	  "the notifier, the shrinker, close",
	  "2170ecfa7688 (drm/i915: convert get_user_pages() --> pin_user_pages()); " USERPTR
	  " of 5.10: userptr_mn_invalidate_range_start()" },
	{ "i915", 5, 13, true, true, true,
	  "waits for the GPU to finish with the object, and unpins nothing",
	  "the next request on the object, the shrinker, close",
	  "ed29c2691188 (drm/i915: Fix userptr so we do not have to worry about obj->mm.lock)" },
	{ "i915", 6, 9, true, true, false,
	  "does not wait for the GPU, and unpins nothing",
	  "the next request on the object, the shrinker, close",
	  "86ceaaaec59d (drm/i915/gem: Atomically invalidate userptr on mmu-notifier)" },
	{ "xe", 6, 8, false, false, true,
	  "waits until all requests of the address space (VM) have ended",
	  "reclaim itself: nothing is pinned",
	  "drivers/gpu/drm/xe/xe_vm.c of 6.12: vma_userptr_invalidate()" },
	{ "xe", 6, 14, false, false, true,
	  "waits until all requests of the address space (VM) have ended, with the VM's notifier lock held",
	  "reclaim itself: nothing is pinned",
	  "84211b1c0db6 (drm/xe: Fix fault mode invalidation with unbind), also in 6.12.19 and 6.13.7" },
	{ "amdgpu", 6, 1, false, false, true,
	  "waits until the requests on the object have ended, with a mutex of the whole device held",
	  "reclaim itself: nothing is pinned",
	  "drivers/gpu/drm/amd/amdgpu/amdgpu_hmm.c: amdgpu_hmm_invalidate_gfx()" },
};

#define REGIMES (sizeof(regimes) / sizeof(*regimes))

static bool reached(const struct driver_regime *r, unsigned int major, unsigned int minor)
{
	return major > r->major || (major == r->major && minor >= r->minor);
}

const struct driver_regime *driver_regime(const char *driver, const char *release)
{
	const struct driver_regime *found = NULL;
	unsigned int major, minor;

	if (sscanf(release, "%u.%u", &major, &minor) != 2)
		return NULL;
	for (size_t i = 0; i < REGIMES; i++)
		if (strcmp(regimes[i].driver, driver) == 0 &&
		    reached(&regimes[i], major, minor))
			found = &regimes[i];
	return found;
}

/* The last release before @r: Linux went from 4.20 to 5.0 and from 5.19 to 6.0. */
static void before(const struct driver_regime *r, unsigned int *major,
		   unsigned int *minor)
{
	*major = r->minor > 0 ? r->major : r->major - 1;
	*minor = r->minor > 0 ? r->minor - 1 : *major == 4 ? 20 : 19;
}

const char *driver_regime_releases(const struct driver_regime *r, char *buf, size_t size)
{
	bool last = r + 1 == regimes + REGIMES || strcmp(r[1].driver, r->driver) != 0;
	unsigned int major = 0, minor = 0;

	if (!last)
		before(&r[1], &major, &minor);
	if (last && r->major == 0)
		snprintf(buf, size, "all releases");
	else if (last)
		snprintf(buf, size, "%u.%u and later", r->major, r->minor);
	else if (r->major == 0)
		snprintf(buf, size, "up to %u.%u", major, minor);
	else
		snprintf(buf, size, "%u.%u to %u.%u", r->major, r->minor, major, minor);
	return buf;
}
