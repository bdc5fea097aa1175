// SPDX-License-Identifier: MIT
#include "show/explain.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "render/table.h"
#include "show/record.h"
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

bool show_number(json_object *tree, double *value, const char *format, ...)
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
	{ "/time/notifier_ns", "the GPU driver's MMU notifier" },
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

	show_number(tree, &value, "%s", path);
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

		show_number(explain, &pages, "/%s/%s/%s", page_fates[f].tree, kind,
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

	if (!show_number(explain, &any, "/pinned/anon/pinned"))
		fates--;
	table_init(&t, "lrrrrrr");
	table_row(&t);
	table_set(&t, 0, "pages");
	for (size_t f = 0; f < fates; f++)
		table_set(&t, f + 1, "%s", page_fates[f].words);
	put_pages(&t, explain, "anonymous", "anon", fates);
	put_pages(&t, explain, "page cache", "file", fates);
	printf("\nReclaim in the window, by any process (kept: pinned, locked or being written):\n");
	table_print(&t, stdout, SHOW_WIDTH);
}

/*
 * Who waited for the GPU, or might have, in the MMU notifier of a driver that does not pin. The
 * notifier is called for each page that somebody unmaps.
 */
static void print_notifier(json_object *explain)
{
	static const struct {
		const char *name, *words;
	} callers[] = {
		{ "kswapd", "kswapd" },		{ "direct_reclaim", "direct reclaim" },
		{ "compaction", "compaction" }, { "owner", "the owner" },
		{ "other", "others" },
	};
	const size_t n = sizeof(callers) / sizeof(*callers);
	char text[32];
	struct table t;
	double calls;

	if (!show_number(explain, &calls, "/notifier/kswapd/calls"))
		return;
	table_init(&t, "lrrr");
	table_row(&t);
	table_set(&t, 0, "called by");
	table_set(&t, 1, "calls");
	table_set(&t, 2, "time in it");
	table_set(&t, 3, "longest");
	for (size_t i = 0; i < n; i++) {
		double ns = 0, longest = 0;

		if (!show_number(explain, &calls, "/notifier/%s/calls", callers[i].name))
			continue;
		show_number(explain, &ns, "/notifier/%s/ns", callers[i].name);
		show_number(explain, &longest, "/notifier/%s/longest_ns",
			    callers[i].name);
		table_row(&t);
		table_set(&t, 0, "%s", callers[i].words);
		table_set(&t, 1, "%s",
			  format_count(fmin(calls, 1e18), text, sizeof(text)));
		table_set(&t, 2, "%s",
			  format_time((uint64_t)fmin(ns, 1e18), text, sizeof(text)));
		table_set(&t, 3, "%s",
			  format_time((uint64_t)fmin(longest, 1e18), text, sizeof(text)));
	}
	printf("\nThe GPU driver's MMU notifier in the window, by who called it (it waits for the GPU):\n");
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

	if (!show_number(explain, &any, "/pinned/anon/pinned"))
		print_why_no_pinned(explain);
	else
		printf("pinned pages that reclaim examined: %s anonymous, %s of the page cache\n",
		       format_count(number_of(explain, "/pinned/anon/pinned"), anon,
				    sizeof(anon)),
		       format_count(number_of(explain, "/pinned/file/pinned"), file,
				    sizeof(file)));
}

void show_missing(json_object *tree, const char *what)
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
	double calls = number_of(explain, "/notifier/lost");

	if (samples > 0)
		printf("         %.0f older events were overwritten: a shorter --duration loses none\n",
		       samples);
	if (batches > 0)
		printf("         %.0f batches of reclaim were lost: it did more than is said here\n",
		       batches);
	if (calls > 0)
		printf("         %.0f events of the MMU notifier were lost: it did more than is said here\n",
		       calls);
	if (missed > 0)
		printf("         %.0f examined pages, at most, were not counted as pinned or not\n",
		       missed);
	show_missing(explain, "not in this kernel");
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
void show_explain(const struct record *r)
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
		print_notifier(r->explain);
		print_why_no_pinned(r->explain);
	}
	printf("\nThe worst samples:\n");
	for (size_t i = 0; worst && i < json_object_array_length(worst); i++)
		print_sample(json_object_array_get_idx(worst, i));
}
