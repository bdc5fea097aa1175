// SPDX-License-Identifier: MIT
#include "load/pageout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "system/cleanup.h"
#include "system/sysfile.h"
#include "system/units.h"

/* How often the desk is looked at. */
#define LOOK_NS (20 * NSEC_PER_USEC)
/* Pages whose state is asked for at once. */
#define AT_ONCE 512
/* /proc/PID/pagemap: the page is mapped. */
#define PAGEMAP_PRESENT (1ull << 63)

void pageout_call_begin(struct pageout_call *call)
{
	call->cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	call->start_ns = monotonic_ns();
}

void pageout_call_end(struct pageout_call *call, int error)
{
	call->end_ns = monotonic_ns();
	call->cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - call->cpu_ns;
	call->error = error;
}

/*
 * Pages that were faulted in wait in a list of the CPU's own before reclaim can take them. A call of
 * another process would miss them, so this CPU's list is emptied, by the same call on a page that
 * is not there.
 */
static void drain(char *nothing)
{
	madvise(nothing, page_size(), MADV_PAGEOUT);
}

/* Writes, since a page that is the same in swap costs reclaim nothing; what is there stays. */
static void touch(void *at, uint64_t bytes)
{
	uint64_t *word = at;

	for (uint64_t i = 0; i < bytes; i += page_size())
		__atomic_fetch_or(&word[i / sizeof(*word)], 0, __ATOMIC_RELAXED);
}

/* Some pages, at most AT_ONCE. Returns 0 or -errno. */
static int look_at_some(int pagemap, char *at, size_t pages, struct pageout_fate *fate)
{
	uint64_t entry[AT_ONCE];
	unsigned char in_memory[AT_ONCE];
	size_t bytes = pages * sizeof(*entry);
	ssize_t got = pread(pagemap, entry, bytes,
			    (off_t)((uintptr_t)at / page_size() * sizeof(*entry)));

	if (got != (ssize_t)bytes)
		return got < 0 ? -errno : -EIO;
	/* Of pages that are not mapped it tells whether swap cache or page cache has them. */
	if (mincore(at, pages * page_size(), in_memory) < 0)
		return -errno;
	for (size_t i = 0; i < pages; i++) {
		if (entry[i] & PAGEMAP_PRESENT)
			fate->kept++;
		else if (in_memory[i] & 1)
			fate->unmapped++;
		else
			fate->freed++;
	}
	return 0;
}

static int look(char *at, uint64_t bytes, struct pageout_fate *fate)
{
	CLEANUP_CLOSE int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	size_t pages = bytes / page_size(), n;
	int ret = pagemap < 0 ? -errno : 0;

	*fate = (struct pageout_fate){ 0 };
	for (size_t i = 0; i < pages && ret == 0; i += n) {
		n = pages - i < AT_ONCE ? pages - i : AT_ONCE;
		ret = look_at_some(pagemap, at + i * page_size(), n, fate);
	}
	return ret;
}

static void reclaim(struct pageout_call *call, char *at, uint64_t bytes)
{
	int ret;

	pageout_call_begin(call);
	ret = madvise(at, bytes, MADV_PAGEOUT);
	pageout_call_end(call, ret < 0 ? -errno : 0);
}

static int answer(struct pageout_desk *desk, const struct object *object, size_t objects,
		  char *nothing)
{
	const struct object *o = &object[desk->object];
	char *at;

	if (desk->object >= objects || desk->offset >= o->size ||
	    desk->bytes > o->size - desk->offset)
		return -EINVAL;
	at = (char *)o->memory + desk->offset;
	desk->address = at;
	switch (desk->question) {
	case PAGEOUT_TOUCH_ALL:
		for (size_t i = 0; i < objects; i++)
			touch(object[i].memory, object[i].size);
		return 0;
	case PAGEOUT_TOUCH:
		touch(at, desk->bytes);
		drain(nothing);
		return 0;
	case PAGEOUT_RECLAIM:
		reclaim(&desk->call, at, desk->bytes);
		return 0;
	case PAGEOUT_LOOK:
		return look(at, desk->bytes, &desk->fate);
	default:
		return -EINVAL;
	}
}

void pageout_serve(struct pageout_desk *desk, const struct object *object, size_t objects,
		   _Atomic int *stop)
{
	char *nothing = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	while (!*stop) {
		if (desk->answered == desk->asked) {
			sleep_ns(LOOK_NS);
			continue;
		}
		desk->error = answer(desk, object, objects, nothing);
		desk->answered = desk->asked;
	}
	if (nothing != MAP_FAILED)
		munmap(nothing, page_size());
}
