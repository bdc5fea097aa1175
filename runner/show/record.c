// SPDX-License-Identifier: MIT
#include "show/record.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "render/table.h"
#include "show/faults.h"
#include "show/pageout.h"
#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"
#include "system/units.h"

static json_object *tree_at(json_object *tree, json_type type, const char *path)
{
	json_object *o = NULL;

	json_pointer_get(tree, path, &o);
	return json_object_is_type(o, type) ? o : NULL;
}

static const char *tree_text(json_object *tree, const char *path)
{
	json_object *o = tree_at(tree, json_type_string, path);

	return o ? json_object_get_string(o) : "";
}

/* The whole number at the path that @format makes. Returns whether there is one. */
__attribute__((format(printf, 3, 4))) static bool
tree_number(json_object *tree, double *value, const char *format, ...)
{
	CLEANUP_FREE char *path = NULL;
	json_object *o;
	va_list args;

	va_start(args, format);
	path = xvasprintf(format, args);
	va_end(args);
	o = tree_at(tree, json_type_int, path);
	if (o)
		*value = (double)json_object_get_uint64(o);
	return o;
}

/* Of the further lines of a cause. */
#define CAUSE_INDENT 9

static const struct {
	const char *path, *words;
} parts[] = {
	{ "/time/direct_reclaim_ns", "direct reclaim" },
	{ "/time/compaction_ns", "compaction" },
	{ "/time/run_queue_ns", "waiting for the CPU" },
	{ "/time/sleep_ns", "asleep" },
	{ "/time/timer_late_ns", "timers that fired late" },
	{ "/time/interrupts_ns", "interrupts" },
	{ "/time/own_ns", "running" },
};

/* What becomes of pages that reclaim looks at; the last is a BPF program's. */
static const struct {
	const char *tree, *name, *words;
} page_fates[] = {
	{ "reclaim", "scanned", "scanned" },  { "reclaim", "reclaimed", "freed" },
	{ "reclaim", "activated", "in use" }, { "reclaim", "referenced", "touched" },
	{ "reclaim", "kept", "kept" },	      { "pinned", "pinned", "pinned" },
};

/* A number of the tree, 0 where there is none. */
static double number_of(json_object *tree, const char *path)
{
	double value = 0;

	tree_number(tree, &value, "%s", path);
	return value < 1e18 ? value : 1e18; /* it comes from anywhere */
}

static void print_time(json_object *explain)
{
	double total = number_of(explain, "/time/total_ns");
	CLEANUP_FREE char *text = NULL;
	const char *between = ": ";
	struct memstream m;
	char time[32];

	if (total <= 0)
		return;
	fprintf(memstream_open(&m), "%.0f samples, %s in all",
		number_of(explain, "/time/samples"),
		format_time((uint64_t)total, time, sizeof(time)));
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		double share = 100 * number_of(explain, parts[i].path) / total;

		if (share < 0.5)
			continue;
		/* A record comes from anywhere. */
		fprintf(m.out, "%s%.0f %% %s", between, fmin(share, 100), parts[i].words);
		between = ", ";
	}
	text = memstream_close(&m);
	print_wrapped(stdout, text, SHOW_WIDTH, (size_t)printf("worst    "),
		      CAUSE_INDENT);
}

static void put_pages(struct table *t, json_object *explain, const char *name,
		      const char *kind, size_t fates)
{
	char number[32];

	table_row(t);
	table_set(t, 0, "%s", name);
	for (size_t f = 0; f < fates; f++) {
		double pages = 0;

		tree_number(explain, &pages, "/%s/%s/%s", page_fates[f].tree, kind,
			    page_fates[f].name);
		table_set(t, f + 1, "%s",
			  format_count(fmin(pages, 1e18), number, sizeof(number)));
	}
}

static void print_pages(json_object *explain)
{
	size_t fates = sizeof(page_fates) / sizeof(*page_fates);
	struct table t;
	double any;

	if (!tree_number(explain, &any, "/pinned/anon/pinned"))
		fates--;
	table_init(&t, "lrrrrrr");
	table_row(&t);
	table_set(&t, 0, "pages");
	for (size_t f = 0; f < fates; f++)
		table_set(&t, f + 1, "%s", page_fates[f].words);
	put_pages(&t, explain, "anonymous", "anon", fates);
	put_pages(&t, explain, "page cache", "file", fates);
	printf("\nReclaim in the window, whoever did it (kept: pinned, locked or being written):\n");
	table_print(&t, stdout, SHOW_WIDTH);
}

/* Without the program that counts them the table has no such column. */
static void print_why_no_pinned(json_object *explain)
{
	const char *why = tree_text(explain, "/pinned/why_not");
	char buf[320];

	if (*why)
		print_wrapped(stdout, printable(why, buf, sizeof(buf)), SHOW_WIDTH,
			      (size_t)printf("pinned pages are not counted: "),
			      CAUSE_INDENT);
}

/* Of a run that was counted but not traced. */
static void print_pinned_alone(json_object *explain)
{
	char anon[32], file[32];
	double any;

	if (!tree_number(explain, &any, "/pinned/anon/pinned"))
		print_why_no_pinned(explain);
	else
		printf("pinned pages that reclaim examined: %s anonymous, %s of the page cache\n",
		       format_count(number_of(explain, "/pinned/anon/pinned"), anon,
				    sizeof(anon)),
		       format_count(number_of(explain, "/pinned/file/pinned"), file,
				    sizeof(file)));
}

/* What @tree says is missing, a line each. */
static void print_missing(json_object *tree, const char *what)
{
	json_object *missing = tree_at(tree, json_type_array, "/missing");
	char buf[300];

	for (size_t i = 0; missing && i < json_object_array_length(missing); i++) {
		const char *name =
			json_object_get_string(json_object_array_get_idx(missing, i));

		printf("         %s: %s\n", what,
		       printable(name ? name : "", buf, sizeof(buf)));
	}
}

static void print_lost(json_object *explain)
{
	double samples = number_of(explain, "/lost");
	double batches = number_of(explain, "/reclaim/lost");
	double missed = number_of(explain, "/pinned/missed");

	if (samples > 0)
		printf("         %.0f older events were overwritten: a shorter --duration loses none\n",
		       samples);
	if (batches > 0)
		printf("         %.0f batches of reclaim were lost: it did more than is said here\n",
		       batches);
	if (missed > 0)
		printf("         %.0f examined pages, at most, were not counted as pinned or not\n",
		       missed);
	print_missing(explain, "not in this kernel");
}

static void print_sample(json_object *sample)
{
	double latency = number_of(sample, "/latency_ns");
	int at;
	const char *cause = tree_text(sample, "/cause");
	char time[32], text[400];

	at = printf("%6s  CPU %.0f at %.3fs  ",
		    format_time((uint64_t)latency, time, sizeof(time)),
		    number_of(sample, "/cpu"), number_of(sample, "/t_ns") / 1e9);
	print_wrapped(stdout,
		      *cause ? printable(cause, text, sizeof(text)) : "not traced",
		      SHOW_WIDTH, (size_t)at, CAUSE_INDENT);
}

/* What --explain gave: where the worst samples' time went, and what reclaim did meanwhile. */
static void show_explain(const struct record *r)
{
	json_object *worst = tree_at(r->explain, json_type_array, "/worst");
	char buf[320];

	if (!r->explain)
		return;
	printf("\n");
	if (*tree_text(r->explain, "/why_not")) {
		print_wrapped(
			stdout,
			printable(tree_text(r->explain, "/why_not"), buf, sizeof(buf)),
			SHOW_WIDTH, (size_t)printf("not traced: "), CAUSE_INDENT);
		print_pinned_alone(r->explain);
	} else {
		print_time(r->explain);
		print_lost(r->explain);
		print_pages(r->explain);
		print_why_no_pinned(r->explain);
	}
	printf("\nThe worst samples:\n");
	for (size_t i = 0; worst && i < json_object_array_length(worst); i++)
		print_sample(json_object_array_get_idx(worst, i));
}

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
	struct set set = { .facts = facts_from_tree(r->environment) };
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
		printf("n<NUMBER: that many samples are needed to state this quantile\n");
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

static void print_load(const struct record *r)
{
	const struct record_load *l = &r->load;
	double window = (double)r->config.duration_ns, seconds;
	char a[32], b[32];

	/* Of pageout it ends when the samples are made. */
	if (r->pageout.rows)
		tree_number(r->counters, &window, "/window_ns");
	seconds = window / 1e9;
	if (r->expected > 0)
		printf("periods  %" PRIu64 " expected, %" PRIu64 " recorded, %" PRIu64
		       " late\n",
		       r->expected, r->recorded, r->late);
	if (l->filled_bytes > 0) {
		printf("load     %" PRIu64 " objects, %s filled", l->objects,
		       format_size(l->filled_bytes, a, sizeof(a)));
		printf(", %s locked", format_size(l->locked_bytes, a, sizeof(a)));
		printf(", %s pinned", format_size(l->pinned_bytes, a, sizeof(a)));
		printf(" (the kernel counted %s)\n",
		       format_size(l->pinned_pages_seen * 4 * KIB, b, sizeof(b)));
	}
	if (l->requests > 0 && seconds > 0)
		printf("device   %s requests/s, %s MB/s, %" PRIu64 " errors, %" PRIu64
		       " resets\n",
		       format_count((double)l->requests / seconds, a, sizeof(a)),
		       format_count((double)l->request_bytes / 1e6 / seconds, b,
				    sizeof(b)),
		       l->errors, l->resets);
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
	print_missing(a->sources, "not seen");
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
		if (!tree_number(r->counters, &value, "/vmstat/%s", names[i]))
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
	if (tree_number(r->counters, &value, "/psi/memory/full_us"))
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

		if (!tree_number(r->counters, &calls, "/mock/notifier_calls_%s", name))
			continue;
		tree_number(r->counters, &waits, "/mock/notifier_waits_%s", name);
		tree_number(r->counters, &ns, "/mock/notifier_wait_ns_%s", name);
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
