// SPDX-License-Identifier: MIT
/* What is written is read back, and as what. */
#include "cmocka_setup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "record/record.h"
#include "sample.h"

static int read_text(struct record *r, const char *text, char *why, size_t size)
{
	return record_from_line(r, text, strlen(text), why, size);
}

static void check_round_trip(const char *subtest)
{
	struct record r, again;
	char *line, *copy, why[256];

	assert_int_equal(sample_record(&r, subtest, 3), 0);
	line = record_to_line(&r);
	assert_non_null(line);
	assert_null(strchr(line, '\n'));
	assert_int_equal(read_text(&again, line, why, sizeof(why)), 0);
	copy = record_to_line(&again);
	assert_string_equal(line, copy);
	assert_string_equal(again.start, r.start);
	assert_int_equal(again.cpus, 2);
	assert_int_equal(again.cpu[1].voluntary_switches, 20001);
	assert_int_equal(again.load.walker_passes, 5);
	assert_null(again.ignored);
	free(line);
	free(copy);
	record_free(&r);
	record_free(&again);
}

static void test_round_trip(void **state)
{
	(void)state;
	check_round_trip("timer-busy");
	check_round_trip("thp-busy");
}

static void test_thp_only_where_it_belongs(void **state)
{
	struct record r;
	char *line;

	(void)state;
	assert_int_equal(sample_record(&r, "timer-idle", 0), 0);
	line = record_to_line(&r);
	assert_non_null(line);
	assert_null(strstr(line, "\"thp\""));
	free(line);
	record_free(&r);
}

static void test_invalid(void **state)
{
	struct record r, again;
	char *line, why[256];

	(void)state;
	assert_int_equal(sample_record(&r, "timer-idle", 0), 0);
	assert_true(r.valid);
	assert_int_equal(record_invalidate(&r, "the %s stalled", "walker"), 0);
	assert_int_equal(
		record_invalidate(&r, "odd: \xc3\x28\xed\xa0\x80\xf4\x90\x80\x80 µ"), 0);
	line = record_to_line(&r);
	assert_int_equal(read_text(&again, line, why, sizeof(why)), 0);
	assert_false(again.valid);
	assert_int_equal(again.reasons, 2);
	assert_string_equal(again.reason[0], "the walker stalled");
	assert_string_equal(again.reason[1], "odd: ?(??????? µ");
	free(line);
	record_free(&r);
	record_free(&again);
}

/* Number 18446744073709551615 is a sum that saturated, and stays it. */
static void test_extremes(void **state)
{
	struct distribution_bucket buckets[] = { { 0, 1 }, { 0xff80000000000000ull, 2 } };
	struct record r, again;
	char *line, why[256];

	(void)state;
	record_init(&r);
	r.subtest = strdup("timer-idle");
	r.label = strdup("x");
	r.scheduled = (struct distribution){
		.count = 3,
		.max = UINT64_MAX,
		.sum = UINT64_MAX,
		.buckets = 2,
		.bucket = buckets,
	};
	line = record_to_line(&r);
	r.scheduled.bucket = NULL;
	assert_non_null(strstr(line, "\"sum\":18446744073709551615"));
	assert_non_null(strstr(line, "\"p50\":null"));
	assert_int_equal(read_text(&again, line, why, sizeof(why)), 0);
	assert_true(again.scheduled.sum == UINT64_MAX &&
		    again.scheduled.max == UINT64_MAX);
	assert_true(again.scheduled.bucket[1].lower == 0xff80000000000000ull);
	free(line);
	record_free(&r);
	record_free(&again);
}

#define SMALL(schema, more)                                                                         \
	"{\"schema\": \"" schema                                                                    \
	"\", \"subtest\": \"timer-idle\", \"label\": \"a\", \"validity\": {\"valid\": true}, " more \
	"\"latency\": {\"scheduled\": {\"count\": 1, \"min\": 513, \"max\": 513, \"sum\": 513, \"buckets\": [[512, 1]]}}}"

/* All but these few parts may be absent. */
static void test_smallest(void **state)
{
	struct record r;
	char why[256];

	(void)state;
	assert_int_equal(read_text(&r, SMALL("pinlat.record/1.0", ""), why, sizeof(why)),
			 0);
	assert_string_equal(r.boot_id, "");
	assert_string_equal(r.config.engine, "");
	assert_null(r.environment);
	assert_null(r.counters);
	assert_null(r.timeline);
	assert_int_equal(r.cpus, 0);
	assert_int_equal(r.scheduled.max, 513);
	assert_int_equal(r.woken.count, 0);
	record_free(&r);
}

static void test_versions(void **state)
{
	struct record r;
	char why[256];

	(void)state;
	/* A newer minor version is read, and what is new is named. */
	assert_int_equal(
		read_text(&r, SMALL("pinlat.record/1.7", "\"power\": 3, \"moon\": {}, "),
			  why, sizeof(why)),
		0);
	assert_string_equal(r.ignored, "power, moon");
	record_free(&r);
	assert_int_equal(read_text(&r, SMALL("pinlat.record/2.0", ""), why, sizeof(why)),
			 -EPROTONOSUPPORT);
	assert_string_equal(why, "schema: version 2.0, this pinlat reads 1.x");
	assert_int_equal(read_text(&r, SMALL("fio/1.0", ""), why, sizeof(why)),
			 -EPROTONOSUPPORT);
	assert_string_equal(why, "schema: \"fio/1.0\" is not pinlat.record/1.x");
	assert_null(r.subtest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_thp_only_where_it_belongs),
		cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_smallest),
		cmocka_unit_test(test_versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
