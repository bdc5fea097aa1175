// SPDX-License-Identifier: MIT
/* What --explain gave: where the worst samples' time went, and what reclaim did meanwhile. */
#include "show.h"

#include <stdio.h>

#include "system/units.h"
#include "render/table.h"
#include "system/text.h"

/* Of the further lines of a cause. */
#define CAUSE_INDENT 9

static const struct {
	const char *name, *words;
} parts[] = {
	{ "direct_reclaim_ns", "direct reclaim" },
	{ "compaction_ns", "compaction" },
	{ "run_queue_ns", "waiting for the CPU" },
	{ "sleep_ns", "asleep" },
	{ "timer_late_ns", "timers that fired late" },
	{ "interrupts_ns", "interrupts" },
	{ "own_ns", "running" },
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

	tree_number(tree, path, &value);
	return value < 1e18 ? value : 1e18; /* it comes from anywhere */
}

static void print_time(json_object *explain)
{
	double total = number_of(explain, "time.total_ns");
	char text[320], time[32], path[48];
	const char *between = ": ";
	size_t n;

	if (total <= 0)
		return;
	n = (size_t)snprintf(text, sizeof(text), "%.0f samples, %s in all",
			     number_of(explain, "time.samples"),
			     format_time((uint64_t)total, time, sizeof(time)));
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		double share;

		snprintf(path, sizeof(path), "time.%s", parts[i].name);
		share = 100 * number_of(explain, path) / total;
		if (share < 0.5)
			continue;
		/* A record comes from anywhere. */
		share = share < 100 ? share : 100;
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%.0f %% %s", between,
				      share, parts[i].words);
		between = ", ";
	}
	print_wrapped(stdout, text, SHOW_WIDTH, (size_t)printf("worst    "),
		      CAUSE_INDENT);
}

static void put_pages(struct table *t, json_object *explain, const char *kind,
		      size_t fates)
{
	char path[64], number[32];

	for (size_t f = 0; f < fates; f++) {
		snprintf(path, sizeof(path), "%s.%s.%s", page_fates[f].tree, kind,
			 page_fates[f].name);
		table_set(t, f + 1, "%s",
			  format_count(number_of(explain, path), number, sizeof(number)));
	}
}

static void print_pages(json_object *explain)
{
	size_t fates = sizeof(page_fates) / sizeof(*page_fates);
	struct table t;
	double any;

	if (!tree_number(explain, "pinned.anon.pinned", &any))
		fates--;
	table_init(&t, "lrrrrrr");
	table_row(&t);
	table_set(&t, 0, "pages");
	for (size_t f = 0; f < fates; f++)
		table_set(&t, f + 1, "%s", page_fates[f].words);
	table_row(&t);
	table_set(&t, 0, "anonymous");
	put_pages(&t, explain, "anon", fates);
	table_row(&t);
	table_set(&t, 0, "page cache");
	put_pages(&t, explain, "file", fates);
	printf("\nReclaim in the window, whoever did it (kept: pinned, locked or being written):\n");
	table_print(&t, stdout, SHOW_WIDTH);
}

/* Without the program that counts them the table has no such column. */
static void print_why_no_pinned(json_object *explain)
{
	const char *why = tree_text(explain, "pinned.why_not");
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

	if (!tree_number(explain, "pinned.anon.pinned", &any))
		print_why_no_pinned(explain);
	else
		printf("pinned pages that reclaim examined: %s anonymous, %s of the page cache\n",
		       format_count(number_of(explain, "pinned.anon.pinned"), anon,
				    sizeof(anon)),
		       format_count(number_of(explain, "pinned.file.pinned"), file,
				    sizeof(file)));
}

static void print_lost(json_object *explain)
{
	double samples = number_of(explain, "lost");
	double batches = number_of(explain, "reclaim.lost");
	double missed = number_of(explain, "pinned.missed");
	json_object *missing = NULL;
	char buf[100];

	if (samples > 0)
		printf("         %.0f older events were overwritten: a shorter --duration loses none\n",
		       samples);
	if (batches > 0)
		printf("         %.0f batches of reclaim were lost: it did more than is said here\n",
		       batches);
	if (missed > 0)
		printf("         %.0f examined pages, at most, were not counted as pinned or not\n",
		       missed);
	json_object_object_get_ex(explain, "missing", &missing);
	for (size_t i = 0; json_object_is_type(missing, json_type_array) &&
			   i < json_object_array_length(missing);
	     i++) {
		const char *name =
			json_object_get_string(json_object_array_get_idx(missing, i));

		printf("         not in this kernel: %s\n",
		       printable(name ? name : "", buf, sizeof(buf)));
	}
}

static void print_sample(json_object *sample)
{
	double latency = number_of(sample, "latency_ns");
	int at;
	const char *cause = tree_text(sample, "cause");
	char time[32], text[400];

	at = printf("%6s  CPU %.0f at %.3fs  ",
		    format_time((uint64_t)latency, time, sizeof(time)),
		    number_of(sample, "cpu"), number_of(sample, "t_ns") / 1e9);
	print_wrapped(stdout,
		      *cause ? printable(cause, text, sizeof(text)) : "not traced",
		      SHOW_WIDTH, (size_t)at, CAUSE_INDENT);
}

void show_explain(const struct record *r)
{
	json_object *worst = NULL;
	char buf[320];

	if (!r->explain)
		return;
	printf("\n");
	if (*tree_text(r->explain, "why_not")) {
		print_wrapped(
			stdout,
			printable(tree_text(r->explain, "why_not"), buf, sizeof(buf)),
			SHOW_WIDTH, (size_t)printf("not traced: "), CAUSE_INDENT);
		print_pinned_alone(r->explain);
	} else {
		print_time(r->explain);
		print_lost(r->explain);
		print_pages(r->explain);
		print_why_no_pinned(r->explain);
	}
	printf("\nThe worst samples:\n");
	json_object_object_get_ex(r->explain, "worst", &worst);
	for (size_t i = 0; json_object_is_type(worst, json_type_array) &&
			   i < json_object_array_length(worst);
	     i++)
		print_sample(json_object_array_get_idx(worst, i));
}
