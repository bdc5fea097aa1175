// SPDX-License-Identifier: MIT
#include "show/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "render/table.h"
#include "sets/provenance.h"
#include "show/explain.h"
#include "show/faults.h"
#include "show/pageout.h"
#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"
#include "system/units.h"

static void print_validity(const struct record *r, bool colour)
{
	const char *on = !colour ? "" : r->valid ? "\033[32m" : "\033[1;31m";
	char buf[400];

	printf("%s%s%s\n", on, r->valid ? "valid" : "INVALID", colour ? "\033[0m" : "");
	for (size_t i = 0; i < r->reasons; i++)
		printf("  because: %s\n", printable(r->reason[i], buf, sizeof(buf)));
	for (size_t i = 0; i < r->notes; i++)
		printf("  note: %s\n", printable(r->note[i], buf, sizeof(buf)));
	if (r->ignored)
		printf("  written by a newer pinlat; ignored: %s\n",
		       printable(r->ignored, buf, sizeof(buf)));
}

static void print_identity(const struct record *r)
{
	struct set set = { .facts = facts_of_record(r) };
	char buf[LINE_SIZE];

	printf("subtest  %s", printable(r->subtest, buf, sizeof(buf)));
	printf(", label %s", printable(r->label, buf, sizeof(buf)));
	printf(", run %" PRIu64 ", seed %" PRIu64 "%s%s\n", r->seq, r->seed,
	       *r->start ? ", " : "", printable(r->start, buf, sizeof(buf)));
	printf("kernel   %s\n", kernel_text(&set, "unknown", buf, sizeof(buf)));
	printf("machine  %s\n", machine_text(&set, buf, sizeof(buf)));
	facts_free(&set.facts);
}

static void print_config(const struct record *r)
{
	const struct record_config *c = &r->config;
	char a[310], b[32];

	printf("config   arena %s",
	       *c->arena ? printable(c->arena, a, sizeof(a)) : "unknown");
	printf(", engine %s\n", engine_text(c->engine, a, sizeof(a)));
	if (c->vms > 0)
		printf("         mode %s, %" PRIu64 " address spaces of the GPU\n",
		       printable(c->engine_mode, b, sizeof(b)), c->vms);
	if (c->duration_ns == 0)
		return; /* no configuration was recorded */
	printf("         %s", format_duration(c->duration_ns, a, sizeof(a)));
	printf(", fill %s", format_size(c->fill_bytes, a, sizeof(a)));
	printf(", objects of %s", format_size(c->object_size, b, sizeof(b)));
	if (*c->backing)
		printf(" backed by %s pages", printable(c->backing, b, sizeof(b)));
	if (*c->swap)
		printf(", swap %s", printable(c->swap, b, sizeof(b)));
	if (*c->walker)
		printf(", walker %s", printable(c->walker, a, sizeof(a)));
	printf("\n");
}

static void head_row(struct table *t, const char *first)
{
	table_row(t);
	table_set(t, 0, "%s", first);
	table_set(t, 1, "samples");
	for (size_t i = 0; i < RECORD_QUANTILES; i++)
		table_set(t, 2 + i, "%s", record_quantile[i].name);
	table_set(t, 2 + RECORD_QUANTILES, "max");
}

/* One distribution as a row. */
static void distribution_row(struct table *t, const char *name,
			     const struct distribution *d)
{
	char buf[32];
	size_t c = 0;

	table_row(t);
	table_set(t, c++, "%s", name);
	table_set(t, c++, "%" PRIu64, d->count);
	if (d->count == 0)
		return;
	for (size_t i = 0; i < RECORD_QUANTILES; i++, c++) {
		double p = record_quantile[i].p;

		if (distribution_supports(d, p))
			table_set(t, c, "%s",
				  format_time(distribution_quantile(d, p), buf,
					      sizeof(buf)));
		else
			table_set(t, c, "n<%" PRIu64, quantile_samples_needed(p));
	}
	table_set(t, c, "%s", format_time(d->max, buf, sizeof(buf)));
}

static void print_latency(const struct record *r)
{
	uint64_t touches = r->huge.count + r->fallback.count;
	struct table t;

	table_init(&t, "lrrrrrrr");
	head_row(&t, "latency");
	distribution_row(&t, "scheduled", &r->scheduled);
	distribution_row(&t, "woken", &r->woken);
	if (touches > 0) {
		distribution_row(&t, "huge", &r->huge);
		distribution_row(&t, "fallback", &r->fallback);
	}
	for (size_t i = 0; i < r->cpus; i++) {
		char name[32];

		if (r->cpu[i].scheduled.count == 0)
			continue; /* left out of the record: --brief */
		snprintf(name, sizeof(name), "CPU %d", (int)r->cpu[i].cpu);
		distribution_row(&t, name, &r->cpu[i].scheduled);
	}
	table_print(&t, stdout, SHOW_WIDTH);
	if (touches > 0)
		printf("%.1f %% of the first touches got a huge page\n",
		       100.0 * (double)r->huge.count / (double)touches);
}

/* Says which marks stand for quantiles that were left open. */
static void print_marks(const struct record *r)
{
	if (!distribution_supports(&r->scheduled, 0.999) ||
	    (r->woken.count > 0 && !distribution_supports(&r->woken, 0.999)))
		printf("n<NUMBER: too few samples for this percentile; use a longer --duration\n");
}

static void print_walker(const struct record_load *l, double seconds)
{
	char a[32];

	printf("walker   %s MB/s, %" PRIu64 " files, %" PRIu64 " passes",
	       format_count((double)l->walker_bytes / 1e6 / seconds, a, sizeof(a)),
	       l->walker_files, l->walker_passes);
	if (l->walker_cycle_bytes)
		printf(", %.1f cycles of %s", l->walker_cycles,
		       format_size(l->walker_cycle_bytes, a, sizeof(a)));
	putchar('\n');
}

/* How much a device holds, and by what. */
static void print_hold(const struct record_load *l)
{
	char a[32], b[32];

	format_size(l->pinned_bytes, a, sizeof(a));
	if (strcmp(l->hold, "bound") != 0) {
		printf(", %s pinned (the kernel counted %s)\n", a,
		       format_size(l->pinned_pages_seen * 4 * KIB, b, sizeof(b)));
		return;
	}
	printf(", %s bound\n", a);
	printf("bound    not pinned: reclaim unmaps it and waits for the GPU\n");
	printf("         %s mapped when the window opened",
	       format_size(l->held_bytes / MIB * MIB, a, sizeof(a)));
	printf(", %s at the least; %s page faults brought it back\n",
	       format_size(l->held_least_bytes / MIB * MIB, b, sizeof(b)),
	       format_count((double)l->refaults, a, sizeof(a)));
}

/* With a driver that does not pin, a request may have to bring back all that its VM has lost. */
static void print_exec(const struct record_load *l)
{
	char a[32], b[32];

	if (l->submitted > 0 && l->exec_ns > 0)
		printf("         handing a request to the driver took %s on average, %s at most\n",
		       format_time(l->exec_ns / l->submitted, a, sizeof(a)),
		       format_time(l->exec_longest_ns, b, sizeof(b)));
}

static void print_load(const struct record *r)
{
	const struct record_load *l = &r->load;
	double window = (double)r->config.duration_ns, seconds;
	char a[32], b[32];

	/* Of pageout it ends when the samples are made. */
	if (r->pageout.rows)
		show_number(r->counters, &window, "/window_ns");
	seconds = window / 1e9;
	if (r->expected > 0)
		printf("periods  %" PRIu64 " expected, %" PRIu64 " recorded, %" PRIu64
		       " late\n",
		       r->expected, r->recorded, r->late);
	if (l->filled_bytes > 0) {
		printf("load     %" PRIu64 " objects, %s filled", l->objects,
		       format_size(l->filled_bytes, a, sizeof(a)));
		printf(", %s locked", format_size(l->locked_bytes, a, sizeof(a)));
		print_hold(l);
	}
	if (l->requests > 0 && seconds > 0)
		printf("device   %s requests/s, %s MB/s, %" PRIu64 " errors, %" PRIu64
		       " resets\n",
		       format_count((double)l->requests / seconds, a, sizeof(a)),
		       format_count((double)l->request_bytes / 1e6 / seconds, b,
				    sizeof(b)),
		       l->errors, l->resets);
	print_exec(l);
	if (*l->walker && seconds > 0)
		print_walker(l, seconds);
}

/* Where the time of @split went, the largest part first. */
static void print_split(const struct record_attribution *a, const char *what,
			const struct attribution_split *split)
{
	char buf[400], time[32];

	if (split->total_ns == 0)
		return;
	printf("%s%s: %s\n", what, format_time(split->total_ns, time, sizeof(time)),
	       attribution_describe(split, a->seen, buf, sizeof(buf)));
}

static void print_attribution(const struct record *r)
{
	const struct record_attribution *a = &r->attribution;
	char slow[64], time[32];

	if (!a->present)
		return;
	print_split(a, "time     of all samples ", &a->all);
	snprintf(slow, sizeof(slow),
		 "         of the %" PRIu64 " slow ones (from %s on) ", a->slow.count,
		 format_time(a->slow_from_ns, time, sizeof(time)));
	print_split(a, slow, &a->slow);
	show_missing(a->sources, "not seen");
}

/* The counters that explain a latency, and nothing where none was kept. */
static void print_counters(const struct record *r)
{
	static const char *const names[] = {
		"pgscan_anon",	   "pgsteal_anon",	 "pgscan_file",	  "pgsteal_file",
		"pswpout",	   "allocstall",	 "compact_stall", "compact_fail",
		"thp_fault_alloc", "thp_fault_fallback",
	};
	char number[32];
	size_t shown = 0;
	double value;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!show_number(r->counters, &value, "/vmstat/%s", names[i]))
			continue;
		printf("%s%s %s",
		       shown == 0	? "counters "
		       : shown % 5 == 0 ? ",\n         "
					: ", ",
		       names[i], format_count(value, number, sizeof(number)));
		shown++;
	}
	if (shown > 0)
		printf("\n");
	if (show_number(r->counters, &value, "/psi/memory/full_us"))
		printf("pressure memory full %.2fs of the window\n", value / 1e6);
}

/* What reclaim did to memory that the GPU works on, which only a mock GPU can tell. */
static void print_notifier(const struct record *r)
{
	static const struct {
		const char *name, *words;
	} callers[] = {
		{ "kswapd", "by kswapd" },
		{ "direct", "inside somebody's allocation" },
	};
	char a[32], b[32], c[32];
	double calls, waits = 0, ns = 0;

	for (size_t i = 0; i < sizeof(callers) / sizeof(*callers); i++) {
		const char *name = callers[i].name;

		if (!show_number(r->counters, &calls, "/mock/notifier_calls_%s", name))
			continue;
		show_number(r->counters, &waits, "/mock/notifier_waits_%s", name);
		show_number(r->counters, &ns, "/mock/notifier_wait_ns_%s", name);
		printf("%s notifier called %s times %s, waited for the GPU %s times, %s in all\n",
		       i ? "        " : "mock GPU", format_count(calls, a, sizeof(a)),
		       callers[i].words, format_count(waits, b, sizeof(b)),
		       format_time((uint64_t)ns, c, sizeof(c)));
	}
}

static void print_threads(const struct record *r)
{
	uint64_t minor = 0, major = 0, voluntary = 0, involuntary = 0;

	if (r->cpus == 0)
		return;
	for (size_t i = 0; i < r->cpus; i++) {
		minor += r->cpu[i].minor_faults;
		major += r->cpu[i].major_faults;
		voluntary += r->cpu[i].voluntary_switches;
		involuntary += r->cpu[i].involuntary_switches;
	}
	printf("threads  %zu measuring: %" PRIu64 " minor and %" PRIu64
	       " major faults of their own, switched %" PRIu64 " + %" PRIu64 " times\n",
	       r->cpus, minor, major, voluntary, involuntary);
}

void show_record(const struct record *r, bool colour)
{
	CLEANUP_FREE char *where = provenance_of_record(r);

	print_where(where);
	print_validity(r, colour);
	print_identity(r);
	print_config(r);
	printf("\n");
	print_latency(r);
	print_marks(r);
	show_stalls(r);
	show_pageout_of(r);
	printf("\n");
	print_load(r);
	print_attribution(r);
	print_counters(r);
	print_notifier(r);
	print_threads(r);
	show_explain(r);
}
