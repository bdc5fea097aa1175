// SPDX-License-Identifier: MIT
/*
 * One caller, one call after the other: nothing here depends on how many CPUs there are, or on
 * memory being short. Each sample meets the same state: its pages were written to just before, so
 * that they are there and dirty; what was taken is touched again before the next one.
 *
 * memory.reclaim cannot be told what to take. Where its call succeeds it has freed at least as much as
 * was asked for, where it gives -EAGAIN it has not: so its pages count as freed or as kept all
 * together.
 */
#include "probe/pageout.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "probe/probe.h"
#include "stats/random.h"
#include "system/sysfile.h"
#include "system/units.h"

#define POLL_NS (20 * NSEC_PER_USEC)
/* How long an object may take to be written; the kernel counts to within so many pages. */
#define WRITTEN_NS    (2 * NSEC_PER_SEC)
#define WRITTEN_PAGES 256
#define EVERY	      (PAGEOUT_PAGES / PAGEOUT_OBJECTS)

const char *const pageout_way_name[PAGEOUT_WAYS] = { "owner", "outside", "reclaim" };
const char *const pageout_unit_name[PAGEOUT_UNITS] = { "page", "object" };

/* A measurement, while it lasts. */
struct pageout_work {
	struct pageout *p;
	struct probe_cpu *cpu;
	struct random_state random;
	uint64_t end_ns;
	int pidfd;   /* of the load child */
	int reclaim; /* memory.reclaim */
};

void pageout_forget(struct pageout *p)
{
	for (int w = 0; w < PAGEOUT_WAYS; w++) {
		for (int u = 0; u < PAGEOUT_UNITS; u++) {
			p->row[w][u] = (struct pageout_row){ 0 };
			histogram_reset(&p->row[w][u].took);
		}
	}
}

/* Asks the load child, and waits for its answer. Returns 0 or -errno. */
static int ask(struct pageout_work *k, enum pageout_question question)
{
	struct pageout_desk *desk = k->p->config.desk;

	desk->question = question;
	desk->asked++;
	/* It is the test that notices if the load child has died, and then ends us. */
	while (desk->answered != desk->asked)
		sleep_ns(POLL_NS);
	return desk->error;
}

/* Chooses what is taken next, by the seed. */
static void choose(struct pageout_work *k, enum pageout_unit unit)
{
	const struct pageout_config *c = &k->p->config;
	struct pageout_desk *desk = c->desk;

	desk->object = random_below(&k->random, c->objects);
	desk->offset = 0;
	desk->bytes = c->object_size;
	if (unit == PAGEOUT_OBJECT)
		return;
	desk->bytes = page_size();
	desk->offset =
		random_below(&k->random, c->object_size / page_size()) * page_size();
}

static void call_outside(const struct pageout_work *k, struct pageout_call *call)
{
	const struct pageout_desk *desk = k->p->config.desk;
	struct iovec part = { desk->address, desk->bytes };
	long ret;

	pageout_call_begin(call);
	ret = syscall(SYS_process_madvise, k->pidfd, &part, 1ul, MADV_PAGEOUT, 0u);
	pageout_call_end(call, ret < 0 ? -errno : 0);
}

static void call_memcg(const struct pageout_work *k, struct pageout_call *call)
{
	char text[32];
	size_t length = (size_t)snprintf(text, sizeof(text), "%llu",
					 (unsigned long long)k->p->config.desk->bytes);
	ssize_t ret;

	pageout_call_begin(call);
	ret = write(k->reclaim, text, length);
	pageout_call_end(call, ret < 0 ? -errno : 0);
}

/* Reclaims the chosen part. Returns 0 or -errno: nothing was measured. */
static int take(struct pageout_work *k, enum pageout_way way, struct pageout_call *call,
		struct pageout_fate *fate)
{
	struct pageout_desk *desk = k->p->config.desk;
	uint64_t pages = desk->bytes / page_size();
	int ret = ask(k, PAGEOUT_TOUCH);

	if (ret < 0)
		return ret;
	if (way == PAGEOUT_MEMCG) {
		call_memcg(k, call);
		*fate = (struct pageout_fate){ .freed = call->error ? 0 : pages,
					       .kept = call->error ? pages : 0 };
		if (call->error == -EAGAIN)
			call->error = 0;
		return 0;
	}
	if (way == PAGEOUT_OUTSIDE)
		call_outside(k, call);
	else
		ret = ask(k, PAGEOUT_RECLAIM);
	if (way == PAGEOUT_OWNER)
		*call = desk->call;
	if (ret == 0)
		ret = ask(k, PAGEOUT_LOOK);
	*fate = desk->fate;
	return ret;
}

static void record(struct pageout_work *k, struct pageout_row *row,
		   const struct pageout_call *call, const struct pageout_fate *fate)
{
	uint64_t took = call->end_ns - call->start_ns;

	if (call->error < 0) {
		row->failed++;
		row->error = call->error;
		return;
	}
	histogram_add(&row->took, took);
	/* The CPU's clock is read outside of what is timed: a call of 1 us has more than that of it. */
	row->waited_ns += took > call->cpu_ns ? took - call->cpu_ns : 0;
	row->fate.kept += fate->kept;
	row->fate.unmapped += fate->unmapped;
	row->fate.freed += fate->freed;
	worst_add(&k->cpu->worst, call->start_ns, call->end_ns);
	if (row != &k->p->row[PAGEOUT_OWNER][PAGEOUT_PAGE])
		return;
	histogram_add(&k->cpu->woken, took);
	histogram_add(&k->cpu->scheduled, took);
	k->cpu->recorded++;
}

/*
 * What is still being written to swap cannot be taken: the next sample, of the same object perhaps, would
 * find another state. @before pages were being written before the call, by others.
 */
static void wait_for_swap(uint64_t before)
{
	uint64_t until = monotonic_ns() + WRITTEN_NS;

	while (vmstat_now("nr_writeback") > before + WRITTEN_PAGES &&
	       monotonic_ns() < until)
		sleep_ns(NSEC_PER_MSEC);
}

/* One sample of each way. Returns 0 or -errno. */
static int sample(struct pageout_work *k, enum pageout_unit unit)
{
	uint64_t being_written = vmstat_now("nr_writeback");
	struct pageout_call call;
	struct pageout_fate fate;
	int ret = 0;

	for (int way = 0; way < PAGEOUT_WAYS && ret == 0; way++) {
		if (k->p->missing[way])
			continue;
		if (monotonic_ns() >= k->end_ns || k->cpu->stop)
			return 0;
		choose(k, unit);
		ret = take(k, way, &call, &fate);
		if (ret == 0)
			record(k, &k->p->row[way][unit], &call, &fate);
		if (unit == PAGEOUT_OBJECT)
			wait_for_swap(being_written);
		if (ret == 0 && way == PAGEOUT_MEMCG)
			ret = ask(k, unit == PAGEOUT_OBJECT ? PAGEOUT_TOUCH_ALL
							    : PAGEOUT_TOUCH);
		else if (ret == 0)
			ret = ask(k, PAGEOUT_TOUCH);
	}
	return ret;
}

static void open_ways(struct pageout_work *k)
{
	const struct pageout_config *c = &k->p->config;
	char path[PATH_MAX + 16];

	k->pidfd = (int)syscall(SYS_pidfd_open, c->owner, 0u);
	k->p->missing[PAGEOUT_OUTSIDE] = k->pidfd < 0 ? -errno : 0;
	k->reclaim = -1;
	k->p->missing[PAGEOUT_MEMCG] = -ENODEV;
	if (!c->memcg)
		return;
	snprintf(path, sizeof(path), "%s/memory.reclaim", c->memcg->path);
	k->reclaim = open(path, O_WRONLY | O_CLOEXEC);
	k->p->missing[PAGEOUT_MEMCG] = k->reclaim < 0 ? -errno : 0;
}

int pageout_measure(struct pageout *p, struct probe_cpu *cpu, uint64_t end_ns)
{
	struct pageout_work k = { .p = p,
				  .cpu = cpu,
				  .random = random_stream(p->config.seed, 0),
				  .end_ns = end_ns };
	int ret = 0;

	open_ways(&k);
	for (int i = 0; i < PAGEOUT_PAGES && ret == 0; i++) {
		ret = sample(&k, PAGEOUT_PAGE);
		if (ret == 0 && i % EVERY == EVERY / 2)
			ret = sample(&k, PAGEOUT_OBJECT);
	}
	if (k.pidfd >= 0)
		close(k.pidfd);
	if (k.reclaim >= 0)
		close(k.reclaim);
	return ret;
}
