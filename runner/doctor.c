// SPDX-License-Identifier: MIT
#include "pinlat.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "claim/leftover.h"
#include "claim/lock.h"
#include "device/drivers.h"
#include "message.h"
#include "render/table.h"
#include "system/alloc.h"
#include "system/cgroup.h"
#include "system/cleanup.h"
#include "system/devices.h"
#include "system/facts.h"
#include "system/sysfile.h"
#include "system/process.h"
#include "system/units.h"
#include "test_binary.h"
#include "system/text.h"

/* Where the swap file and the walker's files go unless --scratch says otherwise. */
#define SCRATCH "/var/tmp"
/* The arena that `auto` takes: a cgroup of at most this. */
#define AUTO_ARENA (2 * GIB)
/* Below this a run has nothing left to fill. */
#define LEAST_MEMORY (512 * MIB)
/* In us of each second on a CPU: with less the timer probe is put to sleep. */
#define RT_BUDGET_LEAST 100000

/* What the checks have found that the last sentence is made of. */
struct diagnosis {
	struct facts facts;
	struct meminfo memory;
	bool may_make_cgroup;
	char test[PATH_MAX]; /* the test binary, empty: none was found */
	char engine[32];     /* the first usable one, empty: none */
	char obstacle[200];  /* the first thing that prevents a run */
};

/* How the checks are shown, and how many of them went well. */
static struct {
	bool verbose, colour;
	size_t fine;
} shown;

enum outcome { OUTCOME_OK, OUTCOME_WARN, OUTCOME_FAIL };

/*
 * One line, and below it what there is to do about it unless @todo is NULL. What went well is counted,
 * and shown with -v. With @d it is something without which there is no run; the first of them is
 * what the end says.
 */
__attribute__((format(printf, 4, 5))) static void
say(struct diagnosis *d, enum outcome outcome, const char *todo, const char *format, ...)
{
	static const char *const mark[] = { "ok", "warn", "FAIL" };
	static const char *const colour[] = { "\033[32m", "\033[33m", "\033[1;31m" };
	CLEANUP_FREE char *text = NULL;
	va_list args;

	shown.fine += outcome == OUTCOME_OK;
	if (outcome == OUTCOME_OK && !shown.verbose)
		return;
	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	if (d && !*d->obstacle)
		snprintf(d->obstacle, sizeof(d->obstacle), "%s", text);
	printf("%s%-5s%s ", shown.colour ? colour[outcome] : "", mark[outcome],
	       shown.colour ? "\033[0m" : "");
	print_wrapped(stdout, make_printable(text), shown_width(SIZE_MAX), 6, 6);
	if (!todo)
		return;
	printf("      → ");
	print_wrapped(stdout, todo, shown_width(SIZE_MAX), 8, 8);
}

#define ok(...)		   say(NULL, OUTCOME_OK, NULL, __VA_ARGS__)
#define warn(todo, ...)	   say(NULL, OUTCOME_WARN, todo, __VA_ARGS__)
#define fail(d, todo, ...) say(d, OUTCOME_FAIL, todo, __VA_ARGS__)

static void check_privileges(struct diagnosis *d)
{
	uint64_t lockable = may_lock_bytes();
	struct cpu_limits limits;
	char buf[32];

	if (geteuid() == 0)
		ok("user: root");
	else
		warn("run as root, e.g. `sudo pinlat …`", "user: not root");
	cgroup_cpu_limits(&limits);
	if (limits.rt_budget < RT_BUDGET_LEAST)
		fail(d,
		     "raise cpu.rt_runtime_us of the cgroup; --probes thp does without",
		     "scheduling: real-time tasks may have only %.1f %% of a CPU here",
		     (double)limits.rt_budget / 1e4);
	else if (may_use_fifo(99))
		ok("scheduling: SCHED_FIFO 99 may be used");
	else
		fail(d,
		     "run as root, or raise the limit `ulimit -r` to 99; --probes thp does without",
		     "scheduling: SCHED_FIFO may not be used");
	if (lockable == UINT64_MAX)
		ok("memlock: any amount may be locked and pinned");
	else if (lockable < LEAST_MEMORY)
		fail(d, "run as root, or raise the limit: `ulimit -l unlimited`",
		     "memlock: only %s may be locked and pinned",
		     format_size(lockable, buf, sizeof(buf)));
	else
		warn("`ulimit -l unlimited` lifts it",
		     "memlock: at most %s may be locked and pinned",
		     format_size(lockable, buf, sizeof(buf)));
}

static void check_lock(void)
{
	char who[300];

	if (lock_is_held(who, sizeof(who)))
		warn("let it end, or add --wait to `pinlat run`", "%s", who);
	else
		ok("other pinlats: none is at work");
}

static void say_left_over(const char *what, const char *where)
{
	warn("the next run removes it", "left over from a run that was killed: %s, %s",
	     what, where);
}

static void check_scratch(void)
{
	struct statfs st;
	uint64_t space;
	char buf[32];

	if (statfs(SCRATCH, &st) < 0 || access(SCRATCH, W_OK) < 0) {
		warn("name another directory with --scratch DIR",
		     "scratch: " SCRATCH " cannot be written to: %s", strerror(errno));
		return;
	}
	space = (uint64_t)st.f_bavail * (uint64_t)st.f_frsize;
	format_size(space / MIB * MIB, buf, sizeof(buf));
	if (st.f_type != EXT4_SUPER_MAGIC && st.f_type != XFS_SUPER_MAGIC &&
	    st.f_type != BTRFS_SUPER_MAGIC)
		warn("name a directory on ext4, xfs or btrfs with --scratch DIR",
		     "scratch: " SCRATCH
		     " is on none of ext4, xfs and btrfs (type %#lx): neither a swap file nor sparse files may work there",
		     (unsigned long)st.f_type);
	else if (space < 512 * MIB)
		warn("free some, or name another directory with --scratch DIR",
		     "scratch: " SCRATCH " has %s free, which may not hold a swap file",
		     buf);
	else
		ok("scratch: " SCRATCH ", %s free", buf);
}

static void check_swap(const struct diagnosis *d)
{
	uint64_t bytes = d->facts.swap_free;
	char buf[32];

	if (bytes > 0)
		ok("swap: %s free (%s)", format_size(bytes, buf, sizeof(buf)),
		   d->facts.swaps);
	else if (has_capability(CAP_SYS_ADMIN))
		ok("swap: none free; a swap file is made for each run and removed after it");
	else
		warn("run as root, so that a swap file can be made for the run",
		     "swap: none free, and none can be made: reclaim will not look at pinned pages");
}

static void check_thp(struct diagnosis *d)
{
	char why[100], todo[200];

	if (!thp_possible(why, sizeof(why), todo, sizeof(todo)))
		fail(d, todo, "THP: %s (--probes timer does without)", why);
	else
		ok("THP: %s, defrag %s", d->facts.thp_enabled,
		   *d->facts.thp_defrag ? d->facts.thp_defrag : "unknown");
}

/* Without it a run is as good, but says less of its tail. */
static void check_delays(void)
{
	struct taskstats_reader t;
	int ret = taskstats_open(&t);

	if (ret == -EPERM)
		warn("run as root (CAP_NET_ADMIN)",
		     "delay accounting: this user may not ask; slow allocations are not explained");
	else if (ret < 0)
		warn("boot a kernel with CONFIG_TASKSTATS and CONFIG_TASK_DELAY_ACCT",
		     "delay accounting: %s; slow allocations are not explained",
		     ret == -EPROTO ? "not of a layout that is known"
				    : "this kernel has none");
	else
		ok("delay accounting: taskstats %u, %s", t.version,
		   delay_accounting_is_off() ? "off; on during each thp run" : "on");
	taskstats_close(&t);
}

/* What cgroups above the arena allow. */
static void check_limits(struct diagnosis *d)
{
	struct memcg_limit limit;
	struct cpu_limits cpu;
	char buf[32];

	cgroup_cpu_limits(&cpu);
	if (cpu.quota < 1000000ull * d->facts.cpus_online)
		warn("leave that cgroup, or lift its quota (cpu.cfs_quota_us, cpu.max)",
		     "cgroup: all of a run may have %.2f CPUs only, and stands still for the rest",
		     (double)cpu.quota / 1e6);
	if (!memcg_limit_above(&limit) || limit.bytes >= d->memory.total)
		return;
	format_size(limit.bytes / MIB * MIB, buf, sizeof(buf));
	if (limit.bytes < d->memory.available)
		d->memory.available = limit.bytes;
	if (limit.bytes < LEAST_MEMORY)
		fail(d, "raise that limit, or leave the cgroup",
		     "cgroup: only %s may be used, the limit of %s", buf, limit.path);
	else
		warn("use a smaller one: --arena cgroup:SIZE",
		     "cgroup: only %s may be used, the limit of %s", buf, limit.path);
}

static void check_cgroup(struct diagnosis *d)
{
	char root[PATH_MAX];
	int version = memcg_version(root, sizeof(root));

	if (version < 0) {
		warn("mount a cgroup hierarchy with the memory controller, or use --arena machine as root",
		     "cgroup: no memory controller");
	} else if (geteuid() != 0 && access(root, W_OK) < 0) {
		warn("run as root; without, only the idle loads work: --loads idle",
		     "cgroup: version %d, but this user may not make one", version);
	} else {
		d->may_make_cgroup = true;
		ok("cgroup: memory controller of version %d at %s", version, root);
	}
	check_limits(d);
}

/* What there is to do about an engine that is not usable. */
static const char *engine_needs(const char *name)
{
	if (strcmp(name, "i915") == 0)
		return "it wants an Intel GPU with the i915 driver and userptr; uring does without";
	if (strcmp(name, "xe") == 0)
		return "it wants an Intel GPU with the xe driver (Lunar Lake and later have no other); uring does without";
	return "the loads idle, base and locked do without an engine";
}

static void check_engines(struct diagnosis *d)
{
	struct part_answer engine[16];
	const char *path = d->test;
	int n;

	if (test_binary_find(d->test, sizeof(d->test)) < 0) {
		*d->test = '\0';
		fail(d, "build it, or name it in PINLAT_TEST", "test binary: not found");
		return;
	}
	n = test_binary_parts(path, "--list-engines", engine, 16);
	if (n < 0) {
		fail(d, "is it the right program, and does it start?",
		     "test binary: %s does not list its engines", path);
		return;
	}
	ok("test binary: %s", path);
	for (int i = 0; i < n; i++) {
		/* The first usable one is what --engine auto takes. */
		if (engine[i].usable && !*d->engine)
			snprintf(d->engine, sizeof(d->engine), "%s", engine[i].name);
		if (engine[i].usable)
			ok("engine %s: usable%s%s", engine[i].name,
			   *engine[i].why ? ", " : "", engine[i].why);
		else
			warn(engine_needs(engine[i].name), "engine %s: not usable%s%s",
			     engine[i].name, *engine[i].why ? ", " : "", engine[i].why);
	}
	if (!*d->engine)
		say(NULL, OUTCOME_FAIL, "--loads idle,base,locked does without",
		    "engines: none is usable");
}

/* Without it a run is as good; it is --explain alone that wants it. */
static void check_tracing(const struct diagnosis *d)
{
	struct part_answer part[4];
	int n = *d->test ? test_binary_parts(d->test, "--list-tracing", part, 4) : 0;

	for (int i = 0; i < n; i++) {
		if (part[i].usable)
			ok("--explain, %s: %s", part[i].name, part[i].why);
		else
			warn("optional; see docs/explain.md", "--explain, %s: %s",
			     part[i].name, part[i].why);
	}
}

/* Whether the wait that the loads of this driver are there to show exists on this kernel. */
static void check_driver(const struct diagnosis *d, const char *driver)
{
	const struct driver_regime *regime = driver_regime(driver, d->facts.release);
	char releases[40];

	if (!regime)
		return;
	driver_regime_releases(regime, releases, sizeof(releases));
	if (regime->waits)
		ok("%s, Linux %s: its MMU notifier, which reclaim calls, %s", driver,
		   releases, regime->notifier);
	else
		warn("measure it with a driver or a kernel that waits; the driver's shrinker may wait still (--arena machine)",
		     "%s, Linux %s: its MMU notifier, which reclaim calls, %s", driver,
		     releases, regime->notifier);
}

static void check_devices(const struct diagnosis *d)
{
	struct drm_device *devices = NULL;
	int n = drm_devices_list(&devices);

	if (n == 0)
		ok("DRM devices: none (the engines i915 and xe need one, uring does not)");
	for (int i = 0; i < n; i++) {
		ok("DRM device: %s driver %s %s",
		   *devices[i].card ? devices[i].card : devices[i].render,
		   *devices[i].driver ? devices[i].driver : "none", devices[i].name);
		check_driver(d, devices[i].driver);
	}
	if (n < 0)
		warn("look at `dmesg` and /dev/dri", "DRM devices: cannot be listed: %s",
		     strerror(-n));
	else
		drm_devices_free(devices, (size_t)n);
}

static void check_processor(const struct diagnosis *d)
{
	const struct facts *f = &d->facts;
	int fd = hold_cpu_latency();

	ok("CPUs: %" PRIu32 " online, %s", f->cpus_online,
	   *f->cpu_model ? f->cpu_model : "unknown model");
	if (!*f->governor)
		ok("governor: not reported");
	else if (strcmp(f->governor, "performance") == 0)
		ok("governor: performance");
	else
		warn("cpupower frequency-set -g performance", "governor: %s",
		     f->governor);
	if (fd >= 0)
		ok("cpu_dma_latency: can be held at 0");
	else
		warn("run as root; else idle CPUs sleep deeply and wake late",
		     "cpu_dma_latency: cannot be held: %s", strerror(-fd));
	if (fd >= 0)
		close(fd);
}

static void check_kernel(const struct diagnosis *d)
{
	const struct facts *f = &d->facts;

	ok("kernel: %s, preemption %s", f->release, *f->preempt ? f->preempt : "unknown");
	if (f->virtual_machine)
		warn("trust ratios between runs, not the microseconds",
		     "machine: virtual (%s); the host disturbs it",
		     *f->hypervisor ? f->hypervisor : "hypervisor unknown");
	else
		ok("machine: real hardware");
	if (!*f->lru_gen || strtoul(f->lru_gen, NULL, 0) == 0)
		ok("MGLRU: off");
	else
		warn("echo n > /sys/kernel/mm/lru_gen/enabled compares with kernels that lack it",
		     "MGLRU: on (%s); reclaim reaches pinned pages more rarely",
		     f->lru_gen);
}

static void check_memory(struct diagnosis *d)
{
	char total[32], available[32];
	int ret = meminfo_read(&d->memory);

	if (ret < 0) {
		fail(d, "mount /proc", "memory: /proc/meminfo cannot be read: %s",
		     strerror(-ret));
		return;
	}
	format_size(d->memory.total / MIB * MIB, total, sizeof(total));
	format_size(d->memory.available / MIB * MIB, available, sizeof(available));
	if (d->memory.available < LEAST_MEMORY)
		fail(d, "end what uses it",
		     "memory: %s of %s available, less than any run needs", available,
		     total);
	else if (d->memory.available < AUTO_ARENA + GIB)
		warn("use a smaller one: --arena cgroup:512M",
		     "memory: %s of %s available, little beside a cgroup of 2G",
		     available, total);
	else
		ok("memory: %s of %s available", available, total);
}

/* The arena that `auto` would take, or a word that there is none. */
static const char *choose_arena(const struct diagnosis *d, char *buf, size_t size)
{
	char bytes[32];
	uint64_t half = d->memory.available / 2 / (64 * MIB) * (64 * MIB);

	if (!d->may_make_cgroup)
		return geteuid() == 0 ? "machine (say --arena machine)"
				      : "none (--loads idle)";
	snprintf(
		buf, size, "cgroup:%s",
		format_size(half < AUTO_ARENA ? half : AUTO_ARENA, bytes, sizeof(bytes)));
	return buf;
}

static int conclude(const struct diagnosis *d)
{
	CLEANUP_FREE char *text = NULL;
	char arena[64];

	if (*d->obstacle)
		text = xasprintf("No run is possible here yet: %s.", d->obstacle);
	else if (!*d->engine)
		text = xasprintf(
			"Only the loads idle, base and locked are possible here (--loads idle,base,locked), arena %s: no engine is usable.",
			choose_arena(d, arena, sizeof(arena)));
	else
		text = xasprintf("A run is possible here: arena %s, engine %s.",
				 choose_arena(d, arena, sizeof(arena)), d->engine);
	putchar('\n');
	print_wrapped(stdout, text, shown_width(SIZE_MAX), 0, 0);
	return *d->obstacle || !*d->engine ? PINLAT_FAILED : PINLAT_OK;
}

static int pinlat_doctor(int argc, char **argv)
{
	CLEANUP_FREE struct diagnosis *d = xcalloc(1, sizeof(*d));

	parse_options(&doctor_page, &shown, argc, argv);
	shown.colour = use_colour();
	facts_collect(&d->facts);
	check_kernel(d);
	check_processor(d);
	check_memory(d);
	check_privileges(d);
	check_lock();
	leftovers_find(SCRATCH, say_left_over);
	check_cgroup(d);
	check_swap(d);
	check_scratch();
	check_thp(d);
	check_delays();
	check_devices(d);
	check_engines(d);
	check_tracing(d);
	if (!shown.verbose)
		printf("%zu other check%s went well (-v lists them).\n", shown.fine,
		       PLURAL(shown.fine));
	return finish_output(conclude(d));
}

static const struct option_row rows[] = {
	{ .name = "verbose",
	  .letter = 'v',
	  .help = "list the checks that went well, too",
	  .field = offsetof(typeof(shown), verbose) },
	{ 0 },
};

const struct option_page doctor_page = {
	.name = "doctor",
	.what = "check whether this machine can measure, and what to mend",
	.usage = "pinlat doctor [-v]",
	.about =
		"Checks whether this machine can measure. Prints a line for each check that warns or\n"
		"fails, and below it what to do. Changes nothing.\n",
	.notes = "Exit status: 0 a run of every load is possible here, 3 it is not.\n",
	.main = pinlat_doctor,
	.table = { { .rows = rows } },
};
