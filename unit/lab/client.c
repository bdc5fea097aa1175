// SPDX-License-Identifier: MIT
/* A client of the GPU that is always in the middle of something. */
#include "stress.h"

#include <errno.h>
#include <fcntl.h>
#include <i915_drm.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xf86drm.h>

#include "stats/random.h"

#define OBJECTS	  8
#define PAGE	  4096u
#define MAX_PAGES 64

/* Command 0x0a in bits 28:23, Intel's programmer's reference manuals. */
#define MI_BATCH_BUFFER_END (0x0au << 23)

struct client {
	int fd;
	struct random_state random;
	uint32_t context;
	void *memory[OBJECTS];
	size_t size[OBJECTS];
	uint32_t handle[OBJECTS];
};

/* Puts fresh memory in the place of object @i, and that of the old one to no use. */
static int renew(struct client *c, size_t i)
{
	struct drm_i915_gem_userptr userptr = { 0 };

	if (c->handle[i])
		drmIoctl(c->fd, DRM_IOCTL_GEM_CLOSE,
			 &(struct drm_gem_close){ c->handle[i], 0 });
	if (c->memory[i])
		munmap(c->memory[i], c->size[i]);
	c->size[i] = (1 + random_below(&c->random, MAX_PAGES)) * PAGE;
	c->memory[i] = mmap(NULL, c->size[i], PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (c->memory[i] == MAP_FAILED)
		return -errno;
	*(uint32_t *)c->memory[i] = MI_BATCH_BUFFER_END;
	userptr.user_ptr = (uintptr_t)c->memory[i];
	userptr.user_size = c->size[i];
	if (drmIoctl(c->fd, DRM_IOCTL_I915_GEM_USERPTR, &userptr) < 0)
		return -errno;
	c->handle[i] = userptr.handle;
	return 0;
}

static int submit(struct client *c)
{
	struct drm_i915_gem_exec_object2 list[OBJECTS] = { 0 };
	struct drm_i915_gem_execbuffer2 exec = {
		.buffers_ptr = (uintptr_t)list,
		.buffer_count = OBJECTS,
		.rsvd1 = c->context,
		.flags = I915_EXEC_RENDER,
	};

	for (size_t i = 0; i < OBJECTS; i++) {
		list[i].handle = c->handle[i];
		/* The batch is the last one, and may not be written to. */
		if (i + 1 < OBJECTS && random_below(&c->random, 2))
			list[i].flags = EXEC_OBJECT_WRITE;
	}
	return drmIoctl(c->fd, DRM_IOCTL_I915_GEM_EXECBUFFER2, &exec) < 0 ? -errno : 0;
}

static int open_client(struct client *c)
{
	struct drm_i915_gem_context_create create = { 0 };
	int ret = 0;

	c->fd = open(RENDER_NODE, O_RDWR | O_CLOEXEC);
	if (c->fd < 0)
		return -errno;
	if (drmIoctl(c->fd, DRM_IOCTL_I915_GEM_CONTEXT_CREATE, &create) < 0)
		return -errno;
	c->context = create.ctx_id;
	for (size_t i = 0; i < OBJECTS && ret == 0; i++)
		ret = renew(c, i);
	return ret;
}

static int work(uint64_t seed)
{
	struct client c = { 0 };
	int ret;

	c.random = random_stream(seed, 0);
	ret = open_client(&c);
	while (ret == 0) {
		size_t i = random_below(&c.random, OBJECTS);

		ret = submit(&c);
		/* Pages that the GPU works on are taken away, or the whole object is. */
		if (ret == 0 && random_below(&c.random, 8) == 0)
			ret = madvise(c.memory[i], c.size[i], MADV_DONTNEED) < 0 ? -errno
										 : 0;
		else if (ret == 0 && random_below(&c.random, 8) == 0)
			ret = renew(&c, i);
		*(volatile uint32_t *)c.memory[OBJECTS - 1] = MI_BATCH_BUFFER_END;
	}
	return ret;
}

pid_t client_start(uint64_t seed)
{
	pid_t pid = fork();
	int ret;

	if (pid)
		return pid < 0 ? -errno : pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	ret = work(seed);
	/* The device has gone, as it may: while it was open, or before. */
	_exit(ret == -ENODEV || ret == -ENOENT ? 0 : -ret);
}

int client_kill(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : 0;
}
