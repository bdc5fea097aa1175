// SPDX-License-Identifier: MIT
/*
 * The batch that nobody but a GPU executes: decoded, dword by dword. The numbers are those of the
 * programmer's reference manuals, as IGT's lib/intel_reg.h and lib/xe/xe_spin.c have them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <i915_drm.h>
#include <string.h>

#include "engine/i915-batch.h"
#include "fake-batch.h"
#include "system/units.h"

#define ADDRESS 0x7f1234567000ull
#define TICKS	96000u /* 5 ms of 19.2 MHz */

static uint32_t page[1024];

static uint64_t run(uint32_t base, uint32_t start, const char **broken)
{
	const struct fake_batch batch = { .memory = (char *)page,
					  .size = sizeof(page),
					  .address = ADDRESS,
					  .start = start,
					  .base = base ? base : 0x1c0000,
					  .adds_base = !base,
					  .clock_hz = 19.2e6 };

	return fake_batch_run(&batch, broken);
}

/* Generation 11 and later: registers from the ring's own base. */
static void dword_by_dword(void **state)
{
	static const uint32_t wanted[] = {
		0x10000002, 0x34567800, 0x7f12, 0xffffffff, /* SDI: nothing has passed */
		0x11080001, 0x604, 0,	  /* LRI: START, upper half, 0 */
		0x150c0001, 0x3a8, 0x600, /* LRR: START, lower half, CTX_TIMESTAMP */
		0x02800000,		  /* ARB_CHECK */
		0x11080001, 0x60c, 0,	  /* LRI: NOW, upper half, 0 */
		0x150c0001, 0x3a8, 0x608, /* LRR: NOW, lower half, CTX_TIMESTAMP */
		0x0d000003, 0x08008001, 0x08008400, 0x10100000,
		0x58000431,			       /* MATH: ~(NOW - START) */
		0x12080002, 0x608, 0x34567800, 0x7f12, /* SRM */
		/* SDI: until the dword has arrived */
		0x10000002, 0x34567840, 0x7f12, 0, 0x10000002, 0x34567840, 0x7f12, 0,
		0x10000002, 0x34567840, 0x7f12, 0, 0x10000002, 0x34567840, 0x7f12, 0,
		0x10000002, 0x34567840, 0x7f12, 0, 0x10000002, 0x34567840, 0x7f12, 0,
		0x10000002, 0x34567840, 0x7f12, 0, 0x10000002, 0x34567840, 0x7f12, 0,
		0x1b200002, ~TICKS, 0x34567800, 0x7f12, /* COND_BBE, compare */
		0x18800101, 0x34567028, 0x7f12,		/* BBS: to ARB_CHECK */
		0x05000000,				/* BBE */
	};

	(void)state;
	memset(page, 0xee, sizeof(page));
	assert_int_equal(loop_write(page, ADDRESS, 0, TICKS),
			 sizeof(wanted) / sizeof(*wanted));
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		if (page[i] != wanted[i])
			fail_msg("dword %zu is %08x, not %08x", i, page[i], wanted[i]);
	assert_int_equal(page[2048 / 4], UINT32_MAX);
	assert_int_equal(page[LOOP_END_AT / 4], 0x05000000);
}

static void it_ends_in_time(void **state)
{
	static const struct {
		uint16_t class, instance;
		uint32_t base;
	} rings[] = {
		{ I915_ENGINE_CLASS_RENDER, 0, 0x2000 },
		{ I915_ENGINE_CLASS_COPY, 0, 0x22000 },
		{ I915_ENGINE_CLASS_VIDEO, 0, 0x12000 },
		{ I915_ENGINE_CLASS_VIDEO, 1, 0x1c000 },
		{ I915_ENGINE_CLASS_VIDEO_ENHANCE, 0, 0x1a000 },
		{ I915_ENGINE_CLASS_VIDEO_ENHANCE, 1, 0 },
		{ I915_ENGINE_CLASS_VIDEO, 2, 0 },
		{ I915_ENGINE_CLASS_COMPUTE, 0, 0 },
	};
	const char *broken;

	(void)state;
	for (size_t i = 0; i < sizeof(rings) / sizeof(*rings); i++) {
		uint32_t base = loop_base(rings[i].class, rings[i].instance);
		uint64_t ns;

		assert_int_equal(base, rings[i].base);
		loop_write(page, ADDRESS, base, TICKS);
		assert_int_equal(loop_ran(page), 0);
		ns = run(base, 0, &broken);
		assert_null(broken);
		assert_true(ns >= 5 * NSEC_PER_MSEC && ns < 5.1 * NSEC_PER_MSEC);
		assert_true(loop_ran(page) >= TICKS && loop_ran(page) < 1.01 * TICKS);
		/* and again: what is left of the run before does not end it */
		loop_write(page, ADDRESS, base, TICKS);
		assert_true(run(base, 0, &broken) >= 5 * NSEC_PER_MSEC);
		assert_true(run(base, LOOP_END_AT, &broken) < 5 * NSEC_PER_USEC);
		assert_null(broken);
	}
}

/*
 * Of no account here: the command that lets others have the ring, upper halves of registers, which
 * are 0 anyway, and values that nobody reads or that this test's memory need not wait for.
 */
static bool may_differ(size_t dword)
{
	return dword == 3 || dword == 6 || dword == 10 || dword == 13 ||
	       (dword >= 26 && dword < 58 && (dword - 26) % 4 == 3);
}

/* The decoder sees what is wrong with a batch; else it would prove nothing. */
static void one_dword_that_is_wrong(void **state)
{
	unsigned int length;
	uint64_t right;
	const char *broken;

	(void)state;
	length = loop_write(page, ADDRESS, 0x2000, TICKS);
	right = run(0x2000, 0, &broken);
	for (size_t i = 0; i < length - 1; i++) { /* the last is never reached */
		loop_write(page, ADDRESS, 0x2000, TICKS);
		page[i] ^= 0x01000000;
		if (!may_differ(i) && run(0x2000, 0, &broken) == right && !broken)
			fail_msg("dword %zu, %08x, is of no account", i, page[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dword_by_dword),
		cmocka_unit_test(it_ends_in_time),
		cmocka_unit_test(one_dword_that_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
