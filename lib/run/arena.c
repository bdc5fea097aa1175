// SPDX-License-Identifier: MIT
/*
 * How much memory a run takes. The policy is what survived on real machines: no
 * fill above what leaves 1.5 GiB or 8 % of memory available, in a cgroup a tenth
 * of it; MemAvailable is asked again before every object.
 */
#include "run/internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "claim/leftover.h"
#include "system/sysfile.h"
#include "system/text.h"
#include "system/units.h"

/*
 * Slow enough for a walker that is stuck in reclaim to keep up, so that all loads see the
 * same walk; fast enough for reclaim to look at pinned memory many times over.
 */
#define RATE_IN_CGROUP	(256 * MIB)
#define RATE_ON_MACHINE (1 * GIB)

#define AUTO_ARENA	   (2 * GIB)
#define AUTO_ARENA_MIN	   (256 * MIB)
#define FILL_WITH_SWAP_MAX 0.9

/* Of the machine's own swap: with so much free, reclaim looks at anonymous memory. */
#define FREE_SWAP_ENOUGH (64 * MIB)
/* Little is used: what counts is that slots are free. */
#define AUTO_SWAP_MIN (32 * MIB)
#define AUTO_SWAP_MAX (256 * MIB)
/* The pageout probe swaps out whole objects. */
#define PAGEOUT_SWAP_OBJECTS 4

/* Default distances of the instants. The timer's are those of gem_syslatency. */
#define TIMER_MIN_NS (100 * NSEC_PER_USEC)
#define TIMER_MAX_NS (1100 * NSEC_PER_USEC)
#define THP_MIN_NS   (2 * NSEC_PER_MSEC)
#define THP_MAX_NS   (8 * NSEC_PER_MSEC)

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static int size_arena(const struct run_options *o, const struct meminfo *m,
		      struct run_sizes *s, char *why, size_t size)
{
	char text[32];

	s->machine = o->arena == ARENA_MACHINE;
	if (s->machine)
		return 0;
	s->arena_bytes = o->arena_bytes;
	if (o->arena == ARENA_AUTO)
		s->arena_bytes =
			min_u64(AUTO_ARENA, m->available / 2) / (64 * MIB) * (64 * MIB);
	if (o->arena == ARENA_AUTO && s->arena_bytes < AUTO_ARENA_MIN)
		return why_not(why, size, -ENOMEM,
			       "only %s of memory are available: too little for an arena",
			       format_size(m->available, text, sizeof(text)));
	if (s->arena_bytes > m->available / 10 * 9)
		return why_not(why, size, -ENOMEM,
			       "a cgroup of %s needs more memory than is available",
			       format_size(s->arena_bytes, text, sizeof(text)));
	return 0;
}

/* On small machines (a 1.5 GiB guest) 1.5 GiB cannot be left: a fifth is then. */
static uint64_t machine_floor(const struct meminfo *m)
{
	return max_u64(min_u64(3 * GIB / 2, m->total / 5), m->total * 8 / 100);
}

/* A thread a CPU; but what they fill at once must stay small beside the arena. */
static unsigned int fill_threads(uint64_t arena, uint64_t object_size)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	return (unsigned int)max_u64(
		1, min_u64(cpus > 0 ? (uint64_t)cpus : 1, arena / 16 / object_size));
}

static int size_fill(const struct run_options *o, const struct meminfo *m,
		     struct run_sizes *s, char *why, size_t size)
{
	uint64_t arena = s->machine ? m->total : s->arena_bytes;
	uint64_t most = s->machine ? (uint64_t)((double)m->total * FILL_WITH_SWAP_MAX)
				   : arena / 10 * 9;
	uint64_t left;

	s->floor = s->machine ? machine_floor(m) : arena / 20;
	/* Two objects less, since what is available goes up and down while memory is filled. */
	left = s->machine ? m->available : arena;
	left = left > s->floor + 2 * o->object_size ? left - s->floor - 2 * o->object_size
						    : 0;
	s->fill_threads = fill_threads(arena, o->object_size);
	s->fill_bytes = o->fill_fraction > 0
				? (uint64_t)((double)arena * o->fill_fraction)
				: o->fill_bytes;
	s->fill_bytes = min_u64(min_u64(s->fill_bytes, most), left);
	s->fill_bytes -= s->fill_bytes % o->object_size;
	if (s->fill_bytes == 0)
		return why_not(
			why, size, -ENOMEM,
			"not one object of %llu MiB fits: make --arena or --fill larger, or --object-size smaller",
			(unsigned long long)(o->object_size / MIB));
	return 0;
}

/*
 * Decides on a swap file, in which at least @room bytes have their place. Returns how much anonymous
 * memory can leave for swap in all.
 */
static uint64_t size_swap(const struct run_options *o, const struct meminfo *m,
			  uint64_t room, struct run_sizes *s)
{
	uint64_t arena = s->machine ? m->total : s->arena_bytes, size;

	if (o->swap == SWAP_NONE)
		return 0;
	if (o->swap == SWAP_OWN ||
	    (o->swap_bytes == 0 && m->swap_free >= max_u64(FREE_SWAP_ENOUGH, room)))
		return m->swap_free;
	size = min_u64(max_u64(arena / 16, AUTO_SWAP_MIN), AUTO_SWAP_MAX);
	s->swap_bytes = o->swap_bytes ? o->swap_bytes : max_u64(size, room);
	return m->swap_free + s->swap_bytes;
}

/*
 * Half as much again as the page cache can come to hold, which is the room beside the objects
 * and what of them can leave for swap. What each pass evicts, the next wants back soon
 * enough for the kernel to call it a working set and to look for room in anonymous
 * memory too; a much larger file is taken for a stream, and only its own pages are
 * ever scanned.
 */
static uint64_t size_loop(const struct run_sizes *s, uint64_t room, uint64_t swap)
{
	return (room + min_u64(swap, s->fill_bytes)) / 2 * 3 / MIB * MIB;
}

static void size_walker(const struct run_options *o, const struct meminfo *m,
			uint64_t swap, struct run_sizes *s)
{
	uint64_t room = (s->machine ? m->available : s->arena_bytes) - s->fill_bytes;

	s->walker_rate = o->walker_rate != WALKER_RATE_AUTO ? o->walker_rate
			 : s->machine			    ? RATE_ON_MACHINE
							    : RATE_IN_CGROUP;
	s->walker_size = o->walker_size ? o->walker_size : size_loop(s, room, swap);
	s->cycle_bytes = o->walker == WALK_LOOP ? s->walker_size : room;
}

int run_size(const struct run_request *request, struct run_sizes *s, char *why,
	     size_t size)
{
	const struct run_options *o = request->options;
	bool pageout = request->probe == PROBE_PAGEOUT;
	bool thp = request->probe == PROBE_THP;
	struct memcg_limit above;
	struct meminfo m;
	uint64_t swap;
	int ret;

	*s = (struct run_sizes){
		.interval_min_ns = o->interval_max_ns ? o->interval_min_ns
				   : thp	      ? THP_MIN_NS
						      : TIMER_MIN_NS,
		.interval_max_ns = o->interval_max_ns ? o->interval_max_ns
				   : thp	      ? THP_MAX_NS
						      : TIMER_MAX_NS,
	};
	ret = meminfo_read(&m);
	if (ret < 0)
		return why_not(why, size, ret, "cannot read /proc/meminfo");
	if (memcg_limit_above(&above) && above.bytes < m.available)
		m.available = above.bytes;
	s->watchdog_floor = max_u64(min_u64(512 * MIB, m.total / 16), m.total * 3 / 100);
	ret = size_arena(o, &m, s, why, size);
	if (ret == 0 && run_has_memory(request))
		ret = size_fill(o, &m, s, why, size);
	if (ret < 0)
		return ret;
	if (!run_has_memory(request))
		return 0;
	if (pageout)
		s->interval_min_ns = s->interval_max_ns = 0;
	/* What was swapped in may keep its place in swap for a while: room for a few objects. */
	swap = size_swap(o, &m, pageout ? PAGEOUT_SWAP_OBJECTS * o->object_size : 0, s);
	size_walker(o, &m, swap, s);
	return 0;
}

/*
 * The least size of a tree that the walker reads. It has to be larger than the arena: the kernel takes
 * pages that are wanted back before as much was read as there are active pages (anonymous ones among
 * them, if swap is free) for a working set and makes room for it (mm/workingset.c), and what find has
 * read is not wanted back. Twice the arena, so that slab is pressed too: the kernel keeps the inodes of
 * files that were evicted until there is a radix tree node of theirs for each 32 KiB of memory
 * (count_shadow_nodes() in mm/workingset.c); of one and a half times the arena they are too few.
 */
static int size_tree(const struct run_sizes *s, uint64_t *bytes)
{
	struct meminfo m = { 0 };
	int ret = meminfo_read(&m);

	*bytes = 2 * (s->machine ? m.total : s->arena_bytes);
	return ret;
}

/* Whether it is left to the machine which tree is read. */
static bool any_tree(const struct run_options *o)
{
	return o->walker == WALK_TREE && !o->walker_tree && !o->walker_made;
}

/* @prefix and @bytes, to the byte. */
static void put_size(char *text, size_t size, const char *prefix, uint64_t bytes)
{
	char number[32];
	uint64_t same;

	format_size(bytes, number, sizeof(number));
	if (parse_size(number, &same) < 0 || same != bytes)
		snprintf(number, sizeof(number), "%llu", (unsigned long long)bytes);
	snprintf(text, size, "%s%s", prefix, number);
}

static void put_swap(char *text, size_t size, const struct run_sizes *s)
{
	if (s->swap_bytes > 0)
		put_size(text, size, "auto:", s->swap_bytes);
	else
		snprintf(text, size, "own");
}

static int put_walker(char *text, size_t size, const struct run_options *o,
		      const struct run_sizes *s)
{
	uint64_t bytes;
	int ret;

	if (o->walker == WALK_LOOP && !o->walker_size)
		put_size(text, size, "loop:", s->walker_size);
	if (!any_tree(o))
		return 0;
	ret = size_tree(s, &bytes);
	if (ret == 0)
		snprintf(text, size, "%s",
			 tree_holds("/", bytes) ? "tree:/" : "tree:made");
	return ret;
}

int run_work_out(const struct run_options *o, struct run_automatic *automatic, char *why,
		 size_t size)
{
	struct run_request walk = { .options = o, .probe = PROBE_THP, .rung = RUNG_BASE };
	struct run_request quiet = { .options = o,
				     .probe = PROBE_PAGEOUT,
				     .rung = RUNG_BASE };
	struct run_automatic *a = automatic;
	struct run_sizes s = { 0 }, of_quiet = { 0 };
	int ret = run_size(&walk, &s, why, size);

	*a = (struct run_automatic){ 0 };
	if (ret == 0)
		ret = run_size(&quiet, &of_quiet, why, size);
	if (ret < 0)
		return ret;
	if (o->arena == ARENA_AUTO)
		put_size(a->arena, sizeof(a->arena), "cgroup:", s.arena_bytes);
	if (o->fill_fraction > 0)
		put_size(a->fill, sizeof(a->fill), "", s.fill_bytes);
	if (o->swap == SWAP_AUTO && o->swap_bytes == 0) {
		put_swap(a->swap, sizeof(a->swap), &s);
		put_swap(a->pageout_swap, sizeof(a->pageout_swap), &of_quiet);
	}
	if (o->walker_rate == WALKER_RATE_AUTO)
		put_size(a->walker_rate, sizeof(a->walker_rate), "", s.walker_rate);
	ret = put_walker(a->walker, sizeof(a->walker), o, &s);
	return ret < 0 ? why_not(why, size, ret, "cannot read /proc/meminfo") : 0;
}

/*
 * The arena's cgroup, the run's swap and its tree. Each is told to the watchdog before it is
 * made, so that it is put back however the run ends.
 */

static int make_memcg(struct run *r)
{
	struct watchdog_duties *d = &r->shared->duties;
	int ret;

	if (r->sizes.machine)
		return 0;
	d->has_memcg = 1;
	ret = memcg_create(&d->memcg, r->sizes.arena_bytes);
	if (ret == 0)
		return 0;
	d->has_memcg = 0;
	return run_fail(r, ret, "cannot make a memory cgroup: %s", strerror(-ret));
}

static int make_swap_file(struct run *r, uint64_t bytes)
{
	struct watchdog_duties *d = &r->shared->duties;
	char size[32];
	int ret;

	d->has_swap = 1;
	ret = swap_file_create(&d->swap, r->request->options->scratch, bytes);
	if (ret < 0) {
		d->has_swap = 0;
		snprintf(r->swap_why, sizeof(r->swap_why),
			 "cannot make a swap file in %s: %s",
			 r->request->options->scratch, strerror(-ret));
		return ret;
	}
	snprintf(r->swap, sizeof(r->swap), "file:%s",
		 format_size(bytes, size, sizeof(size)));
	return 0;
}

static int make_swap(struct run *r)
{
	int ret;

	if (r->sizes.swap_bytes == 0) {
		snprintf(r->swap, sizeof(r->swap), "%s",
			 r->request->options->swap == SWAP_NONE ? "none" : "own");
		return 0;
	}
	ret = make_swap_file(r, r->sizes.swap_bytes);
	if (ret < 0 && r->request->options->swap == SWAP_FILE)
		return run_fail(r, ret, "%s", r->swap_why);
	/* With auto the run goes on: base and locked can do without. */
	return 0;
}

/* Decides what the walker reads: a tree that is made, where / is too small for one. */
static int choose_tree(struct run *r)
{
	const struct run_options *o = r->request->options;
	struct watchdog_duties *d = &r->shared->duties;
	struct run_sizes *s = &r->sizes;
	uint64_t bytes;
	int ret;

	s->walker_tree = o->walker_tree;
	if (!run_has_walk(r->request) || o->walker != WALK_TREE || o->walker_tree)
		return 0;
	ret = size_tree(s, &bytes);
	if (ret < 0)
		return ret;
	if (any_tree(o) && tree_holds("/", bytes)) {
		s->walker_tree = "/";
		return 0;
	}
	s->made_bytes = bytes;
	ret = made_tree_name(&d->tree, o->scratch);
	d->has_tree = ret == 0;
	return ret < 0 ? run_fail(r, ret, "--scratch: %s", strerror(-ret)) : 0;
}

void run_clear(const char *scratch)
{
	leftovers_remove(scratch);
	made_tree_remove_stale(scratch);
}

int run_make_arena(struct run *r)
{
	int ret;

	snprintf(r->swap, sizeof(r->swap), "none");
	if (!run_has_memory(r->request))
		return 0;
	ret = make_memcg(r);
	if (ret < 0)
		return ret;
	r->swappiness = memcg_swappiness(run_memcg(r));
	ret = make_swap(r);
	return ret < 0 ? ret : choose_tree(r);
}
