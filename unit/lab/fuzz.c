// SPDX-License-Identifier: MIT
/*
 * Ioctls with random structs. Pure noise would not get past the first check, so a struct is
 * mostly one that would do, with some words changed for what such structs hold: small
 * numbers, flags, handles that there may be, addresses of more such structs, and noise.
 */
#include "stress.h"

#include <errno.h>
#include <fcntl.h>
#include <i915_drm.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "stats/random.h"

#define PAGE 4096u
/* Memory that structs point to, and room for userptr objects. */
#define ARENA (256 * PAGE)
/* No struct is larger. */
#define STRUCT_MAX 256
/* What a process does before it makes way for a fresh one. */
#define CALLS 20000
/* Objects and lists stay small, since what is tested is no shortage of memory. */
#define OBJECT_MAX (256 * PAGE)
#define LIST_MAX   8
/* Handles are given away from 1 on. */
#define HANDLES 16

/* Command 0x0a in bits 28:23, Intel's programmer's reference manuals. */
#define MI_BATCH_BUFFER_END (0x0au << 23)

/* How a struct that would do is made. */
enum kind { ANY, CREATE, USERPTR, EXECBUF, HANDLE };

static const struct {
	unsigned long request;
	enum kind kind;
} calls[] = {
	{ DRM_IOCTL_I915_GETPARAM, ANY },
	{ DRM_IOCTL_I915_QUERY, ANY },
	{ DRM_IOCTL_I915_GET_RESET_STATS, ANY },
	{ DRM_IOCTL_I915_GEM_CREATE, CREATE },
	{ DRM_IOCTL_I915_GEM_CREATE_EXT, CREATE },
	{ DRM_IOCTL_I915_GEM_USERPTR, USERPTR },
	{ DRM_IOCTL_I915_GEM_USERPTR, USERPTR },
	{ DRM_IOCTL_I915_GEM_PREAD, HANDLE },
	{ DRM_IOCTL_I915_GEM_PWRITE, HANDLE },
	{ DRM_IOCTL_I915_GEM_MMAP_OFFSET, HANDLE },
	{ DRM_IOCTL_I915_GEM_SET_DOMAIN, HANDLE },
	{ DRM_IOCTL_I915_GEM_SW_FINISH, HANDLE },
	{ DRM_IOCTL_I915_GEM_SET_CACHING, HANDLE },
	{ DRM_IOCTL_I915_GEM_GET_CACHING, HANDLE },
	{ DRM_IOCTL_I915_GEM_SET_TILING, HANDLE },
	{ DRM_IOCTL_I915_GEM_MADVISE, HANDLE },
	{ DRM_IOCTL_I915_GEM_GET_APERTURE, ANY },
	{ DRM_IOCTL_I915_GEM_EXECBUFFER2, EXECBUF },
	{ DRM_IOCTL_I915_GEM_EXECBUFFER2_WR, EXECBUF },
	{ DRM_IOCTL_I915_GEM_EXECBUFFER2_WR, EXECBUF },
	{ DRM_IOCTL_I915_GEM_EXECBUFFER2_WR, EXECBUF },
	{ DRM_IOCTL_I915_GEM_WAIT, HANDLE },
	{ DRM_IOCTL_I915_GEM_BUSY, HANDLE },
	{ DRM_IOCTL_I915_GEM_THROTTLE, ANY },
	{ DRM_IOCTL_I915_GEM_CONTEXT_CREATE, ANY },
	{ DRM_IOCTL_I915_GEM_CONTEXT_CREATE_EXT, ANY },
	{ DRM_IOCTL_I915_GEM_CONTEXT_DESTROY, HANDLE },
	{ DRM_IOCTL_I915_GEM_CONTEXT_GETPARAM, HANDLE },
	{ DRM_IOCTL_I915_GEM_CONTEXT_SETPARAM, HANDLE },
	{ DRM_IOCTL_I915_GEM_VM_CREATE, ANY },
	{ DRM_IOCTL_I915_GEM_VM_DESTROY, ANY },
	{ DRM_IOCTL_GEM_CLOSE, HANDLE },
	{ DRM_IOCTL_SYNCOBJ_CREATE, ANY },
	{ DRM_IOCTL_SYNCOBJ_DESTROY, HANDLE },
};

struct fuzzer {
	int fd;
	struct random_state random;
	unsigned char *arena;
	uint64_t submitted;
};

static uint64_t draw(struct fuzzer *f, uint64_t below)
{
	return random_below(&f->random, below);
}

static uint64_t address(struct fuzzer *f)
{
	uint64_t offset = draw(f, ARENA);

	/* Mostly where a struct or an object may begin. */
	offset &= draw(f, 2) ? ~(uint64_t)(PAGE - 1) : ~7ull;
	return (uintptr_t)f->arena + offset;
}

static uint32_t handle(struct fuzzer *f)
{
	return (uint32_t)(1 + draw(f, HANDLES));
}

static uint64_t word(struct fuzzer *f)
{
	switch (draw(f, 8)) {
	case 0:
		return handle(f);
	case 1:
		return 1ull << draw(f, 64);
	case 2 ... 4:
		return address(f);
	case 5:
		return (uint64_t)PAGE << draw(f, 6);
	case 6:
		return draw(f, 2) << 32 | draw(f, 16);
	default:
		return random_next(&f->random);
	}
}

/* Changes some of the words, half of the time none. */
static void spoil(struct fuzzer *f, void *memory, size_t size)
{
	for (uint64_t n = draw(f, 2) * draw(f, 4); n > 0; n--) {
		uint64_t value = word(f);

		/* Handles and flags have half the size of addresses. */
		if (draw(f, 2))
			memcpy((char *)memory + draw(f, size / 8) * 8, &value, 8);
		else
			memcpy((char *)memory + draw(f, size / 4) * 4, &value, 4);
	}
}

/* Fills a page of the arena with what the driver could find there. */
static void fill(struct fuzzer *f, unsigned char *page)
{
	struct drm_i915_gem_exec_object2 *list = (void *)page;

	memset(page, 0, PAGE);
	if (draw(f, 2)) {
		for (size_t i = 0; i < LIST_MAX; i++) {
			list[i].handle = handle(f);
			if (draw(f, 8) == 0) {
				list[i].relocation_count = (uint32_t)draw(f, 4);
				list[i].relocs_ptr = address(f);
			}
		}
		if (draw(f, 4) == 0)
			spoil(f, page, LIST_MAX * sizeof(*list));
	} else {
		for (size_t i = 0; i < 64; i++)
			spoil(f, page, PAGE);
		*(uint32_t *)page = draw(f, 4) ? MI_BATCH_BUFFER_END : 0;
	}
}

static void make(struct fuzzer *f, enum kind kind, void *args)
{
	struct drm_i915_gem_userptr *userptr = args;
	struct drm_i915_gem_execbuffer2 *exec = args;

	switch (kind) {
	case CREATE:
		*(uint64_t *)args = draw(f, OBJECT_MAX);
		return;
	case USERPTR:
		userptr->user_ptr = address(f) & ~(uint64_t)(PAGE - 1);
		userptr->user_size = (1 + draw(f, 8)) * PAGE;
		break;
	case EXECBUF:
		exec->buffers_ptr = address(f) & ~(uint64_t)(PAGE - 1);
		exec->buffer_count = (uint32_t)(1 + draw(f, LIST_MAX));
		exec->flags = draw(f, 8) | draw(f, 2) * I915_EXEC_NO_RELOC |
			      draw(f, 2) * I915_EXEC_HANDLE_LUT |
			      draw(f, 2) * I915_EXEC_BATCH_FIRST;
		break;
	case HANDLE:
		*(uint32_t *)args = handle(f);
		break;
	case ANY:
		break;
	}
	spoil(f, args, 64);
	/* Neither is a list of many objects, which would but take long. */
	if (kind == EXECBUF)
		exec->buffer_count %= 64;
}

static void call(struct fuzzer *f)
{
	size_t i = draw(f, sizeof(calls) / sizeof(calls[0]));
	unsigned char args[STRUCT_MAX] __attribute__((aligned(8))) = { 0 };
	int fence;

	make(f, calls[i].kind, args);
	if (ioctl(f->fd, calls[i].request, args) < 0 || calls[i].kind != EXECBUF)
		return;
	f->submitted++;
	/* Its out-fence, if it was asked for one. */
	fence = (int)(((struct drm_i915_gem_execbuffer2 *)(void *)args)->rsvd2 >> 32);
	if (fence > f->fd && fence < 1000)
		close(fence);
}

/* Some of the arena changes under the driver's hands, and some of it goes and comes. */
static void stir(struct fuzzer *f)
{
	unsigned char *page = f->arena + draw(f, ARENA / PAGE) * PAGE;

	switch (draw(f, 4)) {
	case 0:
		madvise(page, PAGE, MADV_DONTNEED);
		break;
	case 1:
		if (mmap(page, PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
			return;
		break;
	case 2:
		mprotect(page, PAGE, draw(f, 2) ? PROT_READ : PROT_READ | PROT_WRITE);
		break;
	default:
		break;
	}
	if (mprotect(page, PAGE, PROT_READ | PROT_WRITE) == 0)
		fill(f, page);
}

static int work(uint64_t seed)
{
	struct fuzzer f = { 0 };

	f.random = random_stream(seed, 0);
	f.fd = open(RENDER_NODE, O_RDWR | O_CLOEXEC | (seed % 2 ? O_NONBLOCK : 0));
	if (f.fd < 0)
		return -errno;
	/* What the driver writes behind the arena must not be ours. */
	f.arena = mmap(NULL, ARENA + OBJECT_MAX, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);
	if (f.arena == MAP_FAILED || mprotect(f.arena, ARENA, PROT_READ | PROT_WRITE) < 0)
		return -errno;
	for (size_t i = 0; i < ARENA; i += PAGE)
		fill(&f, f.arena + i);
	for (int i = 0; i < CALLS; i++) {
		call(&f);
		if (draw(&f, 16) == 0)
			stir(&f);
	}
	/* A fuzz that never gets as far as the GPU is none. */
	return f.submitted > 0 ? 0 : -EPROTO;
}

static pid_t start(uint64_t seed)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* A wait that goes on for ever and can be interrupted; the kernel finds the others. */
	alarm(60);
	_exit(work(seed) == 0 ? 0 : 1);
}

static time_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

int fuzz(unsigned int seconds, unsigned int processes, uint64_t seed)
{
	const time_t end = now_s() + (time_t)seconds;
	unsigned int running = 0;
	pid_t *pid = calloc(processes, sizeof(*pid));
	int status, ret = pid ? 0 : -ENOMEM;

	while (ret == 0 && now_s() < end) {
		pid_t gone = 0;

		for (unsigned int i = 0; i < processes; i++) {
			if (pid[i] == 0)
				pid[i] = start(seed++);
			if (pid[i] < 0)
				ret = -errno;
		}
		gone = waitpid(-1, &status, WNOHANG);
		for (unsigned int i = 0; i < processes; i++) {
			if (pid[i] == gone)
				pid[i] = 0;
		}
		/* It may well have written into its own memory, but not failed to begin. */
		if (gone > 0 && WIFEXITED(status) && WEXITSTATUS(status) != 0)
			ret = -ENODEV;
		if (gone == 0)
			usleep(10000);
		running = processes;
	}
	for (unsigned int i = 0; i < running; i++) {
		if (pid[i] > 0)
			client_kill(pid[i]);
	}
	free(pid);
	return ret;
}
