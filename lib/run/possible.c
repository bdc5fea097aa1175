// SPDX-License-Identifier: MIT
/* Whether a run is possible here: asked before anything is started. */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engines/engines.h"
#include "run/internal.h"
#include "system/facts.h"
#include "system/process.h"
#include "system/swap.h"
#include "system/sysfile.h"
#include "system/text.h"
#include "system/units.h"

/*
 * Of each second on a CPU, in us. The timer probe needs some hundredth of it for itself; who gets less
 * is put to sleep for the rest of the period, and that, not the kernel, would be measured.
 */
#define RT_BUDGET_LEAST 100000

static int timer_possible(const struct run_request *q, char *why, size_t size)
{
	struct cpu_limits limits;

	cgroup_cpu_limits(&limits);
	if (limits.rt_budget < RT_BUDGET_LEAST)
		return why_not(
			why, size, -EPERM,
			"real-time tasks may have only %.1f %% of a CPU here, and the timer probe would be put to sleep: raise cpu.rt_runtime_us of the cgroup",
			(double)limits.rt_budget / 1e4);
	if (may_use_fifo(q->options->priority))
		return 0;
	return why_not(
		why, size, -EPERM,
		"the timer probe needs SCHED_FIFO: run as root, or raise `ulimit -r`");
}

static int huge_pages_possible(char *why, size_t size)
{
	char what[100], todo[200];

	if (thp_possible(what, sizeof(what), todo, sizeof(todo)))
		return 0;
	return why_not(why, size, -EOPNOTSUPP, "%s: %s", what, todo);
}

/* Below a limit that the arena does not know of, the OOM killer ends the run. */
static int limit_allows(uint64_t bytes, char *why, size_t size)
{
	struct memcg_limit limit;
	char want[32], have[32];

	if (!memcg_limit_above(&limit) || limit.bytes > bytes)
		return 0;
	return why_not(
		why, size, -ENOMEM,
		"the run needs %s, and the cgroup that it runs in may have %s (%s): use a smaller --arena cgroup:SIZE, or raise that limit",
		format_size(bytes / MIB * MIB, want, sizeof(want)),
		format_size(limit.bytes / MIB * MIB, have, sizeof(have)), limit.path);
}

/* Asked for a page that is not there: nothing happens. */
static int pageout_possible(char *why, size_t size)
{
	void *nothing = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ret = nothing == MAP_FAILED ? -errno : 0;

	if (ret == 0 && madvise(nothing, page_size(), MADV_PAGEOUT) < 0)
		ret = -errno;
	if (nothing != MAP_FAILED)
		munmap(nothing, page_size());
	return ret == 0 ? 0
			: why_not(why, size, ret,
				  "the pageout probe needs MADV_PAGEOUT (Linux 5.4): %s",
				  strerror(-ret));
}

static int arena_possible(const struct run_request *q, char *why, size_t size)
{
	struct memcg cg;
	int ret;

	if (q->options->arena == ARENA_MACHINE) {
		if (geteuid() == 0)
			return 0;
		return why_not(
			why, size, -EPERM,
			"taking the whole machine's memory (--arena machine) needs root");
	}
	ret = memcg_create(&cg, 64 * MIB);
	if (ret == 0)
		ret = memcg_destroy(&cg, NSEC_PER_SEC);
	if (ret == 0)
		return 0;
	if (ret == -ENOENT)
		return why_not(
			why, size, ret,
			"there is no memory cgroup controller: use --arena machine (as root)");
	return why_not(why, size, ret, "cannot make a memory cgroup (%s): run as root",
		       strerror(-ret));
}

static int swap_possible(const struct run_request *q, char *why, size_t size)
{
	enum swap_choice choice = q->options->swap;
	struct meminfo m = { 0 };

	(void)meminfo_read(&m);
	if (choice == SWAP_NONE && m.swap_free > 0)
		return why_not(
			why, size, -EBUSY,
			"this machine has swap, which --swap none does not want: swapoff -a");
	if (choice == SWAP_FILE && !has_capability(CAP_SYS_ADMIN))
		return why_not(
			why, size, -EPERM,
			"making a swap file needs CAP_SYS_ADMIN: run as root or use --swap auto");
	return 0;
}

static int lock_possible(uint64_t bytes, char *why, size_t size)
{
	uint64_t may = may_lock_bytes();
	char want[32], have[32];

	if (may >= bytes)
		return 0;
	return why_not(
		why, size, -EPERM,
		"%s cannot be locked or pinned, the limit is %s: raise `ulimit -l` or run as root",
		format_size(bytes, want, sizeof(want)),
		format_size(may, have, sizeof(have)));
}

static int memory_possible(const struct run_request *q, char *why, size_t size)
{
	struct engine_config config = { .scratch = q->options->scratch,
					.device = q->device };
	const struct engine_ops *engine = NULL;
	struct run_sizes sizes;
	int ret;

	ret = arena_possible(q, why, size);
	if (ret == 0)
		ret = swap_possible(q, why, size);
	/* Other sizes are made to fit. */
	if (ret == 0 && q->options->arena == ARENA_CGROUP)
		ret = limit_allows(q->options->arena_bytes, why, size);
	if (ret == 0)
		ret = run_size(q, &sizes, why, size);
	if (ret == 0 && run_has_device(q)) {
		engine = engine_choose(q->options->engine, &config, why, size);
		ret = engine ? 0 : -ENODEV;
	}
	if (ret == 0 &&
	    (q->rung == RUNG_LOCKED || (engine && engine->pins_count_as_locked)))
		ret = lock_possible(sizes.fill_bytes, why, size);
	return ret;
}

/* Every probe locks what it is made of. */
static int locking_possible(char *why, size_t size)
{
	char statm[128] = "0";

	sysfile_line("/proc/self/statm", statm, sizeof(statm));
	return lock_possible(strtoull(statm, NULL, 10) * page_size(), why, size);
}

int run_possible(const struct run_request *request, char *why, size_t size)
{
	int ret = 0;

	switch (request->probe) {
	case PROBE_TIMER:
		ret = timer_possible(request, why, size);
		break;
	case PROBE_THP:
		ret = huge_pages_possible(why, size);
		break;
	case PROBE_PAGEOUT:
		ret = pageout_possible(why, size);
		break;
	}

	if (ret == 0)
		ret = locking_possible(why, size);
	return ret == 0 && run_has_memory(request) ? memory_possible(request, why, size)
						   : ret;
}
