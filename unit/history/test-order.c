// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "history/order.h"

static void releases_are_in_the_order_of_their_making(void **state)
{
	static const char *const release[] = {
		"",
		"5.15.0",
		"6.1.0-9-amd64",
		"6.1.0-18-amd64",
		"6.9.0",
		"6.10-rc1",
		"6.10.0-rc1",
		"6.10.0-rc1-00012-gabc",
		"6.10.0-rc1-00112-g123",
		"6.10.0-rc2",
		"6.10.0-rc10",
		"6.10.0-rc10-next-20240718",
		"6.10.0",
		"6.10.0-patched",
		"6.10.1",
		"6.10.10",
		"6.99999999999999999999999999",
		"6.100000000000000000000000000",
		"next",
	};
	size_t n = sizeof(release) / sizeof(*release);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++) {
			int order = release_compare(release[i], release[j]);

			if (strcmp(release[i], "6.10-rc1") == 0 ||
			    strcmp(release[j], "6.10-rc1") == 0)
				continue; /* between 6.9.0 and 6.10.0, and no more is said */
			assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
		}
	}
	assert_true(release_compare("6.9.0", "6.10-rc1") < 0);
	assert_true(release_compare("6.10-rc1", "6.10") < 0);
	assert_true(release_compare("6.10-rc1", "6.10.1") < 0);
	assert_int_equal(release_compare("6.01", "6.1"), 0);
	assert_true(release_compare("6.1-rcx", "6.1") > 0);
}

static void builds_tell_their_date(void **state)
{
	static const struct {
		const char *version;
		double date;
	} build[] = {
		{ "#1 SMP PREEMPT_DYNAMIC Thu Feb  1 10:00:00 UTC 2024", 1706781600 },
		{ "#12~x SMP Thu Feb 01 10:00:00 CET 2024", 1706781600 },
		{ "#1 SMP Thu Feb  1 10:00:00 2024", 1706781600 },
		{ "#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)", 1706745600 },
		{ "#1 (x) SMP Debian 6.1.76-1 (2024-02-01)", 1706745600 },
		{ "", NAN },
		{ "#1 SMP", NAN },
		{ "#1 SMP Thu Feb", NAN },
		{ "#1 SMP Thu Feb  1 10:00:00 UTC", NAN },
		{ "#1 SMP Thu Feb  1 10:00:00 UTC 2024x", NAN },
		{ "(2024-02-01", 1706745600 },
		{ "(2024-02-01x)", NAN },
		{ "((((", NAN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(build) / sizeof(*build); i++) {
		double date = build_date(build[i].version);

		if (isnan(build[i].date))
			assert_true(isnan(date));
		else
			assert_true(date == build[i].date);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(releases_are_in_the_order_of_their_making),
		cmocka_unit_test(builds_tell_their_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
