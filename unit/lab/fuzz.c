// SPDX-License-Identifier: MIT
/*
 * Ioctls with random structs. Pure noise would not get past the first check, so every
 * word is drawn from what such structs hold: nothing, small numbers, flags, handles that
 * there may be, addresses of more such words, and noise.
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
/* Memory that structs point to: words of the same kind, and room for userptr objects. */
#define ARENA (256 * PAGE)
/* No struct is larger. */
#define STRUCT_MAX 256
/* What a process does before it makes way for a fresh one. */
#define CALLS 20000
/* Objects and lists stay small, since what is tested is no shortage of memory. */
#define SIZE_MAX_PAGES 256
#define COUNT_MAX 64

static const struct {
	unsigned long request;
	unsigned short size_at, count_at; /* of a word to be kept small; 0: there is none */
} calls[] = {
#define CALL(name, size_at, count_at) { DRM_IOCTL_I915_##name, size_at, count_at }
	CALL(GETPARAM, 0, 0),
	CALL(QUERY, 0, 0),
	CALL(GET_RESET_STATS, 0, 0),
	{ DRM_IOCTL_I915_GEM_CREATE, 1, 0 },
	{ DRM_IOCTL_I915_GEM_CREATE_EXT, 1, 0 },
	CALL(GEM_USERPTR, 0, 0),
	CALL(GEM_USERPTR, 0, 0),
	CALL(GEM_PREAD, 0, 0),
	CALL(GEM_PWRITE, 0, 0),
	CALL(GEM_MMAP_OFFSET, 0, 0),
	CALL(GEM_SET_DOMAIN, 0, 0),
	CALL(GEM_SW_FINISH, 0, 0),
	CALL(GEM_SET_CACHING, 0, 0),
	CALL(GEM_GET_CACHING, 0, 0),
	CALL(GEM_SET_TILING, 0, 0),
	CALL(GEM_MADVISE, 0, 0),
	CALL(GEM_GET_APERTURE, 0, 0),
	CALL(GEM_EXECBUFFER2, 0, 8),
	CALL(GEM_EXECBUFFER2_WR, 0, 8),
	CALL(GEM_EXECBUFFER2_WR, 0, 8),
	CALL(GEM_WAIT, 0, 0),
	CALL(GEM_BUSY, 0, 0),
	CALL(GEM_THROTTLE, 0, 0),
	CALL(GEM_CONTEXT_CREATE, 0, 0),
	CALL(GEM_CONTEXT_CREATE_EXT, 0, 0),
	CALL(GEM_CONTEXT_DESTROY, 0, 0),
	CALL(GEM_CONTEXT_GETPARAM, 0, 0),
	CALL(GEM_CONTEXT_SETPARAM, 0, 0),
	CALL(GEM_VM_CREATE, 0, 0),
	CALL(GEM_VM_DESTROY, 0, 0),
	{ DRM_IOCTL_GEM_CLOSE, 0, 0 },
	{ DRM_IOCTL_SYNCOBJ_CREATE, 0, 0 },
	{ DRM_IOCTL_SYNCOBJ_DESTROY, 0, 0 },
#undef CALL
};

struct fuzzer {
	int fd;
	struct random_state random;
	unsigned char *arena;
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

static uint64_t word(struct fuzzer *f)
{
	switch (draw(f, 16)) {
	case 0 ... 5:
		return 0;
	case 6 ... 8:
		return 1 + draw(f, 8);
	case 9:
		return 1ull << draw(f, 64);
	case 10 ... 12:
		return address(f);
	case 13:
		return PAGE << draw(f, 6);
	case 14:
		return draw(f, 2) << 32 | draw(f, 16);
	default:
		return random_next(&f->random);
	}
}

static void fill(struct fuzzer *f, void *memory, size_t size)
{
	uint64_t value;

	for (size_t i = 0; i + sizeof(value) <= size; i += sizeof(value)) {
		value = word(f);
		memcpy((char *)memory + i, &value, sizeof(value));
	}
}

static void call(struct fuzzer *f)
{
	size_t i = draw(f, sizeof(calls) / sizeof(calls[0]));
	unsigned char args[STRUCT_MAX] __attribute__((aligned(8)));
	uint32_t count;
	uint64_t size;

	fill(f, args, sizeof(args));
	if (calls[i].size_at) {
		size = draw(f, SIZE_MAX_PAGES * PAGE);
		memcpy(args, &size, sizeof(size));
	}
	if (calls[i].count_at) {
		count = (uint32_t)draw(f, COUNT_MAX);
		memcpy(args + calls[i].count_at, &count, sizeof(count));
	}
	ioctl(f->fd, calls[i].request, args);
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
		mmap(page, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		     0);
		break;
	case 2:
		mprotect(page, PAGE, draw(f, 2) ? PROT_READ : PROT_READ | PROT_WRITE);
		break;
	default:
		break;
	}
	if (mprotect(page, PAGE, PROT_READ | PROT_WRITE) == 0)
		fill(f, page, PAGE);
}

static int work(uint64_t seed)
{
	struct fuzzer f = { 0 };

	f.random = random_stream(seed, 0);
	f.fd = open(RENDER_NODE, O_RDWR | O_CLOEXEC | (seed % 2 ? O_NONBLOCK : 0));
	if (f.fd < 0)
		return -errno;
	f.arena = mmap(NULL, ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (f.arena == MAP_FAILED)
		return -errno;
	fill(&f, f.arena, ARENA);
	for (int i = 0; i < CALLS; i++) {
		call(&f);
		if (draw(&f, 16) == 0)
			stir(&f);
	}
	return 0;
}

static pid_t start(uint64_t seed)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* A wait that the driver never ends is found by being killed too. */
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
