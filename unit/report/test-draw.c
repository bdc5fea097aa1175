// SPDX-License-Identifier: MIT
/* What a page is made of: text that stays text, scales, and pictures. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/html.h"
#include "report/chart.h"
#include "report/svg.h"
#include "system/cleanup.h"

/* Runs what writes to `out` and compares. */
#define CHECK_WRITES(expected, ...)                                                      \
	do {                                                                             \
		CLEANUP_FREE char *text_ = NULL;                                         \
		size_t size_;                                                            \
		FILE *out = open_memstream(&text_, &size_);                              \
                                                                                         \
		assert_non_null(out);                                                    \
		__VA_ARGS__;                                                             \
		assert_int_equal(fclose(out), 0);                                        \
		assert_string_equal(text_, expected);                                    \
	} while (0)

static void test_text_stays_text(void **state)
{
	(void)state;
	CHECK_WRITES("&lt;b&gt;&amp;&quot;&#39;", html_text(out, "<b>&\"'"));
	CHECK_WRITES("µ [U+001B][31m", html_text(out, "µ \033[31m"));
	CHECK_WRITES("a[U+202E]b", html_text(out, "a\xe2\x80\xae"
						  "b"));
	CHECK_WRITES("a\xef\xbf\xbd"
		     "b",
		     html_text(out, "a\xff"
				    "b"));
	CHECK_WRITES("ab\ncd", html_text(out, "ab\ncd"));
	CHECK_WRITES("&lt;…", html_text_cut(out, "<bb", 1));
	CHECK_WRITES("µµ", html_text_cut(out, "µµ", 2));
}

static void test_long_text_opens(void **state)
{
	(void)state;
	CHECK_WRITES("<bdi>abc</bdi>", html_isolated(out, "abc", 3));
	CHECK_WRITES(
		"<details><summary><bdi>abc…</bdi></summary><bdi>abcd</bdi></details>",
		html_isolated(out, "abcd", 3));
}

static void test_scale(void **state)
{
	const double values[] = { 10, 1000, NAN, -1, INFINITY };
	struct scale s = scale_of(values, 5, true, 0, 100);

	(void)state;
	assert_true(s.low < 10 && s.low > 5);
	assert_true(s.high > 1000 && s.high < 2000);
	assert_true(fabs(scale_at(&s, 100) - 50) < 1e-9);
	assert_true(fabs(scale_at(&s, 0) - 0) < 1e-9);
	assert_true(fabs(scale_at(&s, INFINITY) - 100) < 1e-9);
	s = scale_of(values, 0, true, 0, 100);
	assert_true(s.low > 0 && s.low < s.high);
	s = scale_of(&values[0], 1, false, 100, 0);
	assert_true(fabs(scale_at(&s, 10) - 50) < 1e-9);
}

static void check_ticks(double low, double high, bool log, size_t most,
			const char *expected)
{
	const struct scale s = { low, high, 0, 100, log };
	struct tick tick[TICKS_MAX];
	size_t n = scale_ticks(&s, tick, most);
	char got[400] = "";

	assert_true(n <= most);
	for (size_t i = 0; i < n; i++) {
		assert_true(tick[i].value >= low * 0.999999 &&
			    tick[i].value <= high * 1.000001);
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s",
			 i ? " " : "", tick[i].text);
	}
	assert_string_equal(got, expected);
}

static void test_ticks(void **state)
{
	(void)state;
	check_ticks(9e3, 2e6, true, 5, "10µs 30µs 100µs 300µs 1ms");
	check_ticks(9e4, 2e6, true, 5, "100µs 200µs 500µs 1ms 2ms");
	check_ticks(1, 1e10, true, 4, "1ns 1µs 1ms 1s");
	check_ticks(20.1e3, 20.9e3, true, 5, "20.2µs 20.4µs 20.6µs 20.8µs");
	check_ticks(2e5, 1.9e6, true, 5, "500µs 1ms 1.5ms");
	check_ticks(0.5e9, 19.5e9, false, 5, "5s 10s 15s");
	check_ticks(999, 1001, true, 2, "999ns 1µs");
}

static void check_changes(double low, double high, size_t most, const char *expected)
{
	const struct scale s = { low, high, 0, 100, true };
	struct tick tick[TICKS_MAX];
	size_t n = scale_change_ticks(&s, tick, most);
	char got[400] = "";

	for (size_t i = 0; i < n; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s",
			 i ? " " : "", tick[i].text);
	assert_string_equal(got, expected);
}

static void test_changes(void **state)
{
	(void)state;
	check_changes(0.93, 1.12, 5, "-5% 0 +5% +10%");
	check_changes(0.985, 1.015, 5, "-1% 0 +1%");
	check_changes(0.8, 1.25, 7, "-20% -10% 0 +10% +20%");
	check_changes(0.8, 40, 5, "0 +100% +400% x10 x20");
	check_changes(0.01, 1.1, 5, "-95% -90% -80% -50% 0");
	check_changes(0.9, 2.2, 5, "0 +20% +50% +100%");
	check_changes(0.3, 3, 7, "-50% 0 +100%"); /* +20% would lie on 0 */
	check_changes(0.5, 5000, 5, "0 x10 x100 x1000");
}

static void test_path(void **state)
{
	struct svg_path p;

	(void)state;
	CHECK_WRITES("<path d=\"M10 20h5v-5l5-5l1 1M0 0h0\"/>\n", {
		svg_path_begin(&p, out, NULL);
		svg_path_to(&p, 1, 2);
		svg_path_to(&p, 1.5, 2);
		svg_path_to(&p, 1.5, 1.5);
		svg_path_to(&p, 2, 1);
		svg_path_to(&p, 2, 1.01);
		svg_path_to(&p, 2.1, 1.1);
		svg_path_dot(&p, 0, 0);
		svg_path_end(&p, NULL);
	});
	CHECK_WRITES("<path d=\"M10 10\"><title>&lt;</title></path>\n", {
		svg_path_begin(&p, out, NULL);
		svg_path_to(&p, 1, 1);
		svg_path_end(&p, "<");
	});
}

/* Relative luminance, after WCAG 2.2. */
static double luminance(const char *colour)
{
	static const double weight[] = { 0.2126, 0.7152, 0.0722 };
	double sum = 0;

	for (int i = 0; i < 3; i++) {
		const char part[] = { colour[1 + 2 * i], colour[2 + 2 * i], '\0' };
		double c = (double)strtol(part, NULL, 16) / 255;

		sum += weight[i] *
		       (c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
	}
	return sum;
}

static double contrast(const char *a, const char *b)
{
	double x = luminance(a), y = luminance(b);

	return (fmax(x, y) + 0.05) / (fmin(x, y) + 0.05);
}

/* One colour for the light and the dark page: what a policy leaves of a page has no other. */
static void test_palette_is_seen_on_both_grounds(void **state)
{
	(void)state;
	for (size_t n = 1; n <= 100; n += 3) {
		for (size_t i = 0; i < n; i++) {
			assert_true(contrast(palette_set(i, n), "#ffffff") >= 3);
			assert_true(contrast(palette_set(i, n), "#16181c") >= 3);
		}
	}
	assert_true(contrast(palette_verdict(VERDICT_WORSE), "#ffffff") >= 3);
	assert_true(contrast(palette_verdict(VERDICT_BETTER), "#16181c") >= 3);
	assert_string_not_equal(palette_set(0, 100), palette_set(99, 100));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_stays_text),
		cmocka_unit_test(test_long_text_opens),
		cmocka_unit_test(test_scale),
		cmocka_unit_test(test_ticks),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_palette_is_seen_on_both_grounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
