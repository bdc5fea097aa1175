// SPDX-License-Identifier: MIT
#include "xe-client.h"

#include <drm.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define NODE	   "/dev/dri/renderD128"
#define PARAMETERS "/sys/module/xe/parameters"
#define STATISTICS "/sys/kernel/debug/dri/0/mock_stats"

double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int call(const struct gpu *gpu, unsigned long request, void *args)
{
	int ret;

	do
		ret = ioctl(gpu->fd, request, args);
	while (ret && (errno == EINTR || errno == EAGAIN));
	return ret ? -errno : 0;
}

void *memory(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	assert_return_code(madvise(p, size, MADV_NOHUGEPAGE), errno);
	memset(p, 0, size);
	return p;
}

static uint32_t new_syncobj(const struct gpu *gpu)
{
	struct drm_syncobj_create create = { 0 };

	assert_int_equal(call(gpu, DRM_IOCTL_SYNCOBJ_CREATE, &create), 0);
	return create.handle;
}

uint32_t new_queue(const struct gpu *gpu)
{
	struct drm_xe_engine_class_instance engine = { DRM_XE_ENGINE_CLASS_RENDER };
	struct drm_xe_exec_queue_create create = { .width = 1,
						   .num_placements = 1,
						   .vm_id = gpu->vm,
						   .instances = (uintptr_t)&engine };

	assert_int_equal(call(gpu, DRM_IOCTL_XE_EXEC_QUEUE_CREATE, &create), 0);
	return create.exec_queue_id;
}

/* How the end of something is told: a long-running machine has no other fences than in memory. */
static struct drm_xe_sync sync_of(struct gpu *gpu, uint64_t *done, uint64_t fence)
{
	if (gpu->lr) {
		*done = ++gpu->fences;
		return (struct drm_xe_sync){ .type = DRM_XE_SYNC_TYPE_USER_FENCE,
					     .flags = DRM_XE_SYNC_FLAG_SIGNAL,
					     .addr = fence,
					     .timeline_value = *done };
	}
	*done = new_syncobj(gpu);
	return (struct drm_xe_sync){ .type = DRM_XE_SYNC_TYPE_SYNCOBJ,
				     .flags = DRM_XE_SYNC_FLAG_SIGNAL,
				     .handle = (uint32_t)*done };
}

bool wait_for(const struct gpu *gpu, uint64_t done, int ms)
{
	const double end = now_ms() + ms;
	uint32_t handle = (uint32_t)done;
	struct drm_syncobj_wait wait = { .handles = (uintptr_t)&handle,
					 .count_handles = 1,
					 .timeout_nsec = ms ? (int64_t)(end * 1e6) : 0 };

	if (!gpu->lr)
		return call(gpu, DRM_IOCTL_SYNCOBJ_WAIT, &wait) == 0;
	do {
		if (*gpu->fence >= done)
			return true;
		usleep(200);
	} while (now_ms() < end);
	return false;
}

static void bind(struct gpu *gpu, const void *memory_of, size_t size, uint64_t at)
{
	uint64_t done = 0;
	/* The fence of a bind is written by the CPU. */
	struct drm_xe_sync sync = sync_of(gpu, &done, (uintptr_t)gpu->fence);
	struct drm_xe_vm_bind request = {
		.vm_id = gpu->vm,
		.num_binds = 1,
		.bind = { .op = DRM_XE_VM_BIND_OP_MAP_USERPTR,
			  .userptr = (uintptr_t)memory_of,
			  .range = size,
			  .addr = at },
		.num_syncs = 1,
		.syncs = (uintptr_t)&sync,
	};

	assert_int_equal(call(gpu, DRM_IOCTL_XE_VM_BIND, &request), 0);
	assert_true(wait_for(gpu, done, PATIENCE_MS));
}

struct gpu open_gpu(bool long_running)
{
	struct gpu gpu = { .fd = open(NODE, O_RDWR | O_CLOEXEC), .lr = long_running };
	struct drm_xe_vm_create create = {
		.flags = long_running ? DRM_XE_VM_CREATE_FLAG_LR_MODE : 0
	};

	assert_return_code(gpu.fd, errno);
	assert_int_equal(call(&gpu, DRM_IOCTL_XE_VM_CREATE, &create), 0);
	gpu.vm = create.vm_id;
	gpu.data = memory(PAGES * PAGE);
	gpu.batch = memory(PAGE);
	gpu.fence = memory(PAGE);
	bind(&gpu, gpu.data, PAGES * PAGE, DATA_AT);
	bind(&gpu, gpu.batch, PAGE, BATCH_AT);
	bind(&gpu, (void *)(uintptr_t)gpu.fence, PAGE, FENCE_AT);
	gpu.queue = new_queue(&gpu);
	store_batch(&gpu, DATA_AT, 0);
	return gpu;
}

void close_gpu(struct gpu *gpu)
{
	close(gpu->fd);
	munmap(gpu->data, PAGES * PAGE);
	munmap(gpu->batch, PAGE);
	munmap((void *)(uintptr_t)gpu->fence, PAGE);
}

void set_batch(const struct gpu *gpu, const uint32_t *dwords, size_t n)
{
	memcpy(gpu->batch, dwords, n * sizeof(*dwords));
}

void store_batch(const struct gpu *gpu, uint64_t to, uint32_t value)
{
	const uint32_t batch[] = { MI_STORE_DATA_IMM, (uint32_t)to, (uint32_t)(to >> 32),
				   value, MI_BATCH_BUFFER_END };

	set_batch(gpu, batch, sizeof(batch) / sizeof(*batch));
}

int submit(struct gpu *gpu, uint64_t at, uint64_t *done)
{
	struct drm_xe_sync sync = sync_of(gpu, done, FENCE_AT);
	struct drm_xe_exec exec = { .exec_queue_id = gpu->queue,
				    .num_syncs = 1,
				    .syncs = (uintptr_t)&sync,
				    .address = at,
				    .num_batch_buffer = 1 };

	return call(gpu, DRM_IOCTL_XE_EXEC, &exec);
}

void set_mock(const char *name, unsigned int value)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), PARAMETERS "/%s", name);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "%u\n", value);
	assert_int_equal(fclose(file), 0);
}

void set_job_ms(unsigned int ms)
{
	set_mock("batch_us", ms * 1000);
}

long long statistic(const char *name)
{
	long long value, found = -1;
	FILE *file = fopen(STATISTICS, "r");
	char line[64];

	assert_non_null(file);
	while (fscanf(file, "%63s %lld", line, &value) == 2)
		if (!strcmp(line, name))
			found = value;
	fclose(file);
	assert_true(found >= 0);
	return found;
}

long long statistics(const char *name)
{
	static const char *const callers[] = { "kswapd", "direct", "owner", "other" };
	long long sum = 0;
	char of[64];

	for (int i = 0; i < 4; i++) {
		snprintf(of, sizeof(of), "%s_%s", name, callers[i]);
		sum += statistic(of);
	}
	return sum;
}
