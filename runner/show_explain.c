// SPDX-License-Identifier: MIT
/* What --explain gave: where the worst samples' time went, and what reclaim did meanwhile. */
#include "show.h"

#include <stdio.h>

#include "group.h"
#include "system/units.h"
#include "text.h"

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

/* A number of the tree, 0 where there is none. */
static double number_of(json_object *tree, const char *path)
{
	double value = 0;

	tree_number(tree, path, &value);
	return value;
}

static void print_time(json_object *explain)
{
	double total = number_of(explain, "time.total_ns");
	char time[32], path[48];
	const char *between = ": ";

	if (total <= 0)
		return;
	printf("worst    %.0f samples, %s in all", number_of(explain, "time.samples"),
	       format_time((uint64_t)total, time, sizeof(time)));
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		double share;

		snprintf(path, sizeof(path), "time.%s", parts[i].name);
		share = 100 * number_of(explain, path) / total;
		if (share < 0.5)
			continue;
		printf("%s%.0f %% %s", between, share, parts[i].words);
		between = ", ";
	}
	printf("\n");
}

static void print_pages(json_object *explain, const char *kind, const char *words)
{
	static const struct {
		const char *name, *words;
	} fates[] = {
		{ "scanned", "scanned" },
		{ "reclaimed", "freed" },
		{ "activated", "put back as in use" },
		{ "kept", "kept (pinned, locked or being written)" },
	};
	char path[64], number[32];

	printf("reclaim  %s: ", words);
	for (size_t i = 0; i < sizeof(fates) / sizeof(*fates); i++) {
		snprintf(path, sizeof(path), "reclaim.%s.%s", kind, fates[i].name);
		printf("%s%s %s", i ? ", " : "",
		       format_count(number_of(explain, path), number, sizeof(number)),
		       fates[i].words);
	}
	printf("\n");
}

static void print_lost(json_object *explain)
{
	double samples = number_of(explain, "lost");
	double batches = number_of(explain, "reclaim.lost");
	json_object *missing = NULL;
	char buf[100];

	if (samples > 0)
		printf("         %.0f older events were overwritten: a shorter --duration loses "
		       "none\n", samples);
	if (batches > 0)
		printf("         %.0f batches of reclaim were lost: it did more than is said here\n",
		       batches);
	json_object_object_get_ex(explain, "missing", &missing);
	for (size_t i = 0; json_object_is_type(missing, json_type_array) &&
			   i < json_object_array_length(missing); i++)
		printf("         not in this kernel: %s\n",
		       printable(json_object_get_string(json_object_array_get_idx(missing, i)),
				 buf, sizeof(buf)));
}

static void print_sample(json_object *sample)
{
	double latency = number_of(sample, "latency_ns"), at = number_of(sample, "t_ns");
	const char *cause = tree_text(sample, "cause");
	char time[32], text[400];

	printf("%8s  CPU %.0f at %.3fs  %s\n", format_time((uint64_t)latency, time, sizeof(time)),
	       number_of(sample, "cpu"), at / 1e9,
	       *cause ? printable(cause, text, sizeof(text)) : "not traced");
}

void show_explain(const struct record *r)
{
	json_object *worst = NULL;
	char buf[320];

	if (!r->explain)
		return;
	printf("\n");
	if (*tree_text(r->explain, "why_not")) {
		printf("traced   nothing: %s\n",
		       printable(tree_text(r->explain, "why_not"), buf, sizeof(buf)));
	} else {
		print_time(r->explain);
		print_pages(r->explain, "anon", "anonymous pages");
		print_pages(r->explain, "file", "page cache");
		print_lost(r->explain);
	}
	json_object_object_get_ex(r->explain, "worst", &worst);
	for (size_t i = 0; json_object_is_type(worst, json_type_array) &&
			   i < json_object_array_length(worst); i++)
		print_sample(json_object_array_get_idx(worst, i));
}
