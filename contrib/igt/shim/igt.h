/* SPDX-License-Identifier: MIT */
/*
 * pinlat's igt/igt.h on IGT's own library: the same source of the test, no second core. scripts/igt-export
 * writes it into an IGT checkout as tests/intel/pinlat/igt/igt.h; lib/igt/igt.h says what each thing does.
 */
#ifndef PINLAT_IGT_SHIM_H
#define PINLAT_IGT_SHIM_H

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <igt.h> /* IGT's, not this file */
#include <igt_device_scan.h>

/* lib/system/units.h has them too, of another type. */
#undef NSEC_PER_USEC
#undef NSEC_PER_MSEC
#undef NSEC_PER_SEC

#define igt_test_description(text) IGT_TEST_DESCRIPTION(text)
#define igt_ignore_dmesg(regex)	   igt_emit_ignore_dmesg_regex(regex)
/* With igt_runner's socket nobody reads what stdio prints. */
#define igt_print(...) igt_info(__VA_ARGS__)

struct igt_extra_options {
	const struct option *long_options;
	const char *help;
	int (*handler)(int val, const char *name, const char *value, void *data);
	int (*check)(void *data);
	void *data;
};

/* Of each file that includes this; the test's options are in one. */
static char igt__complaint[512];

static inline int __attribute__((format(printf, 1, 2), unused))
igt_bad_option(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(igt__complaint, sizeof(igt__complaint), fmt, args);
	va_end(args);
	fprintf(stderr, "%s\n", igt__complaint);
	return -EINVAL;
}

static inline const char *igt_device_filter(void)
{
	return igt_device_filter_count() > 0 ? igt_device_filter_get(0) : NULL;
}

/* IGT has seeded random(3) with IGT_SRANDOM, and said so. */
static inline uint32_t igt_srandom_seed(void)
{
	return (uint32_t)random();
}

/* IGT dies of its signals; the watchdog puts things back. */
static inline int igt_pending_signal(void)
{
	return 0;
}

static inline int __attribute__((unused)) igt__shim_option(int val, int index, void *data)
{
	const struct igt_extra_options *extra = data;

	for (const struct option *o = extra->long_options; o->name; o++)
		if (o->val == val)
			return extra->handler(val, o->name, optarg, extra->data) < 0
				       ? IGT_OPT_HANDLER_ERROR
				       : IGT_OPT_HANDLER_SUCCESS;
	return IGT_OPT_HANDLER_ERROR;
}

/* In a fixture: what is wrong fails the subtests. Whoever has asked for a list has got it. */
static inline void __attribute__((unused))
igt__shim_check(const struct igt_extra_options *extra)
{
	int ret = extra->check ? extra->check(extra->data) : 0;

	if (ret > 0) {
		fflush(NULL);
		_exit(ret - 1);
	}
	igt_assert_f(ret == 0, "bad options\n");
}

#undef igt_main_args
#define igt_main_args(extra)                                                             \
	static void igt__body(void);                                                     \
	int main(int argc, char **argv)                                                  \
	{                                                                                \
		igt_subtest_init_parse_opts(&argc, argv, NULL, (extra)->long_options,    \
					    (extra)->help, igt__shim_option,             \
					    (void *)(extra));                            \
		igt_fixture                                                              \
			igt__shim_check(extra);                                          \
		igt__body();                                                             \
		igt_exit();                                                              \
	}                                                                                \
	static void igt__body(void)

#endif
