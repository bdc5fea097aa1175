// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "device/drivers.h"

static void i915_by_release(void **state)
{
	static const struct {
		const char *release, *releases;
		bool counted, waits;
	} cases[] = {
		{ "4.19.0-27-amd64", "up to 5.4", false, true },
		{ "5.4.0-200-generic", "up to 5.4", false, true },
		{ "5.5.0", "5.5 to 5.7", false, true },
		{ "5.8.0-rc2+", "5.8 to 5.12", true, true },
		{ "5.10.0-33-amd64", "5.8 to 5.12", true, true },
		{ "5.13", "5.13 to 6.8", true, true },
		{ "6.1.0-26-amd64", "5.13 to 6.8", true, true },
		{ "6.8.0-45-generic", "5.13 to 6.8", true, true },
		{ "6.9.0", "6.9 and later", true, false },
		{ "6.12.43+deb13-amd64", "6.9 and later", true, false },
		{ "7.0.0-rc1", "6.9 and later", true, false },
	};
	char releases[40];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct driver_regime *r = driver_regime("i915", cases[i].release);

		assert_non_null(r);
		assert_string_equal(r->driver, "i915");
		assert_string_equal(driver_regime_releases(r, releases, sizeof(releases)),
				    cases[i].releases);
		assert_true(r->pins);
		assert_int_equal(r->counted, cases[i].counted);
		assert_int_equal(r->waits, cases[i].waits);
		assert_int_equal(strstr(r->notifier, "does not wait") == NULL, r->waits);
		assert_true(strlen(r->source) > 10);
	}
}

static void drivers_that_do_not_pin(void **state)
{
	static const struct {
		const char *driver, *release, *releases;
	} cases[] = {
		{ "xe", "6.8.0", "6.8 to 6.13" },
		{ "xe", "6.12.43+deb13-amd64", "6.8 to 6.13" },
		{ "xe", "6.18.2", "6.14 and later" },
		{ "amdgpu", "6.1.0-26-amd64", "6.1 and later" },
	};
	char releases[40];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct driver_regime *r =
			driver_regime(cases[i].driver, cases[i].release);

		assert_non_null(r);
		assert_false(r->pins || r->counted);
		assert_true(r->waits);
		assert_string_equal(driver_regime_releases(r, releases, sizeof(releases)),
				    cases[i].releases);
	}
	assert_null(driver_regime("xe", "6.1.0"));
}

static void not_known(void **state)
{
	(void)state;
	assert_null(driver_regime("vgem", "6.1.0"));
	assert_null(driver_regime("", "6.1.0"));
	assert_null(driver_regime("i915", ""));
	assert_null(driver_regime("i915", "next-20260101"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(i915_by_release),
		cmocka_unit_test(drivers_that_do_not_pin),
		cmocka_unit_test(not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
