// SPDX-License-Identifier: MIT
#include "options/run_options.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "system/sysfile.h"
#include "system/text.h"
#include "system/units.h"

/* The engines by name; a test holds them to engines[] of engine.h. */
#define ENGINES		 "auto,i915,xe,uring"
#define ENGINES_IN_WORDS "auto, i915, xe, uring"

/* How requests of the engine xe end. */
#define ENGINE_MODES "dma-fence,lr"

#define DURATION_MIN (100 * NSEC_PER_MSEC)
#define DURATION_MAX (24 * 3600 * NSEC_PER_SEC)
#define INTERVAL_MIN (20 * NSEC_PER_USEC)
#define COVER_MIN    0.001
#define COVER_MAX    64

static int set_engine(void *settings, const char *value)
{
	struct run_options *o = settings;

	o->engine = value;
	return list_has(ENGINES, value) ? 0 : -EINVAL;
}

static int set_engine_mode(void *settings, const char *value)
{
	struct run_options *o = settings;

	o->engine_mode = value;
	return list_has(ENGINE_MODES, value) ? 0 : -EINVAL;
}

static int set_arena(void *settings, const char *value)
{
	struct run_options *o = settings;

	if (!strcmp(value, "auto"))
		o->arena = ARENA_AUTO;
	else if (!strcmp(value, "machine"))
		o->arena = ARENA_MACHINE;
	else if (!strncmp(value, "cgroup:", 7) &&
		 parse_size(value + 7, &o->arena_bytes) == 0 &&
		 o->arena_bytes >= 32 * MIB)
		o->arena = ARENA_CGROUP;
	else
		return -EINVAL;
	return 0;
}

static int set_fill(void *settings, const char *value)
{
	struct run_options *o = settings;

	o->fill_fraction = 0;
	if (parse_percent(value, &o->fill_fraction) == 0)
		return o->fill_fraction <= RUN_FILL_MAX ? 0 : -EINVAL;
	return parse_size(value, &o->fill_bytes) < 0 || o->fill_bytes == 0 ? -EINVAL : 0;
}

static int set_backing(void *settings, const char *value)
{
	struct run_options *o = settings;

	if (!strcmp(value, "4k"))
		o->backing = BACKING_4K;
	else if (!strcmp(value, "thp"))
		o->backing = BACKING_THP;
	else if (!strcmp(value, "shmem"))
		o->backing = BACKING_SHMEM;
	else
		return -EINVAL;
	return 0;
}

static int set_swap_bytes(struct run_options *o, const char *value)
{
	return parse_size(value, &o->swap_bytes) < 0 || o->swap_bytes < MIB ? -EINVAL : 0;
}

static int set_swap(void *settings, const char *value)
{
	struct run_options *o = settings;

	o->swap = SWAP_AUTO;
	o->swap_bytes = 0;
	if (!strcmp(value, "auto"))
		return 0;
	if (!strncmp(value, "auto:", 5))
		return set_swap_bytes(o, value + 5);
	o->swap = SWAP_OWN;
	if (!strcmp(value, "own"))
		return 0;
	o->swap = SWAP_NONE;
	if (!strcmp(value, "none"))
		return 0;
	o->swap = SWAP_FILE;
	return set_swap_bytes(o, value);
}

static int set_walker(void *settings, const char *value)
{
	struct run_options *o = settings;

	o->walker = WALK_LOOP;
	o->walker_size = 0;
	if (!strcmp(value, "loop"))
		return 0;
	if (!strncmp(value, "loop:", 5))
		return parse_size(value + 5, &o->walker_size) < 0 || o->walker_size < MIB
			       ? -EINVAL
			       : 0;
	o->walker = WALK_STREAM;
	if (!strcmp(value, "stream"))
		return 0;
	o->walker = WALK_TREE;
	o->walker_tree = NULL;
	o->walker_made = !strcmp(value, "tree:made");
	if (o->walker_made || !strcmp(value, "tree"))
		return 0;
	if (!strncmp(value, "tree:", 5)) {
		o->walker_tree = value + 5;
		return *o->walker_tree ? 0 : -EINVAL;
	}
	o->walker = WALK_NONE;
	return strcmp(value, "none") ? -EINVAL : 0;
}

static int set_interval(void *settings, const char *value)
{
	struct run_options *o = settings;
	char min[32];
	const char *dots = strstr(value, "..");

	if (!dots) {
		if (parse_duration(value, &o->interval_min_ns) < 0)
			return -EINVAL;
		o->interval_max_ns = o->interval_min_ns;
	} else {
		if ((size_t)(dots - value) >= sizeof(min))
			return -EINVAL;
		memcpy(min, value, (size_t)(dots - value));
		min[dots - value] = '\0';
		if (parse_duration(min, &o->interval_min_ns) < 0 ||
		    parse_duration(dots + 2, &o->interval_max_ns) < 0)
			return -EINVAL;
	}
	return o->interval_min_ns < INTERVAL_MIN ||
			       o->interval_max_ns < o->interval_min_ns
		       ? -EINVAL
		       : 0;
}

static int set_cover(void *settings, const char *value)
{
	struct run_options *o = settings;
	char *end;

	errno = 0;
	o->cover = strtod(value, &end);
	return *end || end == value || errno || !(o->cover >= COVER_MIN) ||
			       o->cover > COVER_MAX
		       ? -EINVAL
		       : 0;
}

static int set_priority(void *settings, const char *value)
{
	struct run_options *o = settings;
	uint64_t priority;

	if (parse_u64(value, &priority) < 0 || priority < 1 || priority > 99)
		return -EINVAL;
	o->priority = (int)priority;
	return 0;
}

static int set_seed(void *settings, const char *value)
{
	struct run_options *o = settings;

	o->seed_given = true;
	return parse_u64(value, &o->seed);
}

#define NAME_CHARACTERS TEXT_ALNUM "._+-"

static bool is_name(const char *text)
{
	return strlen(text) < RUN_LABEL_SIZE && !text[strspn(text, NAME_CHARACTERS)];
}

const char *run_options_label(const char *release, char buf[RUN_LABEL_SIZE])
{
	snprintf(buf, RUN_LABEL_SIZE, "%s", release);
	for (char *c = buf; *c; c++)
		if (!strchr(NAME_CHARACTERS, *c))
			*c = '_';
	return buf;
}

static int set_label(void *settings, const char *value)
{
	struct run_options *o = settings;

	o->label = value;
	return is_name(value) ? 0 : -EINVAL;
}

static int set_host(void *settings, const char *value)
{
	struct run_options *o = settings;

	o->host = value;
	return is_name(value) ? 0 : -EINVAL;
}

/* A file, or a word for what standard output gets; ./pack is a file. */
static int set_record(void *settings, const char *value)
{
	struct run_options *o = settings;

	o->packed = strcmp(value, "pack") == 0;
	o->brief |= strcmp(value, "brief") == 0;
	o->record = list_has("inline,brief,pack", value) ? NULL : value;
	return 0;
}

/* Two versus subtests of it take less than 15 s each. */
static int set_preset(void *settings, const char *value)
{
	struct run_options *o = settings;

	if (strcmp(value, "ci") != 0)
		return -EINVAL;
	o->duration_ns = 4 * NSEC_PER_SEC;
	o->arena = ARENA_CGROUP;
	o->arena_bytes = 512 * MIB;
	o->walker = WALK_STREAM;
	o->brief = true;
	return 0;
}

static int set_attribution(void *settings, const char *value)
{
	struct run_options *o = settings;

	o->attribution = !strcmp(value, "on");
	return o->attribution || !strcmp(value, "off") ? 0 : -EINVAL;
}

/* clang-format off */
const struct option_row run_option_rows[] = {
	{ .name = "preset", .argument = "NAME", .words = "ci", .flags = OPTION_OF_THE_TEST,
	  .help = "settings for a purpose: ci, which is short",
	  .more = "ci is --duration 4s --arena cgroup:512M --walker stream --brief. It stands before other options, which take it back.",
	  .wanted = "ci", .set = set_preset },
	{ .name = "engine", .argument = "NAME", .standard = "auto", .words = ENGINES,
	  .help = "who holds memory for a device: auto, i915, xe or uring",
	  .more = "auto takes the engine of the GPU that is there, i915 or xe, and uring where there is none. Where it passes over a GPU, the record says why. xe does not pin memory: reclaim unmaps it, and waits for the GPU.",
	  .wanted = "an engine (" ENGINES_IN_WORDS ")", .set = set_engine },
	{ .name = "arena", .argument = "WHERE", .standard = "auto",
	  .words = "auto,machine,cgroup:512M,cgroup:1G,cgroup:2G",
	  .help = "where the memory pressure is: machine, cgroup:SIZE, or auto, a cgroup of at most 2G",
	  .more = "A cgroup has 32M or more; auto takes half of the available memory, at most 2G. machine takes the memory of the whole machine and is for test machines.",
	  .wanted = "an arena (auto, machine, cgroup:SIZE of 32M or more)",
	  .set = set_arena },
	{ .name = "duration", .argument = "TIME", .standard = "20s",
	  .help = "length of the measuring window, 100ms to 24h",
	  .wanted = "a time of 100ms to 24h (20s, 500ms)",
	  .field = offsetof(struct run_options, duration_ns), .parse = parse_duration,
	  .least = DURATION_MIN, .most = DURATION_MAX },
	{ .name = "fill", .argument = "AMOUNT", .standard = "80%",
	  .help = "how much memory the objects take: a share of the arena, at most 90%, or a size",
	  .more = "Less is filled where a floor of available memory would not be kept (machine: 1.5G or 8 %, whichever is more; on small machines a fifth; cgroup: a twentieth).",
	  .wanted = "a share of up to 90% or a size (80%, 320M)", .set = set_fill },
	{ .name = "object-size", .argument = "SIZE", .standard = "64M",
	  .flags = OPTION_PAGES,
	  .help = "size of one pinned object, 1M or more, in whole pages",
	  .wanted = "a size of 1M or more in whole pages (64M)",
	  .field = offsetof(struct run_options, object_size), .parse = parse_size,
	  .least = MIB },
	{ .name = "backing", .argument = "PAGES", .standard = "4k", .words = "4k,thp,shmem",
	  .help = "memory behind the objects: 4k, thp or shmem", .wanted = "4k, thp or shmem",
	  .more = "4k and thp are anonymous memory. shmem is shared memory (a memfd), which the kernel unmaps before it looks whether it is pinned; whether its pages are huge is what the system says (shmem_enabled).",
	  .set = set_backing },
	{ .name = "swap", .argument = "WHICH", .standard = "auto", .words = "auto,own,none",
	  .help = "auto, own, none, or the size of a swap file that is made for the run",
	  .more = "Without free swap, reclaim never looks at anonymous memory, and so not at pinned memory either. auto makes a swap file of 32M to 256M for the run and removes it after it, unless the machine has 64M of its own free; auto:SIZE makes one of SIZE in any case. Where auto can make none, the run goes on, as far as it can do without. own makes none and takes what the machine has. none measures without, and is refused where there is swap.",
	  .wanted = "auto, auto:SIZE, own, none or a size of 1M or more", .set = set_swap },
	{ .name = "walker", .argument = "WHAT", .standard = "tree",
	  .words = "tree,tree:,tree:made,stream,loop,loop:,none",
	  .help = "walk through the page cache: tree[:DIR], tree:made, stream, loop[:SIZE] or none",
	  .more = "tree reads the files below a directory in order, as find does: those of /, if that is on a disk and holds twice the arena's memory, or of DIR; tree:made, and tree where / is too small, those of a tree that is made for the run below --scratch, of twice the arena's memory, with the sizes of a system's files. Its files are of holes and take no disk, but have inodes and names. stream reads a file that is too large to be wanted again. loop reads a file again and again that is half as large again as the room that is left for the page cache, so that each pass wants back what the one before it lost: the worst case. The files of stream and loop are of holes and take no disk.",
	  .wanted = "a walk (tree, tree:DIR, tree:made, stream, loop, loop:SIZE, none)", .set = set_walker },
	{ .name = "explain", .words = "on,off",
	  .help = "trace where the time of the worst samples went; costs a little of it",
	  .more = "The record says it, and what reclaim did with the pages that it looked at; pinlat show of a single record prints it. Needs tracefs, and root; where they are missing the run goes on and the record says so. Latencies include what tracing costs; traced runs are not compared with others. --explain=off takes it back.",
	  .wanted = "on or off", .field = offsetof(struct run_options, explain) },
	{ .name = "keep-trace", .argument = "FILE",
	  .flags = OPTION_OF_THE_TEST | OPTION_FILE,
	  .help = "with --explain: keep the trace, as text for Perfetto",
	  .more = "It is the kernel's text with marks by which Perfetto shows reclaim, compaction and interrupts.",
	  .wanted = "a file name", .field = offsetof(struct run_options, keep_trace) },
	{ .name = "stop-at", .argument = "TIME",
	  .help = "end the run, and all others with it, at the first sample that is longer (50ms)",
	  .more = "The record of that run is not valid, and stopped in it tells of the sample; with --explain the end of the trace is what led to it.",
	  .wanted = "a time (50ms)", .field = offsetof(struct run_options, stop_at_ns),
	  .parse = parse_duration, .least = 1 },
	{ .name = "walker-rate", .argument = "SIZE", .usual = "256M; machine: 1G",
	  .flags = OPTION_OF_THE_TEST,
	  .help = "bytes that the walk reads a second, 0: all it can",
	  .wanted = "a size (256M; 0 for no limit)",
	  .field = offsetof(struct run_options, walker_rate), .parse = parse_size },
	{ .name = "scratch", .argument = "DIR", .standard = "/var/tmp",
	  .flags = OPTION_OF_THE_TEST | OPTION_DIRECTORY,
	  .help = "directory for swap and scratch files, on a disk",
	  .wanted = "a directory", .field = offsetof(struct run_options, scratch) },
	{ .name = "interval", .argument = "TIME",
	  .usual = "timer: 100us..1100us, thp: 2ms..8ms", .flags = OPTION_OF_THE_TEST,
	  .help = "distance of the probe's instants, TIME or MIN..MAX, 20us or more",
	  .wanted = "a time of 20us or more, or a range (1ms, 100us..1100us)",
	  .set = set_interval },
	{ .name = "priority", .argument = "N", .standard = "99",
	  .flags = OPTION_OF_THE_TEST, .help = "SCHED_FIFO priority of the timer probe",
	  .more = "The thp probe runs under SCHED_OTHER.",
	  .wanted = "a priority of 1 to 99", .set = set_priority },
	{ .name = "rate", .argument = "N", .usual = "uring: 1000, i915, xe: 0",
	  .flags = OPTION_OF_THE_TEST, .help = "requests a second, 0: all it can",
	  .wanted = "a number up to 10000000",
	  .field = offsetof(struct run_options, request_rate), .parse = parse_u64,
	  .most = 10000000 },
	{ .name = "block", .argument = "SIZE", .usual = "128k",
	  .flags = OPTION_OF_THE_TEST | OPTION_PAGES,
	  .help = "bytes of one request of uring's",
	  .wanted = "a size in whole pages (128k)",
	  .field = offsetof(struct run_options, request_size), .parse = parse_size,
	  .least = 1 },
	{ .name = "depth", .argument = "N", .usual = "uring: 8, i915, xe: 4 a CPU",
	  .flags = OPTION_OF_THE_TEST, .help = "requests in flight",
	  .wanted = "a number of 1 to 4096",
	  .field = offsetof(struct run_options, queue_depth), .parse = parse_u64,
	  .least = 1, .most = 4096 },
	{ .name = "vms", .argument = "N", .usual = "16",
	  .help = "xe: address spaces that the objects are spread over",
	  .more = "A request works in one of them, drawn at random, and counts as using all that is bound there. So each object is in CPUs * depth / vms requests at a time, on average.",
	  .wanted = "a number of 1 to 1024",
	  .field = offsetof(struct run_options, vms), .parse = parse_u64,
	  .least = 1, .most = 1024 },
	{ .name = "engine-mode", .argument = "MODE", .usual = "dma-fence",
	  .words = ENGINE_MODES,
	  .help = "xe: dma-fence (graphics) or lr (compute)",
	  .more = "dma-fence: who unmaps memory waits until the requests end. lr: until they are preempted. The driver's third mode, fault, is not there: nothing is at hand that it could be tried on.",
	  .wanted = "a mode of xe (dma-fence or lr; fault is not there yet)",
	  .set = set_engine_mode },
	{ .name = "cover", .argument = "N", .usual = "i915: 3",
	  .help = "in how many requests in flight each object is, on average, 0.001 to 64",
	  .more = "Objects are drawn at random for each request of load busy. 3: at any time the device is at work on nearly all of them (95 % if there are many), so reclaim waits nearly always. 0.05: on one of twenty, as in the thread of 2020. The requests of uring are on one object each, and those of xe on all of an address space (--vms): it changes nothing there.",
	  .wanted = "a number of 0.001 to 64 (3, 0.05)", .set = set_cover },
	{ .name = "keep-pinned", .words = "on,off",
	  .help = "load pinned: the device uses each object for a moment every 100 ms, so that it stays pinned",
	  .more = "i915 lets go of idle objects when memory is short, and load pinned shows that. With this option it shows what objects cost that stay pinned. Engines whose pins stay anyway (uring) do nothing for it.",
	  .wanted = "on or off", .field = offsetof(struct run_options, keep_pinned) },
	{ .name = "seed", .argument = "N", .usual = "that of IGT_SRANDOM",
	  .flags = OPTION_OF_THE_TEST, .help = "seed of schedules and choices",
	  .wanted = "a whole number", .set = set_seed },
	{ .name = "label", .argument = "NAME", .usual = "the kernel's release",
	  .flags = OPTION_OF_THE_TEST, .help = "label that the record carries",
	  .wanted = "a label (up to 64 of A-Z a-z 0-9 . _ + -)", .set = set_label },
	{ .name = "host", .argument = "NAME", .usual = "as the machine calls itself",
	  .help = "name of the machine in the record; none: no name",
	  .wanted = "a name (up to 64 of A-Z a-z 0-9 . _ + -)", .set = set_host },
	{ .name = "seq", .argument = "N", .flags = OPTION_OF_THE_TEST,
	  .help = "place of this run in its plan", .wanted = "a whole number",
	  .field = offsetof(struct run_options, seq), .parse = parse_u64 },
	{ .name = "attribution", .argument = "WHETHER", .standard = "on",
	  .words = "on,off", .flags = OPTION_OF_THE_TEST,
	  .help = "on or off: ask around each sample what it waited for",
	  .more = "It is asked before and after what is timed, and takes the thp probe some 10 µs a sample, the timer probe 1.",
	  .wanted = "on or off", .set = set_attribution },
	{ .name = "limit", .argument = "N", .standard = "10", .flags = OPTION_OF_THE_TEST,
	  .help = "of thp-…-versus-locked: how many times as long a page fault may take",
	  .wanted = "a number of 2 to 1000000",
	  .field = offsetof(struct run_options, limit), .parse = parse_u64,
	  .least = 2, .most = 1000000 },
	{ .name = "baseline", .argument = "FILE", .flags = OPTION_OF_THE_TEST | OPTION_FILE,
	  .help = "records of 20 or more earlier runs: fail above the largest of them",
	  .more = "A file of records or a directory with such files. They count if they are valid and of the same subtest, engine, arena and walker. With n of them and no change at all, one run in n + 1 fails.",
	  .wanted = "a file or a directory", .field = offsetof(struct run_options, baseline) },
	{ .name = "record", .argument = "WHERE", .standard = "inline",
	  .words = "inline,brief,pack", .flags = OPTION_OF_THE_TEST | OPTION_FILE,
	  .help = "inline (a line of JSON on standard output), brief (so, with --brief), pack (short lines on standard output, for logs) or a file for the records",
	  .more = "A record may take 100 kB and more: LAVA and serial lines lose such lines. pack prints it as pinlat pack does, in lines of at most 760 characters, which pinlat show, compare and report find in the log. In a file each record is a line of JSON.",
	  .wanted = "inline, brief, pack or a file name", .set = set_record },
	{ .name = "brief", .words = "on,off", .flags = OPTION_OF_THE_TEST,
	  .help = "leave the histogram of each CPU out of the record",
	  .more = "What compare and report use stays. For machines of many CPUs whose records go through igt_runner: each is one line of its results.json.",
	  .wanted = "on or off", .field = offsetof(struct run_options, brief) },
	{ .name = "wait", .words = "on,off", .flags = OPTION_OF_THE_TEST,
	  .help = "wait while another pinlat is at work, instead of skipping",
	  .more = "There is one at a time on a machine. What pinlat run has started does not wait for it.",
	  .wanted = "on or off", .field = offsetof(struct run_options, wait) },
	{ .name = "list-engines", .flags = OPTION_OF_THE_TEST,
	  .help = "list the engines and whether they work here",
	  .field = offsetof(struct run_options, list_engines) },
	{ .name = "list-tracing", .flags = OPTION_OF_THE_TEST,
	  .help = "list what --explain can do here, in the same form",
	  .field = offsetof(struct run_options, list_tracing) },
	{ .name = "list-sizes", .flags = OPTION_OF_THE_TEST,
	  .help = "list what automatic sizes come to here, as values of options",
	  .more = "A line each of arena, fill, swap, walker and walker-rate, as far as they are left to the machine; pageout-swap is swap for the pageout probe, which needs more. pinlat run asks for them once, when it makes the plan.",
	  .field = offsetof(struct run_options, list_sizes) },
	{ 0 },
};
/* clang-format on */

_Static_assert(sizeof(run_option_rows) / sizeof(*run_option_rows) <= RUN_OPTIONS_MAX + 1,
	       "arrays have a place for each option");
