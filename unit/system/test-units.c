// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "stats/random.h"
#include "system/units.h"

struct example {
	const char *text;
	int ret;
	uint64_t value;
};

typedef int parser(const char *text, uint64_t *value);

static void check(parser *parse, const struct example *examples, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t value = 12345;
		int ret = parse(examples[i].text, &value);

		if (ret != examples[i].ret || (ret == 0 && value != examples[i].value))
			fail_msg("\"%s\": %d, %llu", examples[i].text, ret,
				 (unsigned long long)value);
		if (ret < 0)
			assert_int_equal(value, 12345);
	}
	assert_int_equal(parse(NULL, &(uint64_t){ 0 }), -EINVAL);
}

#define CHECK(parse, examples)                                                           \
	check(parse, examples, sizeof(examples) / sizeof((examples)[0]))

static void sizes(void **state)
{
	static const struct example examples[] = {
		{ "0", 0, 0 },
		{ "4096", 0, 4096 },
		{ "64k", 0, 65536 },
		{ "64K", 0, 65536 },
		{ "64KiB", 0, 65536 },
		{ "64M", 0, 64 * MIB },
		{ "64m", 0, 64 * MIB },
		{ "64MiB", 0, 64 * MIB },
		{ "1.5G", 0, 3 * GIB / 2 },
		{ "0.1G", 0, 107374182 },
		{ "1T", 0, 1024 * GIB },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "16777215.99999999999999999999999T", 0, UINT64_MAX },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "99999999999999999999999999", -ERANGE, 0 },
		{ "16777216T", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "1 ", -EINVAL, 0 },
		{ "1 k", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },
		{ "k", -EINVAL, 0 },
		{ "0x10", -EINVAL, 0 },
		{ "1e3", -EINVAL, 0 },
		{ "nan", -EINVAL, 0 },
		{ "inf", -EINVAL, 0 },
		{ ".5G", -EINVAL, 0 },
		{ "1.G", -EINVAL, 0 },
		{ "1.5", -EINVAL, 0 },
		{ "1,5G", -EINVAL, 0 },
		{ "1.5.5G", -EINVAL, 0 },
		{ "1iB", -EINVAL, 0 },
		{ "1kB", -EINVAL, 0 },
		{ "1Gi", -EINVAL, 0 },
		{ "1Gx", -EINVAL, 0 },
		{ "99999999999999999999999999x", -EINVAL, 0 },
	};

	(void)state;
	CHECK(parse_size, examples);
}

static void durations(void **state)
{
	static const struct example examples[] = {
		{ "20s", 0, 20 * NSEC_PER_SEC },
		{ "20", 0, 20 * NSEC_PER_SEC },
		{ "1.5", 0, 1500 * NSEC_PER_MSEC },
		{ "1.5s", 0, 1500 * NSEC_PER_MSEC },
		{ "500ms", 0, 500 * NSEC_PER_MSEC },
		{ "0.000000001s", 0, 1 },
		{ "100us", 0, 100 * NSEC_PER_USEC },
		{ "64ns", 0, 64 },
		{ "2m", 0, 120 * NSEC_PER_SEC },
		{ "0", 0, 0 },
		{ "18446744073s", 0, 18446744073 * NSEC_PER_SEC },
		{ "18446744074s", -ERANGE, 0 },
		{ "1.5ns", -EINVAL, 0 },
		{ "-1s", -EINVAL, 0 },
		{ "1S", -EINVAL, 0 },
		{ "1h", -EINVAL, 0 },
		{ "1sec", -EINVAL, 0 },
		{ "s", -EINVAL, 0 },
		{ "1s ", -EINVAL, 0 },
		{ "0x1s", -EINVAL, 0 },
	};

	(void)state;
	CHECK(parse_duration, examples);
}

static void whole_numbers(void **state)
{
	static const struct example examples[] = {
		{ "0", 0, 0 },
		{ "007", 0, 7 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "1.0", -EINVAL, 0 },
		{ "1k", -EINVAL, 0 },
		{ "-0", -EINVAL, 0 },
		{ "0x1", -EINVAL, 0 },
		{ "1\n", -EINVAL, 0 },
		{ "", -EINVAL, 0 },
	};

	(void)state;
	CHECK(parse_u64, examples);
}

static void percents(void **state)
{
	static const char *const bad[] = { "0%",   "80",   "100.1%", "101%", "%",
					   "-5%",  "80 %", "80%%",   "nan%", "",
					   "0.0%", "0x5%", "1e1%",   NULL };
	double f = 0;

	(void)state;
	assert_int_equal(parse_percent("80%", &f), 0);
	assert_true(f == 0.8);
	assert_int_equal(parse_percent("100%", &f), 0);
	assert_true(f == 1.0);
	assert_int_equal(parse_percent("0.5%", &f), 0);
	assert_true(f == 0.005);
	for (const char *const *text = bad; *text; text++)
		assert_int_equal(parse_percent(*text, &f), -EINVAL);
	assert_int_equal(parse_percent(NULL, &f), -EINVAL);
	assert_true(f == 0.005);
}

static void formatted_sizes(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} examples[] = {
		{ 0, "0" },
		{ 512, "512" },
		{ 1000, "1000" },
		{ 1025, "1025" },
		{ 4096, "4k" },
		{ 1536, "1.5k" },
		{ 64 * MIB, "64M" },
		{ 512 * MIB, "512M" },
		{ 1536 * MIB, "1.5G" },
		{ 1280 * MIB, "1280M" },
		{ GIB, "1G" },
		{ 24684112 * KIB, "23.5G" },
		{ GIB - 1, "1G" },
		{ MIB - 1, "1M" },
		{ 2048 * GIB, "2T" },
		{ UINT64_MAX, "16777216T" },
	};
	char buf[32];

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		assert_string_equal(format_size(examples[i].bytes, buf, sizeof(buf)),
				    examples[i].text);
}

static void formatted_durations(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} examples[] = {
		{ 0, "0s" },
		{ 64, "64ns" },
		{ 1001, "1001ns" },
		{ 100000, "100us" },
		{ 1500000, "1.5ms" },
		{ 1250000, "1250us" },
		{ 1234567, "1.2ms" },
		{ 999999999, "1s" },
		{ 20000000000, "20s" },
		{ 120000000000, "120s" },
		{ UINT64_MAX, "18446744073.7s" },
	};
	char buf[32];

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		assert_string_equal(format_duration(examples[i].ns, buf, sizeof(buf)),
				    examples[i].text);
}

/* What is written reads back, within half of the decimal that is shown. */
static void there_and_back(void **state)
{
	struct random_state r = random_stream(1, 0);
	char buf[32];

	(void)state;
	for (unsigned int i = 0; i < 100000; i++) {
		uint64_t value = random_next(&r) >> (1 + random_below(&r, 63)), back;
		uint64_t margin = value / 18;

		assert_int_equal(parse_size(format_size(value, buf, sizeof(buf)), &back),
				 0);
		assert_in_range(back, value - margin, value + margin);
		assert_int_equal(
			parse_duration(format_duration(value, buf, sizeof(buf)), &back),
			0);
		assert_in_range(back, value - margin, value + margin);
	}
	for (uint64_t mib = 1; mib < 10000; mib++) {
		uint64_t back;

		assert_int_equal(
			parse_size(format_size(mib * MIB, buf, sizeof(buf)), &back), 0);
		assert_int_equal(back, mib * MIB);
	}
}

static void a_small_buffer_holds(void **state)
{
	char buf[4] = "xxx";

	(void)state;
	assert_string_equal(format_size(1536 * MIB, buf, 3), "1.");
	assert_int_equal(buf[3], '\0');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),	   cmocka_unit_test(durations),
		cmocka_unit_test(whole_numbers),   cmocka_unit_test(percents),
		cmocka_unit_test(formatted_sizes), cmocka_unit_test(formatted_durations),
		cmocka_unit_test(there_and_back),  cmocka_unit_test(a_small_buffer_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
