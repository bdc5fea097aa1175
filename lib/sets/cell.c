// SPDX-License-Identifier: MIT
#include "sets/cell.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"
#include "system/units.h"

enum setup_kind {
	SETUP_TEXT,
	SETUP_BYTES,
	SETUP_TIME,
	SETUP_COUNT,
	SETUP_REAL,	/* 0: the record does not tell */
	SETUP_PRIORITY, /* the same of 32 bits, with a sign */
};

/* Members of struct record_config in which runs must agree to be compared. */
static const struct {
	const char *name;
	size_t offset;
	enum setup_kind kind;
} fields[] = {
	[SETUP_ENGINE] = { "engine", offsetof(struct record_config, engine), SETUP_TEXT },
	[SETUP_WALKER] = { "walker", offsetof(struct record_config, walker), SETUP_TEXT },
	[SETUP_WALKER_RATE] = { "walker rate",
				offsetof(struct record_config, walker_rate),
				SETUP_BYTES },
	{ "engine mode", offsetof(struct record_config, engine_mode), SETUP_TEXT },
	{ "address spaces", offsetof(struct record_config, vms), SETUP_COUNT },
	{ "arena", offsetof(struct record_config, arena), SETUP_TEXT },
	{ "backing", offsetof(struct record_config, backing), SETUP_TEXT },
	{ "swap", offsetof(struct record_config, swap), SETUP_TEXT },
	{ "shortest interval", offsetof(struct record_config, interval_min_ns),
	  SETUP_TIME },
	{ "longest interval", offsetof(struct record_config, interval_max_ns),
	  SETUP_TIME },
	{ "object size", offsetof(struct record_config, object_size), SETUP_BYTES },
	{ "fill", offsetof(struct record_config, fill_bytes), SETUP_BYTES },
	{ "request rate", offsetof(struct record_config, request_rate), SETUP_COUNT },
	{ "request size", offsetof(struct record_config, request_size), SETUP_BYTES },
	{ "queue depth", offsetof(struct record_config, queue_depth), SETUP_COUNT },
	{ "priority", offsetof(struct record_config, priority), SETUP_PRIORITY },
	{ "tracing", offsetof(struct record_config, tracing), SETUP_TEXT },
	{ "cover", offsetof(struct record_config, cover), SETUP_REAL },
	{ "keep pinned", offsetof(struct record_config, keep_pinned), SETUP_TEXT },
	{ "stop at", offsetof(struct record_config, stop_at_ns), SETUP_TIME },
};

#define FIELDS (sizeof(fields) / sizeof(*fields))

static uint64_t number_at(const struct record_config *config, size_t i)
{
	const char *at = (const char *)config + fields[i].offset;
	int32_t priority;
	uint64_t number;

	if (fields[i].kind == SETUP_PRIORITY) {
		memcpy(&priority, at, sizeof(priority));
		return (uint64_t)(int64_t)priority;
	}
	memcpy(&number, at, sizeof(number));
	return number;
}

static double real_at(const struct record_config *config, size_t i)
{
	double real;

	memcpy(&real, (const char *)config + fields[i].offset, sizeof(real));
	return real;
}

static bool is_near_real(double a, double b)
{
	return a == 0 || b == 0 || fabs(a - b) <= 0.01 * fmax(a, b);
}

static bool is_near(uint64_t a, uint64_t b, uint64_t percent)
{
	return (a > b ? a - b : b - a) <= (a > b ? a : b) / 100 * percent;
}

/*
 * "loop:864M" and "loop:866M" are alike; "loop:864M" and "tree:864M" are not. Where the whole
 * machine is the arena, such sizes come from what memory was free, which is never the same.
 */
static bool is_text_alike(const char *a, const char *b)
{
	size_t kind = strcspn(a, ":");
	uint64_t x, y;

	if (strcmp(a, b) == 0)
		return true;
	return a[kind] && strncmp(a, b, kind + 1) == 0 &&
	       parse_size(a + kind + 1, &x) == 0 && parse_size(b + kind + 1, &y) == 0 &&
	       is_near(x, y, 10);
}

bool setup_field_alike(const struct record_config *a, const struct record_config *b,
		       size_t field)
{
	if (fields[field].kind == SETUP_TEXT)
		return is_text_alike((const char *)a + fields[field].offset,
				     (const char *)b + fields[field].offset);
	if (fields[field].kind == SETUP_REAL)
		return is_near_real(real_at(a, field), real_at(b, field));
	return is_near(number_at(a, field), number_at(b, field), 1);
}

bool same_setup(const struct record_config *a, const struct record_config *b)
{
	for (size_t i = 0; i < FIELDS; i++)
		if (!setup_field_alike(a, b, i))
			return false;
	return true;
}

size_t setup_fields(void)
{
	return FIELDS;
}

const char *setup_field_name(size_t field)
{
	return fields[field].name;
}

char *setup_field_text(const struct record_config *config, size_t field)
{
	char number[32];

	switch (fields[field].kind) {
	case SETUP_TEXT:
		return text_plain((const char *)config + fields[field].offset, 40);
	case SETUP_BYTES:
		format_size(number_at(config, field), number, sizeof(number));
		break;
	case SETUP_TIME:
		format_duration(number_at(config, field), number, sizeof(number));
		break;
	case SETUP_REAL:
		format_number(real_at(config, field), number, sizeof(number));
		break;
	case SETUP_PRIORITY:
	case SETUP_COUNT:
		snprintf(number, sizeof(number), "%" PRId64,
			 (int64_t)number_at(config, field));
		break;
	}
	return xstrdup(number);
}

char *set_cell_name(const struct set *set, const struct cell *cell)
{
	CLEANUP(text_list_free) struct text_list notes = { 0 };
	CLEANUP_FREE char *joined = NULL;

	for (size_t i = 0; i < set->cells; i++) {
		const struct cell *other = &set->cell[i];

		if (other == cell || strcmp(other->subtest, cell->subtest) != 0)
			continue;
		for (size_t f = 0; f < FIELDS; f++) {
			CLEANUP_FREE char *value = NULL, *note = NULL;

			if (setup_field_alike(&cell->config, &other->config, f))
				continue;
			value = setup_field_text(&cell->config, f);
			note = xasprintf("%s %s", fields[f].name, value);
			if (!text_list_has(&notes, note))
				text_list_add(&notes, "%s", note);
		}
	}
	if (notes.n == 0)
		return xstrdup(cell->subtest);
	joined = text_list_join(&notes, ", ");
	return xasprintf("%s [%s]", cell->subtest, joined);
}

struct cell_value cell_value(const struct cell *cell, size_t m)
{
	return cell_value_on(cell, m, ALL_MACHINES);
}

struct cell_value cell_value_on(const struct cell *cell, size_t m, size_t machine)
{
	CLEANUP_FREE double *known = xcalloc(cell->runs, sizeof(*known));
	struct cell_value value = { NAN, NAN, NAN, 0, 0 };

	for (size_t i = 0; i < cell->runs; i++) {
		double x = cell->run[i].value[m];

		if (!run_is_on(&cell->run[i], machine))
			continue;
		value.few += cell->run[i].few[m];
		if (isnan(x))
			continue;
		known[value.n++] = x;
		value.low = fmin(value.low, x);
		value.high = fmax(value.high, x);
	}
	gsl_sort(known, 1, value.n);
	if (value.n > 0)
		value.median = gsl_stats_median_from_sorted_data(known, 1, value.n);
	return value;
}
