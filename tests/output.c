// SPDX-License-Identifier: MIT
/*
 * What a subtest prints, whatever the log level. Lines for machines are stable: "pinlat-metric: ", and
 * "pinlat-record: " or those of a pack; one is the original benchmark's, so that old notes stay
 * comparable.
 */
#define IGT_LOG_DOMAIN "pinlat"
#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "igt/igt.h"
#include "record/file.h"
#include "record/pack.h"
#include "settings.h"
#include "system/cleanup.h"
#include "system/units.h"

/* All records of this process, one line each: the file is replaced whole every time. */
static char *lines;

/* At what pace the samples were planned, and of thp how many of its faults were long. */
static void print_stalls(const struct record *r)
{
	static const unsigned int ms[] = { 1, 10, 100 };

	igt_print(" interval=%llu", (unsigned long long)record_pace_ns(&r->config));
	if (strncmp(r->subtest, "thp-", 4) != 0)
		return;
	igt_print(" faults=%llu", (unsigned long long)r->woken.count);
	for (size_t i = 0; i < sizeof(ms) / sizeof(*ms); i++)
		igt_print(" stalls_%ums=%llu", ms[i],
			  (unsigned long long)distribution_from(&r->woken,
								ms[i] * NSEC_PER_MSEC)
				  .count);
}

static void print_metric(const struct record *r)
{
	const struct distribution *d = &r->scheduled;
	uint64_t thps = r->huge.count + r->fallback.count;

	igt_print("pinlat-metric: subtest=%s valid=%s unit=ns samples=%llu", r->subtest,
		  r->valid ? "true" : "false", (unsigned long long)d->count);
	for (size_t i = 0; i < RECORD_QUANTILES; i++) {
		const struct record_quantile *q = &record_quantile[i];

		/* Records have it, this line never had. */
		if (strcmp(q->name, "p95") == 0)
			continue;
		if (distribution_supports(d, q->p))
			igt_print(" %s=%llu", q->name,
				  (unsigned long long)distribution_quantile(d, q->p));
		else
			igt_print(" %s=none", q->name);
	}
	igt_print(" max=%llu", (unsigned long long)d->max);
	if (thps)
		igt_print(" huge_percent=%.1f",
			  100.0 * (double)r->huge.count / (double)thps);
	print_stalls(r);
	igt_print("\n");
}

/* As IGT's benchmark prints it, of the wake-ups that really happened; but max is the maximum. */
static void print_original(const struct record *r)
{
	igt_print("gem_syslatency: cycles=%llu, latency mean=%.3fus max=%.0fus\n",
		  (unsigned long long)r->load.requests,
		  distribution_mean(&r->woken) / 1000.0, (double)r->woken.max / 1000.0);
}

static int store(const char *line)
{
	char *all;
	int length = asprintf(&all, "%s%s\n", lines ? lines : "", line);

	if (length < 0)
		return -ENOMEM;
	free(lines);
	lines = all;
	return file_replace(settings.record, lines, (size_t)length);
}

/* Most of a record of many CPUs. */
static void leave_out_cpus(struct record *r)
{
	for (size_t i = 0; i < r->cpus; i++)
		distribution_free(&r->cpu[i].scheduled);
}

/* @record as a line, or NULL: no memory. */
static char *make_line(struct record *record)
{
	if (settings.brief)
		leave_out_cpus(record);
	return record_to_line(record);
}

/*
 * A line is one write(2): what else writes to the log falls between two of them, not into one.
 * Returns 0 or -errno.
 */
static int print_packed(const char *name, const char *line)
{
	CLEANUP_FREE char *text = NULL, *packed = NULL;
	char pack_name[PACK_NAME_MAX + 1];
	int length = asprintf(&text, "%s\n", line), ret;

	if (length < 0)
		return -ENOMEM;
	pack_name_from(name, pack_name);
	ret = pack_make(pack_name, text, (size_t)length, &packed);
	for (const char *at = packed; ret == 0 && *at; at = strchr(at, '\n') + 1) {
		igt_print("%.*s\n", (int)strcspn(at, "\n"), at);
		fflush(stdout);
	}
	return ret;
}

/* Prints the record where no file is wanted, or none could be written. */
static void print_line(const char *name, const char *line)
{
	if (!settings.packed || print_packed(name, line) < 0)
		igt_print("%s%s\n", RECORD_LINE_PREFIX, line);
}

void output_record(struct record *record, const char *left)
{
	CLEANUP_FREE char *line = make_line(record);
	char reason[500] = "", name[PACK_NAME_MAX + 1];
	bool wanted = settings.record, fault = record->fault;
	int ret = -ENOMEM;

	if (record->reasons)
		snprintf(reason, sizeof(reason), "%s", record->reason[0]);
	print_metric(record);
	print_original(record);
	for (size_t i = 0; i < record->notes; i++)
		igt_print("Note: %s\n", record->note[i]);
	snprintf(name, sizeof(name), "%.19s-%.20s", record->label, record->subtest);
	record_free(record);
	if (line && wanted)
		ret = store(line);
	if (line && ret == 0)
		igt_print("Record: %s\n", settings.record);
	else if (line)
		print_line(name, line);
	igt_assert_f(line, "no memory for the record\n");
	free(line);
	line = NULL; /* an assertion leaves without cleanup */
	errno = 0;   /* the messages below say themselves what failed */
	igt_assert_f(
		!wanted || ret == 0,
		"cannot write the record to %s: %s; it stands on standard output instead\n",
		settings.record, strerror(-ret));
	igt_assert_f(!*left, "the run left something behind: %s\n", left);
	/* What the machine did not give is no fault of the driver or the kernel. */
	igt_assert_f(!*reason || !fault, "this measurement is invalid: %s\n", reason);
	igt_require_f(!*reason, "this measurement is invalid: %s\n", reason);
}
