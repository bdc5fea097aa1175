// SPDX-License-Identifier: MIT
/*
 * What memory that a device holds through userptr costs other tasks: the same memory, once
 * mlocked and once given to the GPU, while a walk through the page cache makes reclaim work.
 *
 * For an IGT checkout, as tests/intel/gem_userptr_latency.c. i915 pins such memory; xe does not,
 * its MMU notifier waits for the GPU.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>

#include "igt.h"
#include "i915/gem_create.h"
#include "igt_syncobj.h"
#include "xe/xe_ioctl.h"
#include "xe/xe_query.h"

/**
 * TEST: gem userptr latency
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: Memory management tests
 * Functionality: userptr
 * Test category: Performance
 * Description: Whether userptr memory makes other tasks wait longer than mlocked memory does.
 *
 * SUBTEST: timer-%s
 * Description: Fails if a timer wakes a real-time task more than 10 times as late, on average,
 *   while the GPU holds most of the memory and %arg[1], as while that memory is mlocked.
 *
 * SUBTEST: thp-%s
 * Description: Fails if a transparent huge page takes more than 10 times as long, on average,
 *   while the GPU holds most of the memory and %arg[1], as while that memory is mlocked.
 *
 * arg[1]:
 *
 * @idle: does nothing
 * @busy: works on it
 */

IGT_TEST_DESCRIPTION("What userptr memory costs other tasks, against mlocked memory.");

#define OBJECT_SIZE (64ull << 20)
#define OBJECTS_MAX 256
#define CPUS_MAX    256
#define SAMPLES_MAX 8192
#define HUGE_PAGE   (2ull << 20)
#define WARM_UP_S   2
#define WINDOW_S    5
#define TIMER_NS    1000000ull
#define THP_NS	    5000000ull
#define READY_S	    120
#define LIMIT	    10.0
#define SECOND_NS   1000000000ull
#define XE_BATCH_VA 0x1000000ull
#define BATCH_SIZE  4096

enum hold { LOCKED, IDLE, BUSY };

static const char *const hold_name[] = { "locked", "idle", "busy" };

/* Of all processes. */
struct shared {
	_Atomic int ready; /* memory is filled and held */
	_Atomic int open;  /* the window is */
	_Atomic uint64_t requests;
	uint64_t count[CPUS_MAX];
	uint64_t sample[CPUS_MAX][SAMPLES_MAX]; /* ns */
};

/* Memory, and what the GPU knows it by. */
struct held {
	int fd;
	unsigned int objects;
	uint8_t *memory[OBJECTS_MAX];
	uint32_t handle[OBJECTS_MAX]; /* i915 */
	uint32_t batch;		      /* ends at once */
	uint32_t vm, queue;	      /* xe */
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

static void sleep_until(uint64_t ns)
{
	struct timespec t = { .tv_sec = (time_t)(ns / SECOND_NS),
			      .tv_nsec = (long)(ns % SECOND_NS) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

/*
 * Memory, half of what is available. What is left is the page cache's, which the walk thrashes.
 */

static unsigned int objects_that_fit(void)
{
	uint64_t n = (igt_get_avail_ram_mb() << 20) / 2 / OBJECT_SIZE;

	return n < OBJECTS_MAX ? (unsigned int)n : OBJECTS_MAX;
}

static void fill(struct held *h, bool lock)
{
	for (unsigned int i = 0; i < h->objects; i++) {
		h->memory[i] = mmap(NULL, OBJECT_SIZE, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		igt_assert(h->memory[i] != MAP_FAILED);
		/* Small pages, as programs have them; huge ones are what is measured. */
		madvise(h->memory[i], OBJECT_SIZE, MADV_NOHUGEPAGE);
		memset(h->memory[i], 0x55, OBJECT_SIZE);
		if (lock)
			igt_assert_eq(mlock(h->memory[i], OBJECT_SIZE), 0);
	}
}

/*
 * i915: a request with all objects in its list pins them. The batch ends at once: what the GPU
 * does is of no interest, that it may use the memory is.
 */

static void i915_run(struct held *h, unsigned int first, unsigned int n)
{
	struct drm_i915_gem_exec_object2 list[OBJECTS_MAX + 1] = {};
	struct drm_i915_gem_execbuffer2 execbuf = {
		.buffers_ptr = to_user_pointer(list),
		.buffer_count = n + 1,
	};

	for (unsigned int i = 0; i < n; i++) {
		list[i].handle = h->handle[(first + i) % h->objects];
		list[i].flags = EXEC_OBJECT_SUPPORTS_48B_ADDRESS;
	}
	list[n].handle = h->batch;
	gem_execbuf(h->fd, &execbuf);
	gem_sync(h->fd, h->batch);
}

static void i915_hold(struct held *h)
{
	const uint32_t end = MI_BATCH_BUFFER_END;

	h->batch = gem_create(h->fd, BATCH_SIZE);
	gem_write(h->fd, h->batch, 0, &end, sizeof(end));
	for (unsigned int i = 0; i < h->objects; i++)
		gem_userptr(h->fd, h->memory[i], OBJECT_SIZE, 0, 0, &h->handle[i]);
	for (unsigned int i = 0; i < h->objects; i++)
		i915_run(h, i, 1);
}

/*
 * xe: the memory is bound where the CPU has it.
 */

static void xe_bind_memory(struct held *h)
{
	struct drm_xe_sync sync = {
		.type = DRM_XE_SYNC_TYPE_SYNCOBJ,
		.flags = DRM_XE_SYNC_FLAG_SIGNAL,
		.handle = syncobj_create(h->fd, 0),
	};

	for (unsigned int i = 0; i < h->objects; i++) {
		uint64_t address = to_user_pointer(h->memory[i]);

		xe_vm_bind_userptr_async(h->fd, h->vm, 0, address, address, OBJECT_SIZE,
					 &sync, 1);
		igt_assert(syncobj_wait(h->fd, &sync.handle, 1, INT64_MAX, 0, NULL));
		syncobj_reset(h->fd, &sync.handle, 1);
	}
	syncobj_destroy(h->fd, sync.handle);
}

static void xe_hold(struct held *h)
{
	uint64_t size = xe_bb_size(h->fd, BATCH_SIZE);
	uint32_t *batch;

	h->vm = xe_vm_create(h->fd, 0, 0);
	h->queue = xe_exec_queue_create(h->fd, h->vm, &xe_engine(h->fd, 0)->instance, 0);
	h->batch = xe_bo_create(h->fd, h->vm, size, system_memory(h->fd), 0);
	batch = xe_bo_map(h->fd, h->batch, size);
	batch[0] = MI_BATCH_BUFFER_END;
	munmap(batch, size);
	xe_vm_bind_sync(h->fd, h->vm, h->batch, 0, XE_BATCH_VA, size);
	xe_bind_memory(h);
}

/* In a process of its own, which owns the memory and what the GPU knows of it. */
static void hold_memory(int fd, enum hold hold, struct shared *s)
{
	struct held h = { .fd = fd, .objects = objects_that_fit() };
	bool xe = is_xe_device(fd);

	fill(&h, hold == LOCKED);
	if (hold != LOCKED && xe)
		xe_hold(&h);
	else if (hold != LOCKED)
		i915_hold(&h);
	s->ready = 1;
	for (unsigned int i = 0;; i = (i + 1) % h.objects) {
		if (hold != BUSY) {
			pause();
			continue;
		}
		if (xe)
			xe_exec_wait(h.fd, h.queue, XE_BATCH_VA);
		else
			i915_run(&h, i, h.objects < 8 ? h.objects : 8);
		s->requests++;
	}
}

/*
 * A file of holes, twice as large as what the page cache may have: reading it evicts it.
 */
static void walk(void)
{
	uint64_t size = igt_get_total_ram_mb() << 20;
	int fd = open("/var/tmp", O_TMPFILE | O_RDWR, 0600);
	static char buffer[1 << 20];

	igt_assert(fd >= 0);
	igt_assert_eq(ftruncate(fd, (off_t)size), 0);
	for (uint64_t at = 0;; at = (at + sizeof(buffer)) % size)
		igt_assert(pread(fd, buffer, sizeof(buffer), (off_t)at) > 0);
}

/*
 * The probes, one process a CPU. Instants are planned: one that is missed while a sample lasts
 * is not made up for, so a stall counts once, as long as it is.
 */

static void bind_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	igt_assert_eq(sched_setaffinity(0, sizeof(set), &set), 0);
}

static uint64_t sample_timer(uint64_t planned)
{
	sleep_until(planned);
	return now_ns() - planned;
}

static uint64_t sample_thp(uint64_t planned, uint8_t *page)
{
	uint64_t start;

	sleep_until(planned);
	start = now_ns();
	WRITE_ONCE(*page, 1);
	start = now_ns() - start;
	/* The page goes back, so that the next touch is a first one. */
	madvise(page, HUGE_PAGE, MADV_DONTNEED);
	return start;
}

static void probe(struct shared *s, int cpu, bool thp)
{
	const struct sched_param fifo = { .sched_priority = 99 };
	uint64_t step = thp ? THP_NS : TIMER_NS, end, at;
	uint8_t *area = mmap(NULL, 2 * HUGE_PAGE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *page = (uint8_t *)ALIGN(to_user_pointer(area), HUGE_PAGE);

	igt_assert(area != MAP_FAILED);
	bind_to(cpu);
	if (!thp)
		igt_assert_eq(sched_setscheduler(0, SCHED_FIFO, &fifo), 0);
	else
		igt_assert_eq(madvise(area, 2 * HUGE_PAGE, MADV_HUGEPAGE), 0);
	while (!s->open)
		usleep(1000);
	at = now_ns() + (uint64_t)cpu * 10000;
	end = at + WINDOW_S * SECOND_NS;
	while (at < end && s->count[cpu] < SAMPLES_MAX) {
		s->sample[cpu][s->count[cpu]++] =
			thp ? sample_thp(at, page) : sample_timer(at);
		do
			at += step;
		while (at < now_ns());
	}
}

static int by_size(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Says what was measured, and returns the mean in ns. */
static double summarize(const char *name, const struct shared *s, int cpus)
{
	uint64_t *all, n = 0, sum = 0;

	for (int i = 0; i < cpus; i++)
		n += s->count[i];
	igt_require_f(n >= 100, "too few samples for a p99: %" PRIu64 "\n", n);
	all = malloc(n * sizeof(*all));
	igt_assert(all);
	n = 0;
	for (int i = 0; i < cpus; i++)
		for (uint64_t k = 0; k < s->count[i]; k++)
			sum += all[n++] = s->sample[i][k];
	qsort(all, n, sizeof(*all), by_size);
	igt_info("%s: p50 %.1fus p90 %.1fus p99 %.1fus max %.1fus mean %.1fus, %" PRIu64
		 " samples, %" PRIu64 " requests\n",
		 name, all[n / 2] / 1e3, all[n * 9 / 10] / 1e3, all[n * 99 / 100] / 1e3,
		 all[n - 1] / 1e3, sum / 1e3 / n, n, s->requests);
	free(all);
	return (double)sum / n;
}

/* Returns the mean of the samples while memory is held by @hold, in ns. */
static double measure(int fd, bool thp, enum hold hold)
{
	struct igt_helper_process holder = {}, walker = {};
	int cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);
	struct shared *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	uint64_t until = now_ns() + READY_S * SECOND_NS;
	char name[32];
	double mean;

	igt_assert(s != MAP_FAILED);
	cpus = cpus < CPUS_MAX ? cpus : CPUS_MAX;
	igt_fork_helper(&holder) hold_memory(fd, hold, s);
	while (!s->ready && now_ns() < until)
		usleep(10000);
	igt_assert_f(s->ready, "memory was not filled and held in %d s\n", READY_S);
	igt_fork_helper(&walker) walk();
	sleep(WARM_UP_S);
	igt_fork(cpu, cpus) probe(s, cpu, thp);
	usleep(100000);
	s->open = 1;
	igt_waitchildren();
	igt_stop_helper(&walker);
	igt_stop_helper(&holder);
	snprintf(name, sizeof(name), "%s-%s", thp ? "thp" : "timer", hold_name[hold]);
	mean = summarize(name, s, cpus);
	munmap(s, sizeof(*s));
	return mean;
}

static void require_userptr(int fd)
{
	uint32_t handle;
	void *page;

	if (is_xe_device(fd))
		return;
	page = mmap(NULL, BATCH_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		    -1, 0);
	igt_assert(page != MAP_FAILED);
	igt_require_f(__gem_userptr(fd, page, BATCH_SIZE, 0, 0, &handle) == 0,
		      "the kernel or the GPU has no userptr\n");
	gem_close(fd, handle);
	munmap(page, BATCH_SIZE);
}

static void assert_at_most(double locked, double held)
{
	igt_assert_f(held <= LIMIT * locked,
		     "%.1f us on average, %.1f us mlocked: %.1f times, at most %.0f\n",
		     held / 1e3, locked / 1e3, held / locked, LIMIT);
}

igt_main
{
	static const char *const probes[] = { "timer", "thp" };
	int fd = -1;

	igt_fixture {
		fd = drm_open_driver(DRIVER_INTEL | DRIVER_XE);
		require_userptr(fd);
		igt_require(objects_that_fit() > 0);
	}

	for (int thp = 0; thp <= 1; thp++) {
		for (enum hold hold = IDLE; hold <= BUSY; hold++) {
			igt_describe_f("Userptr against mlocked memory: %s, GPU %s.",
				       probes[thp], hold_name[hold]);
			igt_subtest_f("%s-%s", probes[thp], hold_name[hold]) {
				double locked = measure(fd, thp, LOCKED);

				assert_at_most(locked, measure(fd, thp, hold));
			}
		}
	}

	igt_fixture
		drm_close_driver(fd);
}
