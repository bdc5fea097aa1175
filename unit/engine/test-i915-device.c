// SPDX-License-Identifier: MIT
/* Which device the engine i915 takes, and what it says where there is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/device-filter.h"
#include "engine/engine.h"
#include "fake-i915.h"
#include "gpu.h"

static const struct drm_device devices[] = {
	{ .card = "/dev/dri/card0",
	  .render = "/dev/dri/renderD128",
	  .pci_slot = "0000:00:02.0",
	  .syspath = "/sys/devices/pci0000:00/0000:00:02.0",
	  .vendor = 0x8086,
	  .device = 0x3185 },
	{ .card = "/dev/dri/card1",
	  .render = "/dev/dri/renderD129",
	  .pci_slot = "0000:03:00.0",
	  .syspath = "/sys/devices/pci0000:00/0000:03:00.0",
	  .vendor = 0x8086,
	  .device = 0x56a0 },
	{ .card = "/dev/dri/card2",
	  .pci_slot = "0000:04:00.0",
	  .syspath = "/sys/devices/pci0000:00/0000:04:00.0",
	  .vendor = 0x1002,
	  .device = 0x3185 },
	{ .card = "/dev/dri/card3", .syspath = "/sys/devices/platform/vgem" },
};

/* Which of them match, as a bit mask; -EINVAL. */
static int matching(const char *filter)
{
	bool match[4];
	int n = device_filter_match(filter, devices, 4, match), mask = 0, count = 0;

	for (int i = 0; i < 4 && n >= 0; i++) {
		mask |= match[i] << i;
		count += match[i];
	}
	assert_true(n < 0 || n == count);
	return n < 0 ? n : mask;
}

static void filters(void **state)
{
	static const struct {
		const char *filter;
		int mask;
	} cases[] = {
		{ NULL, 0xf },
		{ "pci:vendor=8086", 0x3 },
		{ "pci:vendor=intel", 0x3 },
		{ "pci:vendor=0x8086,device=56A0", 0x2 },
		{ "pci:device=3185", 0x5 },
		{ "pci:vendor=8086,device=3185,card=0", 0x1 },
		{ "pci:vendor=8086,card=1", 0x2 },
		{ "pci:vendor=8086,card=2", 0 },
		{ "pci:slot=0000:04:00.0", 0x4 },
		{ "pci:slot=0000:05:00.0", 0 },
		{ "sys:/sys/devices/pci0000:00/0000:03:00.0", 0x2 },
		{ "sys:/sys/devices/pci0000:00/0000:03:00.0/drm/card1", 0x2 },
		{ "sys:/sys/devices/pci0000:00/0000:03:00", 0 },
		{ "drm:/dev/dri/card1", 0x2 },
		{ "drm:/dev/dri/renderD128", 0x1 },
		{ "drm:/dev/dri/card9", 0 },
		{ "drm:/dev/dri/card1;pci:vendor=8086", 0x2 },
		{ "pci:device=integrated", 0x1 },
		{ "pci:vendor=intel,device=discrete,card=0", 0x2 },
		{ "pci:vendor=8086,card=all", 0x3 },
		{ "pci:vendor=8086,card=*", 0x3 },
	};
	static const char *const wrong[] = {
		"",
		"pci",
		"pci:",
		"pci:vendor",
		"pci:vendor=",
		"pci:vendor=intelligent",
		"pci:vendor=18086",
		"pci:colour=blue",
		"pci:device=dg2,card=0",
		"sriov:pf=0",
		"pci:vendor=8086,card=x",
		"drm:",
		"drm:card0",
		"sys:card0",
		"usb:/dev/x",
		"/dev/dri/card0",
		";",
		"pci:slot=0000:00:02.0:and:much:more:than:a:slot",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (matching(cases[i].filter) != cases[i].mask)
			fail_msg("%s: %x", cases[i].filter, matching(cases[i].filter));
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		if (matching(wrong[i]) != -EINVAL)
			fail_msg("'%s' is taken for a filter", wrong[i]);
	}
}

static void a_link_to_a_node(void **state)
{
	struct drm_device d = { .card = "" };
	char filter[400], target[300];
	bool match;

	(void)state;
	snprintf(target, sizeof(target), "%s", gpu_path("dri/card0"));
	snprintf(d.card, sizeof(d.card), "%.63s", target);
	snprintf(filter, sizeof(filter), "drm:%s", gpu_path("by-path"));
	assert_int_equal(symlink(target, gpu_path("by-path")), 0);
	assert_int_equal(device_filter_match(filter, &d, 1, &match), 1);
}

/* Looks for what @filter names; checks which node it is. Returns -errno, or 0. */
static int open_node(const char *filter, char *why, size_t size, const char *wanted)
{
	const struct engine_config config = { .device = filter };
	int ret = i915_engine.usable(&config, why, size);
	struct drm_device *d = i915_engine.device(&config);

	assert_int_equal(ret == 0, d != NULL);
	if (!d)
		return ret;
	assert_string_equal(*d->render ? d->render : d->card, wanted);
	drm_devices_free(d, 1);
	return 0;
}

/* renderD128 comes before renderD1001, a card without a render node last, other drivers not at all. */
static void the_first_that_works(void **state)
{
	char why[300], filter[400], a[300], b[300], c[300], d[300];

	(void)state;
	fake_reset();
	gpu_write("dri/card7", "");
	gpu_write("dri/renderD1001", "");
	gpu_write("dri/renderD127", "");
	snprintf(a, sizeof(a), "%s", gpu_path("dri/card7"));
	snprintf(b, sizeof(b), "%s", gpu_path("dri/renderD1001"));
	snprintf(c, sizeof(c), "%s", gpu_path("dri/renderD127"));
	snprintf(d, sizeof(d), "%s", gpu_path("dri/renderD128"));
	fake_device(a, NULL, "/sys/a", "0000:00:01.0", 1, "i915");
	fake_device(NULL, b, "/sys/b", "0000:00:02.0", 2, "i915");
	fake_device(NULL, c, "/sys/c", "0000:00:03.0", 3, "xe");
	fake_device(NULL, d, "/sys/d", "0000:00:04.0", 4, "i915");
	assert_int_equal(open_node(NULL, why, sizeof(why), d), 0);
	assert_int_equal(open_node("pci:device=2", why, sizeof(why), b), 0);
	snprintf(filter, sizeof(filter), "drm:%s", a);
	assert_int_equal(open_node(filter, why, sizeof(why), a), 0);
	assert_int_equal(open_node("pci:device=3", why, sizeof(why), ""), -ENXIO);
	assert_non_null(strstr(why, "is xe, not i915"));
	assert_int_equal(open_node("pci:device=9", why, sizeof(why), ""), -ENODEV);
	assert_string_equal(why, "no DRM device here matches 'pci:device=9'");
	assert_int_equal(open_node("pci:colour=blue", why, sizeof(why), ""), -EINVAL);
	assert_non_null(strstr(why, "'pci:colour=blue' is none of"));
}

static void no_device_at_all(void **state)
{
	char why[300];

	(void)state;
	fake_reset();
	assert_int_equal(open_node(NULL, why, sizeof(why), ""), -ENODEV);
	assert_string_equal(why, "there is no DRM device here");
}

/* Why the Intel GPU does not work is of more interest than what else there is. */
static void the_reason_that_counts(void **state)
{
	char why[300], a[300], b[300];

	(void)state;
	fake_reset();
	gpu_write("dri/renderD129", "");
	snprintf(a, sizeof(a), "%s", gpu_path("dri/renderD128"));
	snprintf(b, sizeof(b), "%s", gpu_path("dri/renderD129"));
	fake_device(NULL, a, "/sys/a", "", 1, "i915");
	fake_device(NULL, b, "/sys/b", "", 2, "vgem");
	fake.no_userptr = true;
	assert_int_equal(open_node(NULL, why, sizeof(why), ""), -ENODEV);
	assert_non_null(strstr(why, "renderD128 has no userptr"));
}

static void a_node_that_cannot_be_opened(void **state)
{
	char why[300];

	(void)state;
	fake_reset();
	fake_device("/dev/dri/pinlat-no-such-card", NULL, "/sys/a", "", 1, "i915");
	assert_int_equal(open_node(NULL, why, sizeof(why), ""), -ENOENT);
	assert_non_null(strstr(why, "cannot open /dev/dri/pinlat-no-such-card"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, gpu_setup, gpu_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(filters),
		TEST(a_link_to_a_node),
		TEST(the_first_that_works),
		TEST(no_device_at_all),
		TEST(the_reason_that_counts),
		TEST(a_node_that_cannot_be_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
