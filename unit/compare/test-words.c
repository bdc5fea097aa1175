// SPDX-License-Identifier: MIT
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "sets/metric.h"
#include "sets/cell.h"
#include "summary/words.h"
#include "sets/thresholds.h"
#include "system/cleanup.h"
#include "system/units.h"

static void check_plain(const char *text, size_t most, const char *expected)
{
	CLEANUP_FREE char *plain = text_plain(text, most);

	assert_non_null(plain);
	assert_string_equal(plain, expected);
}

static void test_plain_text(void **state)
{
	(void)state;
	check_plain("linux-6.1", 20, "linux-6.1");
	check_plain("", 20, "");
	check_plain("a\033[31mb\nc\x7f", 20, "a?[31mb?c?");
	check_plain("\xc2\x9b"
		    "1m",
		    20, "?1m");
	check_plain("gr\xc3\xbc\xc3\x9f", 20, "gr\xc3\xbc\xc3\x9f");
	/* right-to-left override, line separator, byte order mark, Arabic letter mark */
	check_plain("a\xe2\x80\xae"
		    "b\xe2\x80\xa8"
		    "c\xef\xbb\xbf"
		    "d\xd8\x9c",
		    20, "a?b?c?d?");
	/* no UTF-8: stray, cut, overlong, surrogate, beyond Unicode */
	check_plain("\xff\x80", 20, "??");
	check_plain("a\xe2\x80", 20, "a??");
	check_plain("\xc0\xaf", 20, "??");
	check_plain("\xed\xa0\x80", 20, "???");
	check_plain("\xf4\x90\x80\x80", 20, "????");
	check_plain("abcdefghij", 10, "abcdefghij");
	check_plain("abcdefghijk", 10, "abcdefg...");
	check_plain("\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc", 4, "\xc3\xbc...");
}

static void test_changes(void **state)
{
	static const struct {
		double change;
		const char *text;
	} cases[] = {
		{ 0, "0.0%" },	       { .0004, "0.0%" },   { -.0004, "0.0%" },
		{ .0152, "+1.5%" },    { -.0994, "-9.9%" }, { .0996, "+10%" },
		{ .32, "+32%" },       { -.5, "-50%" },	    { -.994, "-99%" },
		{ -.9987, "-99.87%" }, { 8.99, "+899%" },   { 9.3, "x10.3" },
		{ 745, "x746" },       { NAN, "?" },	    { INFINITY, "?" },
	};
	char buf[80];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_string_equal(text_change(cases[i].change, buf, sizeof(buf)),
				    cases[i].text);
	assert_string_equal(text_change_interval(.18, .47, buf, sizeof(buf)),
			    "[+18% .. +47%]");
	assert_string_equal(text_change_interval(-1, INFINITY, buf, sizeof(buf)),
			    "[unknown]");
}

static void test_quantiles(void **state)
{
	static const char *const bad[] = {
		"",    "p",   "p0",   "p100", "99",	"p-1",
		"p9x", "p 9", "pnan", "p1e1", "p9.9.9", "p+9"
	};
	struct metrics m;
	char name[16];

	(void)state;
	metrics_init(&m);
	assert_int_equal(m.quantiles, 3);
	assert_string_equal(m.metric[2].name, "p99");
	assert_int_equal(metrics_add(&m, "p99.9"), 0);
	assert_int_equal(metrics_add(&m, "p95"), 0);
	assert_int_equal(metrics_add(&m, "p99.90"), 0);
	assert_int_equal(m.quantiles, 5);
	assert_string_equal(m.metric[2].name, "p95");
	assert_string_equal(m.metric[4].name, "p99.9");
	assert_float_equal(m.metric[4].p, .999, 1e-12);
	assert_int_equal(metrics_find(&m, "p99.9"), 4);
	assert_string_equal(m.metric[5].name, "fault_p50");
	assert_int_equal(metrics_find(&m, "nothing"), m.n);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(metrics_add(&m, bad[i]), -EINVAL);
	for (size_t i = m.quantiles; i < QUANTILES_MAX; i++) {
		snprintf(name, sizeof(name), "p%zu", i);
		assert_int_equal(metrics_add(&m, name), 0);
	}
	assert_int_equal(metrics_add(&m, "p42"), -E2BIG);
	assert_int_equal(metrics_add(&m, "p99"), 0);
}

static void test_setup(void **state)
{
	const struct record_config a = {
		.arena = "cgroup:2G",
		.engine = "uring",
		.walker = "loop:864M",
		.fill_bytes = 1000 * MIB,
		.duration_ns = 20 * NSEC_PER_SEC,
		.priority = 99,
	};
	struct record_config b = a;

	(void)state;
	b.duration_ns = 10 * NSEC_PER_SEC;
	b.fill_bytes = 1009 * MIB;
	strcpy(b.walker, "loop:900M");
	assert_true(same_setup(&a, &b));
	assert_true(same_setup(&b, &a));
	strcpy(b.walker, "loop:1G");
	assert_false(same_setup(&a, &b));
	strcpy(b.walker, "loop:900M");
	b.fill_bytes = 1011 * MIB;
	assert_false(same_setup(&a, &b));
	b = a;
	strcpy(b.walker, "tree:864M");
	assert_false(same_setup(&a, &b));
	b = a;
	strcpy(b.arena, "cgroup:1G");
	assert_false(same_setup(&a, &b));
	b = a;
	b.priority = -1;
	assert_false(same_setup(&a, &b));
	b = a;
	*b.engine = '\0';
	assert_false(setup_field_alike(&a, &b, SETUP_ENGINE));
	assert_string_equal(setup_field_name(SETUP_ENGINE), "engine");
}

/* Writes @text to a file of its own, whose name is written to @path. */
static void write_rules(const char *text, char path[32])
{
	int fd;

	strcpy(path, "/tmp/pinlat-rules-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void test_thresholds(void **state)
{
	struct threshold_list list;
	char path[32], why[128];

	(void)state;
	write_rules("# margins\n\n*  p50 2.5%  # tight\nthp-* p9? 20%\nthp-busy p99 30%",
		    path);
	assert_int_equal(threshold_list_read(&list, path, why, sizeof(why)), 0);
	unlink(path);
	assert_int_equal(list.n, 3);
	assert_float_equal(threshold_find(&list, "timer-busy", "p50")->margin, .025,
			   1e-12);
	assert_float_equal(threshold_find(&list, "thp-idle", "p99")->margin, .2, 1e-12);
	assert_float_equal(threshold_find(&list, "thp-busy", "p99")->margin, .3, 1e-12);
	assert_int_equal(threshold_find(&list, "thp-busy", "p99")->line, 5);
	assert_null(threshold_find(&list, "timer-busy", "p99"));
	assert_null(threshold_find(NULL, "timer-busy", "p99"));
	threshold_list_free(&list);
}

static void test_bad_thresholds(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "a p50", ":1: a rule is SUBTEST METRIC MARGIN" },
		{ "a p50 5% 6%", ":1: a rule is SUBTEST METRIC MARGIN" },
		{ "\n#\na p50 5", ":3: the margin must be a percentage" },
		{ "a p50 -5%", ":1: the margin must be" },
		{ "a p50 101%", ":1: the margin must be" },
	};
	struct threshold_list list;
	char path[32], why[128];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		write_rules(cases[i].text, path);
		assert_int_equal(threshold_list_read(&list, path, why, sizeof(why)),
				 -EINVAL);
		assert_ptr_equal(strstr(why, path), why);
		assert_ptr_equal(strstr(why, cases[i].why), why + strlen(path));
		threshold_list_free(&list);
		unlink(path);
	}
	assert_int_equal(threshold_list_read(&list, "/no/such", why, sizeof(why)),
			 -ENOENT);
	assert_string_equal(why, "/no/such: cannot be read: No such file or directory");
	assert_int_equal(threshold_list_read(&list, "/", why, sizeof(why)), -EISDIR);
	threshold_list_free(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_text), cmocka_unit_test(test_changes),
		cmocka_unit_test(test_quantiles),  cmocka_unit_test(test_setup),
		cmocka_unit_test(test_thresholds), cmocka_unit_test(test_bad_thresholds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
