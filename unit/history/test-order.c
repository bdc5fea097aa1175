// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "history/order.h"

/* A set whose kernel has @text as fact @path. */
static struct set make(struct fact *fact, const char *path, const char *text)
{
	*fact = (struct fact){ (char *)path, (char *)text };
	return (struct set){ .facts = { 1, fact } };
}

/* Which of two kernels comes first, in whatever order they are given: -1 @a, 1 @b, 0 neither. */
static int compare(enum set_order order, const char *path, const char *a, const char *b)
{
	int first = 0;

	for (int i = 0; i < 2; i++) {
		struct fact fact[2];
		struct set set[2] = { make(&fact[0], path, i ? b : a),
				      make(&fact[1], path, i ? a : b) };
		struct sets sets = { .n = 2, .set = set };

		sets_order(&sets, order);
		first += set[0].facts.fact->text == (char *)a ? -1 : 1;
	}
	return first / 2;
}

static int release_compare(const char *a, const char *b)
{
	return compare(ORDER_RELEASE, "kernel.release", a, b);
}

static int build_compare(const char *a, const char *b)
{
	return compare(ORDER_DATE, "kernel.version", a, b);
}

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
			if (strcmp(release[i], "6.10-rc1") == 0 ||
			    strcmp(release[j], "6.10-rc1") == 0)
				continue; /* between 6.9.0 and 6.10.0, and no more is said */
			if (i != j)
				assert_int_equal(release_compare(release[i], release[j]),
						 (i > j) - (i < j));
		}
	}
	assert_true(release_compare("6.9.0", "6.10-rc1") < 0);
	assert_true(release_compare("6.10-rc1", "6.10") < 0);
	assert_true(release_compare("6.10-rc1", "6.10.1") < 0);
	assert_int_equal(release_compare("6.01", "6.1"), 0);
	assert_true(release_compare("6.1-rcx", "6.1") > 0);
}

static bool tells_its_build(const char *version)
{
	struct fact fact;
	struct set set = make(&fact, "kernel.version", version);
	const struct sets sets = { .n = 1, .set = &set };

	return strcmp(set_order_text(&sets, ORDER_DATE), "by the date of their build") ==
	       0;
}

static void builds_tell_their_date(void **state)
{
	static const char ten[] = "#1 SMP Thu Feb  1 10:00:00 UTC 2024",
			  before_ten[] = "#1 SMP Thu Feb  1 09:59:59 UTC 2024",
			  day[] = "#1 SMP Thu Feb  1 00:00:00 UTC 2024",
			  before_day[] = "#1 SMP Wed Jan 31 23:59:59 UTC 2024";
	static const struct {
		const char *version, *same, *earlier; /* same NULL: it does not tell */
	} build[] = {
		{ "#1 SMP PREEMPT_DYNAMIC Thu Feb  1 10:00:00 UTC 2024", ten,
		  before_ten },
		{ "#12~x SMP Thu Feb 01 10:00:00 CET 2024", ten, before_ten },
		{ "#1 SMP Thu Feb  1 10:00:00 2024", ten, before_ten },
		{ "#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)", day,
		  before_day },
		{ "#1 (x) SMP Debian 6.1.76-1 (2024-02-01)", day, before_day },
		{ "(2024-02-01", day, before_day },
		{ "", NULL, NULL },
		{ "#1 SMP", NULL, NULL },
		{ "#1 SMP Thu Feb", NULL, NULL },
		{ "#1 SMP Thu Feb  1 10:00:00 UTC", NULL, NULL },
		{ "#1 SMP Thu Feb  1 10:00:00 UTC 2024x", NULL, NULL },
		{ "(2024-02-01x)", NULL, NULL },
		{ "((((", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(build) / sizeof(*build); i++) {
		assert_true(tells_its_build(build[i].version) == !!build[i].same);
		if (!build[i].same)
			continue;
		assert_int_equal(build_compare(build[i].version, build[i].same), 0);
		assert_int_equal(build_compare(build[i].version, build[i].earlier), 1);
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
