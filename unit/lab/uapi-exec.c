// SPDX-License-Identifier: MIT
/* Execbuf and what comes of it. */
#include "uapi.h"

#include <errno.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "system/sysfile.h"

/* Command 0x0a in bits 28:23, Intel's programmer's reference manuals. */
#define MI_BATCH_BUFFER_END (0x0au << 23)

/* Long enough to be met at work by a guest that its host lets wait, in µs as the mock wants it. */
#define LONG_BATCH "1500000"

void end_batch(uint32_t handle)
{
	uint32_t end = MI_BATCH_BUFFER_END;

	assert_int_equal(
		CALL(GEM_PWRITE, (struct drm_i915_gem_pwrite){ handle, 0, 0, sizeof(end),
							       (uintptr_t)&end }),
		0);
}

/* An object with a batch that ends at once. */
static uint32_t batch(void)
{
	uint32_t handle = create(PAGE);

	end_batch(handle);
	return handle;
}

static int submit(struct drm_i915_gem_exec_object2 *list, uint32_t n,
		  struct drm_i915_gem_execbuffer2 exec)
{
	exec.buffers_ptr = (uintptr_t)list;
	exec.buffer_count = n;
	return call(DRM_IOCTL_I915_GEM_EXECBUFFER2_WR, &exec);
}

#define SUBMIT(list, n, ...)                                                             \
	submit(list, n, (struct drm_i915_gem_execbuffer2){ __VA_ARGS__ })

int submit_with(uint32_t handle)
{
	struct drm_i915_gem_exec_object2 list[2] = { { .handle = handle },
						     { .handle = batch() } };

	return handle ? SUBMIT(list, 2, 0) : SUBMIT(list + 1, 1, 0);
}

static int wait_for(uint32_t handle, int64_t ns)
{
	return CALL(GEM_WAIT,
		    (struct drm_i915_gem_wait){ .bo_handle = handle, .timeout_ns = ns });
}

void exec_checks(void **state)
{
	struct drm_i915_gem_exec_object2 list = { .handle = batch() };

	(void)state;
	assert_int_equal(SUBMIT(&list, 1, 0), 0);
	assert_int_equal(SUBMIT(&list, 0, 0), -EINVAL);
	assert_int_equal(SUBMIT(&list, 1, .DR1 = 1), -EINVAL);
	assert_int_equal(SUBMIT(&list, 1, .DR4 = 1), -EINVAL);
	assert_int_equal(SUBMIT(&list, 1, .DR4 = 0xffffffff), 0);
	assert_int_equal(SUBMIT(&list, 1, .num_cliprects = 1), -EINVAL);
	assert_int_equal(SUBMIT(&list, 1, .flags = __I915_EXEC_UNKNOWN_FLAGS), -EINVAL);
	assert_int_equal(SUBMIT(&list, 1, .flags = I915_EXEC_RESOURCE_STREAMER), -EINVAL);
	assert_int_equal(SUBMIT(&list, 1, .flags = I915_EXEC_SECURE), -EPERM);
	assert_int_equal(SUBMIT(&list, 1, .flags = 9), -EINVAL);
	assert_int_equal(
		SUBMIT(&list, 1, .flags = I915_EXEC_RENDER | I915_EXEC_BSD_RING1),
		-EINVAL);
	assert_int_equal(SUBMIT(&list, 1, .batch_len = 4), -EINVAL);
	assert_int_equal(SUBMIT(&list, 1, .batch_len = 2 * PAGE), -EINVAL);
	assert_int_equal(SUBMIT(&list, 1, .batch_start_offset = PAGE), -EINVAL);
	assert_int_equal(SUBMIT(&list, 1, .rsvd1 = 4711), -ENOENT);
	assert_int_equal(SUBMIT((void *)8, 1, 0), -EFAULT);
	assert_int_equal(CALL(GEM_THROTTLE, (char){ 0 }), 0);
}

void exec_objects(void **state)
{
	struct drm_i915_gem_exec_object2 good[2] = { { .handle = create(PAGE) },
						     { .handle = batch() } };
	struct drm_i915_gem_exec_object2 list[2] = { good[0], good[1] };

	(void)state;
	assert_int_equal(SUBMIT(list, 2, 0), 0);
	/* Twice the same is as good as once. */
	list[0] = list[1] = good[1];
	assert_int_equal(SUBMIT(list, 2, 0), 0);
	list[0] = (struct drm_i915_gem_exec_object2){ .handle = 4711 };
	assert_int_equal(SUBMIT(list, 2, 0), -ENOENT);
	list[0] = good[0];
	list[0].flags = __EXEC_OBJECT_UNKNOWN_FLAGS;
	assert_int_equal(SUBMIT(list, 2, 0), -EINVAL);
	list[0] = good[0];
	list[0].alignment = 3 * PAGE;
	assert_int_equal(SUBMIT(list, 2, 0), -EINVAL);
	list[0] = good[0];
	list[0].flags = EXEC_OBJECT_PAD_TO_SIZE;
	list[0].pad_to_size = PAGE + 1;
	assert_int_equal(SUBMIT(list, 2, 0), -EINVAL);
	list[0] = good[0];
	list[1].flags = EXEC_OBJECT_WRITE;
	assert_int_equal(SUBMIT(list, 2, 0), -EINVAL);
	/* The first is the batch, which is full of nothing and never ends. */
	list[1] = good[1];
	list[0].flags = EXEC_OBJECT_WRITE;
	assert_int_equal(SUBMIT(list, 2, .flags = I915_EXEC_BATCH_FIRST), -EINVAL);
}

void exec_relocations(void **state)
{
	struct drm_i915_gem_relocation_entry reloc = { .target_handle = create(PAGE),
						       .offset = 64,
						       .delta = 8,
						       .presumed_offset = ~0ull,
						       .read_domains =
							       I915_GEM_DOMAIN_RENDER };
	struct drm_i915_gem_exec_object2 list[2] = { { .handle = reloc.target_handle },
						     { .handle = batch(),
						       .relocation_count = 1,
						       .relocs_ptr =
							       (uintptr_t)&reloc } };
	uint64_t written = 0;

	(void)state;
	assert_int_equal(SUBMIT(list, 2, 0), 0);
	assert_int_equal(reloc.presumed_offset, list[0].offset);
	assert_int_equal(
		CALL(GEM_PREAD,
		     (struct drm_i915_gem_pread){ list[1].handle, 0, 64, sizeof(written),
						  (uintptr_t)&written }),
		0);
	assert_int_equal(written, list[0].offset + 8);

	reloc.target_handle = 4711;
	assert_int_equal(SUBMIT(list, 2, 0), -ENOENT);
	/* Who says that nothing has moved is believed. */
	assert_int_equal(SUBMIT(list, 2, .flags = I915_EXEC_NO_RELOC), 0);
	reloc.target_handle = 0;
	assert_int_equal(SUBMIT(list, 2, .flags = I915_EXEC_HANDLE_LUT), 0);
	reloc.presumed_offset = ~0ull;
	reloc.offset = PAGE;
	assert_int_equal(SUBMIT(list, 2, .flags = I915_EXEC_HANDLE_LUT), -EINVAL);
	reloc.offset = 2;
	assert_int_equal(SUBMIT(list, 2, .flags = I915_EXEC_HANDLE_LUT), -EINVAL);
	reloc.offset = 64;
	reloc.read_domains = I915_GEM_DOMAIN_CPU;
	assert_int_equal(SUBMIT(list, 2, .flags = I915_EXEC_HANDLE_LUT), -EINVAL);
	list[1].relocs_ptr = 8;
	assert_int_equal(SUBMIT(list, 2, .flags = I915_EXEC_HANDLE_LUT), -EFAULT);
}

void exec_addresses(void **state)
{
	const uint64_t high = 1ull << 40,
		       flags = EXEC_OBJECT_PINNED | EXEC_OBJECT_SUPPORTS_48B_ADDRESS;
	struct drm_i915_gem_exec_object2 list[2] = {
		{ .handle = create(2 * (uint64_t)PAGE), .offset = high, .flags = flags },
		{ .handle = batch() }
	};

	(void)state;
	assert_int_equal(SUBMIT(list, 2, 0), 0);
	assert_int_equal(list[0].offset, high);
	assert_true(list[1].offset < 1ull << 32);
	list[0].offset = high + 8;
	assert_int_equal(SUBMIT(list, 2, 0), -EINVAL);
	/* Bit 47 has to be in all that are above it. */
	list[0].offset = 1ull << 47;
	assert_int_equal(SUBMIT(list, 2, 0), -EINVAL);
	list[0].offset = ~0ull << 47;
	assert_int_equal(SUBMIT(list, 2, 0), 0);
	/* No such place without the flag for it. */
	list[0].offset = high;
	list[0].flags = EXEC_OBJECT_PINNED;
	assert_int_equal(SUBMIT(list, 2, 0), -EINVAL);
	/* Two cannot be in one place. */
	list[0].flags = list[1].flags = flags;
	list[1].offset = high + PAGE;
	assert_int_equal(SUBMIT(list, 2, 0), -ENOSPC);
	/* But one can take the place of another that is not needed. */
	assert_int_equal(SUBMIT(list + 1, 1, 0), 0);
}

void exec_fences(void **state)
{
	struct drm_i915_gem_exec_object2 list = { .handle = batch() };
	struct drm_i915_gem_execbuffer2 exec = { .buffers_ptr = (uintptr_t)&list,
						 .buffer_count = 1,
						 .flags = I915_EXEC_FENCE_OUT };
	struct pollfd fence = { .events = POLLIN };

	(void)state;
	set_mock("batch_us", LONG_BATCH);
	assert_int_equal(call(DRM_IOCTL_I915_GEM_EXECBUFFER2_WR, &exec), 0);
	set_mock("batch_us", "0");
	fence.fd = (int)(exec.rsvd2 >> 32);
	assert_int_equal(poll(&fence, 1, 0), 0);
	assert_int_equal(SUBMIT(&list, 1, .flags = I915_EXEC_FENCE_IN,
				.rsvd2 = (uint32_t)fence.fd),
			 0);
	assert_int_equal(poll(&fence, 1, 60000), 1);
	close(fence.fd);
	assert_int_equal(SUBMIT(&list, 1, .flags = I915_EXEC_FENCE_IN,
				.rsvd2 = (uint32_t)fence.fd),
			 -EINVAL);
	assert_int_equal(
		SUBMIT(&list, 1, .flags = I915_EXEC_FENCE_IN | I915_EXEC_FENCE_SUBMIT),
		-EINVAL);
	assert_int_equal(
		SUBMIT(&list, 1,
		       .flags = I915_EXEC_FENCE_ARRAY | I915_EXEC_USE_EXTENSIONS),
		-EINVAL);
}

void exec_busy(void **state)
{
	struct drm_i915_gem_exec_object2 list[2] = { { .handle = create(PAGE),
						       .flags = EXEC_OBJECT_WRITE },
						     { .handle = batch() } };
	struct drm_i915_gem_busy read = { .handle = list[1].handle },
				 write = { .handle = list[0].handle };
	struct drm_i915_gem_wait wait = { .bo_handle = list[0].handle, .flags = 1 };

	(void)state;
	set_mock("batch_us", LONG_BATCH);
	assert_int_equal(SUBMIT(list, 2, .flags = I915_EXEC_BLT), 0);
	set_mock("batch_us", "0");
	assert_int_equal(call(DRM_IOCTL_I915_GEM_BUSY, &read), 0);
	assert_int_equal(read.busy, 0x10000 << I915_ENGINE_CLASS_COPY);
	assert_int_equal(call(DRM_IOCTL_I915_GEM_BUSY, &write), 0);
	assert_int_equal(write.busy, 0x10000 << I915_ENGINE_CLASS_COPY |
					     (I915_ENGINE_CLASS_COPY + 1));
	assert_int_equal(wait_for(list[0].handle, 0), -ETIME);
	assert_int_equal(wait_for(list[0].handle, -1), 0);
	assert_int_equal(call(DRM_IOCTL_I915_GEM_BUSY, &write), 0);
	assert_int_equal(write.busy, 0);
	assert_int_equal(wait_for(4711, 0), -ENOENT);
	assert_int_equal(call(DRM_IOCTL_I915_GEM_WAIT, &wait), -EINVAL);
}

void exec_errors(void **state)
{
	struct drm_i915_gem_exec_object2 list = { .handle = batch() };

	(void)state;
	set_mock("error_code", "28");
	set_mock("error_rate", "1");
	assert_int_equal(SUBMIT(&list, 1, 0), -ENOSPC);
	set_mock("error_rate", "0");
	set_mock("error_code", "5");
	assert_int_equal(SUBMIT(&list, 1, 0), 0);
}

static struct drm_i915_reset_stats reset_stats(void)
{
	struct drm_i915_reset_stats stats = { 0 };

	assert_int_equal(call(DRM_IOCTL_I915_GET_RESET_STATS, &stats), 0);
	return stats;
}

void exec_hang(void **state)
{
	struct drm_i915_gem_exec_object2 list = { .handle = batch() };
	struct drm_i915_reset_stats before = reset_stats();

	(void)state;
	assert_int_equal(
		CALL(GET_RESET_STATS, (struct drm_i915_reset_stats){ .flags = 1 }),
		-EINVAL);
	assert_int_equal(CALL(GET_RESET_STATS, (struct drm_i915_reset_stats){ .pad = 1 }),
			 -EINVAL);
	assert_int_equal(
		CALL(GET_RESET_STATS, (struct drm_i915_reset_stats){ .ctx_id = 4711 }),
		-ENOENT);
	set_mock("hang", "1");
	assert_int_equal(SUBMIT(&list, 1, 0), 0);
	assert_int_equal(wait_for(list.handle, -1), 0);
	assert_int_equal(reset_stats().batch_active, before.batch_active + 1);
	assert_int_equal(reset_stats().reset_count, before.reset_count + 1);
	/* Life goes on. */
	assert_int_equal(SUBMIT(&list, 1, 0), 0);

	set_mock("reset", "0");
	set_mock("hang", "1");
	assert_int_equal(SUBMIT(&list, 1, 0), 0);
	assert_int_equal(wait_for(list.handle, -1), 0);
	assert_int_equal(SUBMIT(&list, 1, 0), -EIO);
	assert_int_equal(CALL(GEM_THROTTLE, (char){ 0 }), -EIO);
	set_mock("reset", "2");
	/* Writing there resets the GPU, and mends it. */
	assert_int_equal(sysfile_write("/sys/kernel/debug/dri/0/i915_wedged", "1"), 0);
	assert_int_equal(SUBMIT(&list, 1, 0), 0);
}
