// SPDX-License-Identifier: MIT
#include "load/filler.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "system/cleanup.h"
#include "system/sysfile.h"
#include "system/units.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif
#ifndef MADV_COLD
#define MADV_COLD 20 /* Linux 5.4 */
#endif

#define MAX_THREADS 64

struct fill {
	const struct filler_config *config;
	struct object *object;
	bool *filled; /* one an object */
	size_t objects;
	_Atomic size_t next;
	_Atomic uint64_t in_flight; /* objects that are being filled */
	_Atomic int error;
	_Atomic int stop; /* floor reached */
};

/* Over-maps by one huge page and gives the ends back: aligned, whatever the kernel does. */
static void *map_aligned(uint64_t size, uint64_t alignment)
{
	char *start, *aligned;
	uint64_t head;

	start = mmap(NULL, size + alignment, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (start == MAP_FAILED)
		return NULL;
	head = -(uintptr_t)start & (alignment - 1);
	aligned = start + head;
	if (head)
		munmap(start, head);
	munmap(aligned + size, alignment - head);
	return aligned;
}

/* Shared memory of a file without a name in place of what is mapped at @memory. Returns 0 or -errno. */
static int share(void *memory, uint64_t size)
{
	CLEANUP_CLOSE int fd = memfd_create("pinlat-object", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, (off_t)size) < 0 ||
	    mmap(memory, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
		    MAP_FAILED)
		return -errno;
	return 0;
}

static int map_shared(struct object *object, uint64_t size)
{
	void *memory = map_aligned(size, huge_page_size());
	int ret = memory ? share(memory, size) : -errno;

	if (ret < 0 && memory)
		munmap(memory, size);
	if (ret == 0)
		*object = (struct object){ .memory = memory, .size = size };
	return ret;
}

static int map_object(struct object *object, uint64_t size, bool huge)
{
	void *memory = map_aligned(size, huge_page_size());

	if (!memory)
		return -errno;
	/* Fails only on kernels without THP, where 4k is what there is anyhow. */
	if (madvise(memory, size, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) < 0 && huge) {
		munmap(memory, size);
		return -EOPNOTSUPP;
	}
	*object = (struct object){ .memory = memory, .size = size };
	return 0;
}

static uint64_t available(const struct memcg *memcg)
{
	struct meminfo m;
	uint64_t usage, limit, left;

	if (meminfo_read(&m) < 0)
		return 0;
	if (!memcg)
		return m.available;
	if (memcg_usage(memcg, &usage, &limit) < 0)
		return 0;
	left = limit > usage ? limit - usage : 0;
	return left < m.available ? left : m.available;
}

/* One call populates without an exception a page, which is most of the cost of touching. */
static int touch(const struct object *object, struct random_state *random)
{
	uint64_t step = page_size();

	if (madvise(object->memory, object->size, MADV_POPULATE_WRITE) < 0 &&
	    errno != EINVAL)
		return -errno;
	for (uint64_t at = 0; at < object->size; at += step)
		*(volatile uint64_t *)((char *)object->memory + at) =
			random_next(random) | 1;
	return 0;
}

/*
 * Whether this thread may fill an object too, beside those that the others are filling. What they have
 * touched already counts twice, as used and as still to come: so "no" holds only where nobody else
 * is at it.
 */
static bool room_for_next(struct fill *f)
{
	const struct filler_config *c = f->config;

	while (!f->stop && !f->error) {
		uint64_t in_flight = atomic_fetch_add(&f->in_flight, 1) + 1;

		if (available(c->memcg) >= c->floor + c->object_size * in_flight)
			return true;
		atomic_fetch_sub(&f->in_flight, 1);
		if (in_flight == 1)
			return false;
		sleep_ns(NSEC_PER_SEC / 1000);
	}
	return false;
}

static void *fill_thread(void *data)
{
	struct fill *f = data;
	const struct filler_config *c = f->config;
	size_t i;

	while (!f->stop && !f->error) {
		struct random_state random;
		int ret;

		i = atomic_fetch_add(&f->next, 1);
		if (i >= f->objects)
			break;
		if (!room_for_next(f)) {
			f->stop = 1;
			break;
		}
		random = random_stream(c->seed, i);
		ret = touch(&f->object[i], &random);
		atomic_fetch_sub(&f->in_flight, 1);
		if (ret < 0) {
			f->error = ret;
			break;
		}
		f->filled[i] = true;
		if (c->filled)
			atomic_fetch_add(c->filled, c->object_size);
	}
	return NULL;
}

/* Runs the threads; the caller is the first of them. */
static int run_threads(struct fill *f)
{
	pthread_t thread[MAX_THREADS];
	unsigned int n =
		f->config->threads < MAX_THREADS ? f->config->threads : MAX_THREADS;
	unsigned int started = 0;

	while (started + 1 < n &&
	       pthread_create(&thread[started], NULL, fill_thread, f) == 0)
		started++;
	fill_thread(f);
	for (unsigned int i = 0; i < started; i++)
		pthread_join(thread[i], NULL);
	return f->error;
}

/* Moves the filled objects to the front and unmaps the others. Returns how many are filled. */
static int keep_filled(struct fill *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->objects; i++) {
		if (f->filled[i])
			f->object[kept++] = f->object[i];
		else
			munmap(f->object[i].memory, f->object[i].size);
	}
	return (int)kept;
}

int filler_fill(const struct filler_config *config, struct object **object)
{
	struct fill f = { .config = config,
			  .objects = config->target / config->object_size };
	CLEANUP_FREE bool *filled = calloc(f.objects, sizeof(*filled));
	int ret = 0;

	if (f.objects == 0)
		return -EINVAL;
	f.filled = filled;
	f.object = calloc(f.objects, sizeof(*f.object));
	if (!f.object || !filled) {
		free(f.object);
		return -ENOMEM;
	}
	for (size_t i = 0; i < f.objects && ret == 0; i++)
		ret = config->shared ? map_shared(&f.object[i], config->object_size)
				     : map_object(&f.object[i], config->object_size,
						  config->huge);
	if (ret == 0)
		ret = run_threads(&f);
	if (ret < 0) {
		filler_free(f.object, f.objects);
		return ret;
	}
	*object = f.object;
	return keep_filled(&f);
}

int filler_lock(const struct object *object, size_t objects, _Atomic uint64_t *locked)
{
	for (size_t i = 0; i < objects; i++) {
		if (mlock(object[i].memory, object[i].size) < 0)
			return -errno;
		atomic_fetch_add(locked, object[i].size);
	}
	return 0;
}

int filler_cool(const struct object *object, size_t objects)
{
	for (size_t i = 0; i < objects; i++) {
		if (madvise(object[i].memory, object[i].size, MADV_COLD) < 0)
			return -errno;
	}
	return 0;
}

void filler_free(struct object *object, size_t objects)
{
	for (size_t i = 0; object && i < objects; i++) {
		if (object[i].memory)
			munmap(object[i].memory, object[i].size);
	}
	free(object);
}
