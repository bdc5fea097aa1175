// SPDX-License-Identifier: MIT
#include "uapi.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xf86drm.h>

#include "stress.h"
#include "system/sysfile.h"

int fd;

int open_device(void **state)
{
	(void)state;
	fd = open(RENDER_NODE, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -1 : 0;
}

int close_device(void **state)
{
	(void)state;
	return close(fd);
}

int call(unsigned long request, void *args)
{
	return drmIoctl(fd, request, args) < 0 ? -errno : 0;
}

uint32_t create(uint64_t size)
{
	struct drm_i915_gem_create args = { .size = size };

	assert_int_equal(call(DRM_IOCTL_I915_GEM_CREATE, &args), 0);
	return args.handle;
}

void *memory(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	return p;
}

static int try_userptr(uint64_t address, uint64_t size, uint32_t flags, uint32_t *handle)
{
	struct drm_i915_gem_userptr args = { .user_ptr = address,
					     .user_size = size,
					     .flags = flags };
	int ret = call(DRM_IOCTL_I915_GEM_USERPTR, &args);

	if (handle)
		*handle = args.handle;
	return ret;
}

uint32_t userptr(const void *address, size_t size)
{
	uint32_t handle;

	assert_int_equal(try_userptr((uintptr_t)address, size, 0, &handle), 0);
	return handle;
}

void set_mock(const char *name, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/i915/parameters/%s", name);
	assert_int_equal(sysfile_write(path, value), 0);
}

static int getparam(int param, int *value)
{
	return CALL(GETPARAM,
		    (struct drm_i915_getparam){ .param = param, .value = value });
}

static void parameters(void **state)
{
	int value = 0;

	(void)state;
	assert_int_equal(getparam(I915_PARAM_CHIPSET_ID, &value), 0);
	assert_int_equal(value, 0x3185);
	assert_int_equal(getparam(I915_PARAM_HAS_USERPTR_PROBE, &value), 0);
	assert_int_equal(value, 1);
	assert_int_equal(getparam(I915_PARAM_HAS_EXEC_SOFTPIN, &value), 0);
	assert_int_equal(value, 1);
	assert_int_equal(getparam(I915_PARAM_IRQ_ACTIVE, &value), -ENODEV);
	assert_int_equal(getparam(9999, &value), -EINVAL);
	assert_int_equal(getparam(I915_PARAM_CHIPSET_ID, NULL), -EFAULT);
}

static void objects(void **state)
{
	struct drm_i915_gem_create args = { .size = 1 };
	struct drm_gem_close gone;

	(void)state;
	assert_int_equal(call(DRM_IOCTL_I915_GEM_CREATE, &args), 0);
	assert_int_equal(args.size, PAGE);
	assert_int_equal(CALL(GEM_CREATE, (struct drm_i915_gem_create){ .size = 0 }),
			 -EINVAL);
	assert_int_equal(
		CALL(GEM_CREATE, (struct drm_i915_gem_create){ .size = 1ull << 60 }),
		-E2BIG);
	gone = (struct drm_gem_close){ .handle = args.handle };
	assert_int_equal(call(DRM_IOCTL_GEM_CLOSE, &gone), 0);
	assert_int_equal(call(DRM_IOCTL_GEM_CLOSE, &gone), -EINVAL);
}

static void reading_and_writing(void **state)
{
	char text[] = "page cache", back[sizeof(text)] = "";
	uint64_t in = (uintptr_t)text, out = (uintptr_t)back, across = PAGE - 4;
	uint32_t handle = create(2 * (uint64_t)PAGE);
	struct drm_i915_gem_mmap_offset map = { .handle = handle,
						.flags = I915_MMAP_OFFSET_WB };
	char *mapped;

	(void)state;
	assert_int_equal(
		CALL(GEM_PWRITE,
		     (struct drm_i915_gem_pwrite){ handle, 0, across, sizeof(text), in }),
		0);
	assert_int_equal(
		CALL(GEM_PREAD,
		     (struct drm_i915_gem_pread){ handle, 0, across, sizeof(text), out }),
		0);
	assert_string_equal(back, text);
	assert_int_equal(
		CALL(GEM_PREAD,
		     (struct drm_i915_gem_pread){ handle, 0, 2 * PAGE - 1, 2, out }),
		-EINVAL);
	assert_int_equal(
		CALL(GEM_PREAD, (struct drm_i915_gem_pread){ handle, 0, 0, 1, 0 }),
		-EFAULT);
	assert_int_equal(CALL(GEM_PREAD, (struct drm_i915_gem_pread){ 99, 0, 0, 1, out }),
			 -ENOENT);

	assert_int_equal(call(DRM_IOCTL_I915_GEM_MMAP_OFFSET, &map), 0);
	mapped = mmap(NULL, 2 * (size_t)PAGE, PROT_READ, MAP_SHARED, fd,
		      (off_t)map.offset);
	assert_ptr_not_equal(mapped, MAP_FAILED);
	assert_string_equal(mapped + across, text);
	munmap(mapped, 2 * (size_t)PAGE);
	map.flags = I915_MMAP_OFFSET_FIXED;
	assert_int_equal(call(DRM_IOCTL_I915_GEM_MMAP_OFFSET, &map), -ENODEV);
	map.flags = 77;
	assert_int_equal(call(DRM_IOCTL_I915_GEM_MMAP_OFFSET, &map), -EINVAL);
}

static void userptr_checks(void **state)
{
	char *p = memory(4 * (size_t)PAGE);
	uint64_t at = (uintptr_t)p;

	(void)state;
	assert_int_equal(try_userptr(at, 0, 0, NULL), -EINVAL);
	assert_int_equal(try_userptr(at + 8, PAGE, 0, NULL), -EINVAL);
	assert_int_equal(try_userptr(at, PAGE + 8, 0, NULL), -EINVAL);
	assert_int_equal(try_userptr(at, PAGE, 0x40, NULL), -EINVAL);
	assert_int_equal(try_userptr(at, 1ull << 60, 0, NULL), -E2BIG);
	assert_int_equal(try_userptr(~0ull << 48, PAGE, 0, NULL), -EFAULT);
	assert_int_equal(try_userptr(at, PAGE, I915_USERPTR_UNSYNCHRONIZED, NULL),
			 -ENODEV);
	assert_int_equal(try_userptr(at, 4 * (uint64_t)PAGE, I915_USERPTR_PROBE, NULL),
			 0);
	munmap(p + PAGE, PAGE);
	assert_int_equal(try_userptr(at, 4 * (uint64_t)PAGE, I915_USERPTR_PROBE, NULL),
			 -EFAULT);
	set_mock("userptr", "N");
	assert_int_equal(try_userptr(at, PAGE, 0, NULL), -ENODEV);
	set_mock("userptr", "Y");
}

static int set_domain(uint32_t handle, uint32_t read, uint32_t write)
{
	return CALL(GEM_SET_DOMAIN,
		    (struct drm_i915_gem_set_domain){ handle, read, write });
}

/* Memory is looked for when it is needed, not before. */
static void userptr_memory(void **state)
{
	size_t size = 4 * (size_t)PAGE;
	char *p = memory(size);
	uint32_t handle = userptr(p, size);

	(void)state;
	assert_int_equal(set_domain(handle, I915_GEM_DOMAIN_CPU, I915_GEM_DOMAIN_CPU), 0);
	assert_int_equal(set_domain(handle, I915_GEM_DOMAIN_RENDER, 0), -EINVAL);
	assert_int_equal(set_domain(handle, I915_GEM_DOMAIN_GTT, I915_GEM_DOMAIN_CPU),
			 -EINVAL);
	assert_int_equal(submit_with(handle), 0);
	munmap(p + PAGE, PAGE);
	assert_int_equal(submit_with(handle), -EFAULT);
	assert_int_equal(set_domain(handle, I915_GEM_DOMAIN_CPU, 0), -EFAULT);
	/* Others can write there alone. */
	assert_int_equal(CALL(GEM_PWRITE, (struct drm_i915_gem_pwrite){ handle, 0, 0, 4,
									(uintptr_t)p }),
			 -EINVAL);
	assert_int_equal(CALL(GEM_MMAP_OFFSET,
			      (struct drm_i915_gem_mmap_offset){
				      .handle = handle, .flags = I915_MMAP_OFFSET_WB }),
			 -ENODEV);
}

static int context_create(uint32_t flags, const void *extensions, uint32_t *id)
{
	struct drm_i915_gem_context_create_ext args = { .flags = flags,
							.extensions =
								(uintptr_t)extensions };
	int ret = call(DRM_IOCTL_I915_GEM_CONTEXT_CREATE_EXT, &args);

	*id = args.ctx_id;
	return ret;
}

static int context_get(uint32_t id, uint64_t param, uint64_t *value)
{
	struct drm_i915_gem_context_param args = { .ctx_id = id, .param = param };
	int ret = call(DRM_IOCTL_I915_GEM_CONTEXT_GETPARAM, &args);

	*value = args.value;
	return ret;
}

static int context_set(uint32_t id, uint64_t param, uint64_t value, uint32_t size)
{
	return CALL(GEM_CONTEXT_SETPARAM,
		    (struct drm_i915_gem_context_param){
			    .ctx_id = id, .param = param, .value = value, .size = size });
}

static void contexts(void **state)
{
	I915_DEFINE_CONTEXT_PARAM_ENGINES(
		map, 2) = { .engines = { { I915_ENGINE_CLASS_COPY, 0 },
					 { (uint16_t)I915_ENGINE_CLASS_INVALID,
					   (uint16_t)I915_ENGINE_CLASS_INVALID_NONE } } };
	uint64_t value;
	uint32_t id;

	(void)state;
	assert_int_equal(context_create(1u << 30, NULL, &id), -EINVAL);
	assert_int_equal(context_create(0, NULL, &id), 0);
	assert_int_equal(context_set(id, I915_CONTEXT_PARAM_ENGINES, (uintptr_t)&map, 3),
			 -EINVAL);
	assert_int_equal(
		context_set(id, I915_CONTEXT_PARAM_ENGINES, (uintptr_t)&map, sizeof(map)),
		0);
	assert_int_equal(
		context_set(id, I915_CONTEXT_PARAM_ENGINES, (uintptr_t)&map, sizeof(map)),
		-EINVAL);
	assert_int_equal(context_set(id, I915_CONTEXT_PARAM_PERSISTENCE, 0, 0), 0);
	assert_int_equal(context_set(id, I915_CONTEXT_PARAM_PERSISTENCE, 0, 8), -EINVAL);
	assert_int_equal(context_set(id, 999, 0, 0), -EINVAL);
	/* To be asked is to be used: from then on its address space is what it is. */
	assert_int_equal(context_get(id, I915_CONTEXT_PARAM_GTT_SIZE, &value), 0);
	assert_int_equal(value, 1ull << 48);
	assert_int_equal(context_set(id, I915_CONTEXT_PARAM_VM, 1, 0), -EINVAL);
	assert_int_equal(
		CALL(GEM_CONTEXT_DESTROY, (struct drm_i915_gem_context_destroy){ id, 1 }),
		-EINVAL);
	assert_int_equal(
		CALL(GEM_CONTEXT_DESTROY, (struct drm_i915_gem_context_destroy){ id, 0 }),
		0);
	assert_int_equal(
		CALL(GEM_CONTEXT_DESTROY, (struct drm_i915_gem_context_destroy){ id, 0 }),
		-ENOENT);
	assert_int_equal(
		CALL(GEM_CONTEXT_DESTROY, (struct drm_i915_gem_context_destroy){ 0, 0 }),
		-ENOENT);
	assert_int_equal(context_get(id, I915_CONTEXT_PARAM_GTT_SIZE, &value), -ENOENT);
}

static void extensions(void **state)
{
	struct drm_i915_gem_context_create_ext_setparam ring = {
		.base.name = I915_CONTEXT_CREATE_EXT_SETPARAM,
		.param = { .param = I915_CONTEXT_PARAM_RECOVERABLE, .value = 0 }
	};
	uint64_t value;
	uint32_t id;

	(void)state;
	assert_int_equal(
		context_create(I915_CONTEXT_CREATE_FLAGS_USE_EXTENSIONS, &ring, &id), 0);
	assert_int_equal(context_get(id, I915_CONTEXT_PARAM_RECOVERABLE, &value), 0);
	assert_int_equal(value, 0);
	ring.base.next_extension = (uintptr_t)&ring;
	assert_int_equal(
		context_create(I915_CONTEXT_CREATE_FLAGS_USE_EXTENSIONS, &ring, &id),
		-E2BIG);
	ring.base.next_extension = 0;
	ring.base.flags = 1;
	assert_int_equal(
		context_create(I915_CONTEXT_CREATE_FLAGS_USE_EXTENSIONS, &ring, &id),
		-EINVAL);
	ring.base.flags = 0;
	ring.base.name = 99;
	assert_int_equal(
		context_create(I915_CONTEXT_CREATE_FLAGS_USE_EXTENSIONS, &ring, &id),
		-EINVAL);
	assert_int_equal(
		context_create(I915_CONTEXT_CREATE_FLAGS_USE_EXTENSIONS, (void *)8, &id),
		-EFAULT);
}

static int query(struct drm_i915_query_item *item, uint32_t flags)
{
	return CALL(QUERY, (struct drm_i915_query){ .num_items = 1,
						    .flags = flags,
						    .items_ptr = (uintptr_t)item });
}

static void queries(void **state)
{
	/* Room for the answer, aligned as it is. */
	uint64_t room[64] = { 0 };
	struct drm_i915_query_engine_info *info = (void *)room;
	struct drm_i915_query_item item = { .query_id = DRM_I915_QUERY_ENGINE_INFO };

	(void)state;
	assert_int_equal(query(&item, 1), -EINVAL);
	assert_int_equal(query(&item, 0), 0);
	assert_int_equal(item.length, sizeof(*info) + 4 * sizeof(info->engines[0]));
	item.data_ptr = (uintptr_t)info;
	info->rsvd[1] = 1;
	assert_int_equal(query(&item, 0), 0);
	assert_int_equal(item.length, -EINVAL);
	info->rsvd[1] = 0;
	item.length = sizeof(room);
	assert_int_equal(query(&item, 0), 0);
	assert_int_equal(info->num_engines, 4);
	assert_int_equal(info->engines[1].engine.engine_class, I915_ENGINE_CLASS_COPY);
	item.length = 8;
	assert_int_equal(query(&item, 0), 0);
	assert_int_equal(item.length, -EINVAL);
	item = (struct drm_i915_query_item){ .query_id = 99 };
	assert_int_equal(query(&item, 0), 0);
	assert_int_equal(item.length, -EINVAL);
	item = (struct drm_i915_query_item){ .query_id = 0 };
	assert_int_equal(query(&item, 0), -EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_device, close_device)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(parameters),     TEST(objects),	      TEST(reading_and_writing),
		TEST(userptr_checks), TEST(userptr_memory),   TEST(contexts),
		TEST(extensions),     TEST(queries),	      TEST(exec_checks),
		TEST(exec_objects),   TEST(exec_relocations), TEST(exec_addresses),
		TEST(exec_fences),    TEST(exec_busy),	      TEST(exec_errors),
		TEST(exec_hang),
	};

	if (access(RENDER_NODE, R_OK | W_OK) < 0) {
		fprintf(stderr, "lab-uapi: needs %s, in a guest of the lab\n",
			RENDER_NODE);
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
