// SPDX-License-Identifier: MIT
/* decide() against an independent implementation: make_vectors.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sample.h"

#define ROWS_MAX 9

static bool next_word(FILE *file, char word[32])
{
	return fscanf(file, "%31s", word) == 1;
}

static void expect_word(FILE *file, const char *expected)
{
	char word[32];

	assert_true(next_word(file, word));
	assert_string_equal(word, expected);
}

static double number(FILE *file)
{
	double value;

	assert_int_equal(fscanf(file, "%lf", &value), 1);
	return value;
}

static size_t whole(FILE *file)
{
	return (size_t)number(file);
}

/* The same to 1e-9, of its size or of 1 %. */
static void expect(FILE *file, double value)
{
	double expected = number(file);

	if (value == expected ||
	    fabs(value - expected) <= 1e-9 * fmax(fabs(expected), .01))
		return;
	fail_msg("%.17g is not %.17g, at byte %ld", value, expected, ftell(file));
}

static void read_row(FILE *file, struct sample *s)
{
	s->row = (struct decide_row){ .primary = true };
	expect_word(file, "row");
	s->row.unit = (enum decide_unit)whole(file);
	s->row.work = whole(file);
	s->row.difference = whole(file);
	s->row.margin = number(file);
	s->row.absolute = number(file);
	for (int side = 0; side < DECIDE_SIDES; side++) {
		size_t n;

		expect_word(file, "side");
		n = whole(file);
		assert_true(n <= UNITS_MAX);
		for (size_t i = 0; i < n; i++)
			s->value[side][i] = number(file);
		for (size_t i = 0; i < n; i++)
			s->start[side][i] = number(file);
		s->row.side[side] =
			(struct decide_side){ n, s->value[side], s->start[side] };
	}
}

static void check_answer(FILE *file, const struct decide_row *d)
{
	char reason[32];

	expect_word(file, "answer");
	expect_word(file, verdict_name(d->verdict));
	assert_true(next_word(file, reason));
	assert_string_equal(*reason == '-' ? "" : reason, decide_reason_name(d->reason));
	expect(file, d->p);
	expect(file, d->p_adjusted);
	expect(file, d->floor);
	expect(file, d->change.estimate);
	expect(file, d->change.low);
	expect(file, d->change.high);
	expect(file, d->family_level);
	expect(file, d->family.low);
	expect(file, d->family.high);
	expect(file, d->equal_low);
	expect(file, d->equal_high);
	expect(file, d->spread[DECIDE_BASE]);
	expect(file, d->spread[DECIDE_NEW]);
	expect(file, d->welch);
	expect(file, (double)d->rounds);
	expect(file, d->in_rounds);
	expect(file, d->hopeless);
	expect(file, (double)d->bad[DECIDE_BASE]);
	expect(file, (double)d->bad[DECIDE_NEW]);
	expect(file, d->bad_share);
}

/* Reads one comparison behind its first word. Returns how many rows it has. */
static size_t check_comparison(FILE *file)
{
	static struct sample s[ROWS_MAX];
	struct decide_options o = decide_defaults();
	struct decide_row row[ROWS_MAX];
	size_t n;

	o.alpha = number(file);
	o.blocks = (enum decide_blocks)whole(file);
	o.allow_one_boot = whole(file);
	o.allow_order = whole(file);
	n = whole(file);
	assert_true(n <= ROWS_MAX);
	for (size_t i = 0; i < n; i++) {
		read_row(file, &s[i]);
		row[i] = s[i].row;
	}
	assert_int_equal(decide(row, n, &o), 0);
	for (size_t i = 0; i < n; i++)
		check_answer(file, &row[i]);
	expect_word(file, "overall");
	expect_word(file, verdict_name(decide_overall(row, n)));
	return n;
}

static void equals_trusted(void **state)
{
	FILE *file = fopen(VECTORS, "re");
	size_t rows = 0;
	char word[32];

	(void)state;
	assert_non_null(file);
	while (next_word(file, word)) {
		assert_string_equal(word, "comparison");
		rows += check_comparison(file);
	}
	fclose(file);
	assert_true(rows > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equals_trusted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
