/* SPDX-License-Identifier: MIT */
/*
 * The IGT test-binary protocol, as igt_runner expects it.
 *
 * EXECUTIVE SUMMARY
 *
 *	igt_test_description("What this binary is for.");
 *
 *	igt_main
 *	{
 *		igt_fixture {
 *			igt_require(machine_is_fit());
 *		}
 *
 *		igt_describe("What a user learns from it.");
 *		igt_subtest("name") {
 *			igt_assert(works());
 *		}
 *	}
 *
 * DETAILS
 *
 * The body of igt_main is called twice: first to collect the names of the
 * subtests (no fixture or subtest block is entered), then to run. Whatever
 * stands between the blocks, such as a loop that makes names, is executed both
 * times: it must touch nothing and give the same names both times.
 *
 * igt_skip(), igt_assert() and their kin leave a block with siglongjmp(3), and the
 * rule of setjmp(3) holds: a local variable that a block changed is indeterminate
 * after such a leave, unless it is volatile or static. Blocks that reach their end do
 * not jump. A block must not be left by return, break or goto: that aborts the program.
 *
 * Only the main thread of the process that entered main() has subtests. In
 * another thread, or in a child made by fork(2), igt_skip(), igt_assert() and
 * their kin abort(3) with a message instead of jumping: pass results to the main
 * thread and judge them there. In a child the core is inert: no result is printed, and all
 * signals have their default action again.
 * Children leave by _exit(2).
 *
 * This module is the one place in lib/ that prints and exits: that is the
 * protocol. Exit codes: 0 passed, 77 all skipped, 79 bad option or subtest, 98
 * failed, 112 aborted; a crash or an interruption dies of its signal.
 */
#ifndef IGT_IGT_H
#define IGT_IGT_H

#include <getopt.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * gcc suspects every loop variable that lives across a sigsetjmp() of being
 * clobbered by it, also those that no block changes. The warning is given where the
 * variable is declared, so it is off in all of a file that has subtests.
 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wclobbered"
#endif

enum {
	IGT_EXIT_SUCCESS = 0,
	IGT_EXIT_SKIP = 77,
	IGT_EXIT_INVALID = 79,
	IGT_EXIT_FAILURE = 98,
	IGT_EXIT_ABORT = 112,
};

/* The longest name of a subtest or a dynamic subtest, with its final NUL. */
#define IGT_NAME_MAX 100

/*
 * The domain of this file's debug messages, which --debug=DOMAIN selects. Define
 * it before including this header; NULL is the domain "application".
 */
#ifndef IGT_LOG_DOMAIN
#define IGT_LOG_DOMAIN NULL
#endif

/**
 * struct igt_extra_options - a test's own command line options
 * @long_options: as of getopt_long(3), ended by a zeroed entry; any val will do,
 *	flag must be NULL, the names must differ from the core's
 * @help: lines for --help, each ended by a newline; may be NULL
 * @handler: called for each option in @long_options; @value is NULL where none
 *	was given. Returns 0, or negative after igt_bad_option()
 * @check: called once all options are parsed and before the body, for what
 *	concerns several options, and for environment variables; may be NULL. Not
 *	called by --list-subtests, --describe, --help and the like. Returns 0, the exit
 *	code + 1 of a program that has done all that was asked for, or negative after
 *	igt_bad_option()
 * @data: passed to both
 *
 * On a negative return one line is printed on stderr, and the program exits with
 * 79 before anything has run.
 */
struct igt_extra_options {
	const struct option *long_options;
	const char *help;
	int (*handler)(int val, const char *name, const char *value, void *data);
	int (*check)(void *data);
	void *data;
};

/**
 * igt_bad_option() - complain about an option or an environment variable
 * @fmt: one line, without a newline and without the program's name
 *
 * For use in the callbacks of struct igt_extra_options.
 *
 * Returns -EINVAL, so that a callback can `return igt_bad_option(...)`.
 */
int igt_bad_option(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * igt_main_args() - define main() of a test binary with options of its own
 * @extra: a const struct igt_extra_options *, or NULL
 *
 * The block that follows is the body, see the head of this file.
 */
#define igt_main_args(extra)                                                             \
	static void igt__body(void);                                                     \
	int main(int argc, char **argv)                                                  \
	{                                                                                \
		return igt__main(argc, argv, (extra), igt__body);                        \
	}                                                                                \
	static void igt__body(void)

/**
 * igt_main - define main() of a test binary
 */
#define igt_main igt_main_args(NULL)

/**
 * igt_test_description() - say at file scope what the whole binary is for
 * @text: a string literal
 */
#define igt_test_description(text) const char *igt__test_description = text

/**
 * igt_fixture - a block of preparation or clean-up between subtests
 *
 * If it skips or fails, so do all the subtests after it, and no later fixture
 * runs.
 */
#define igt_fixture IGT__BLOCK(igt__in_fixture, IGT__FIXTURE, igt__fixture_begin())

/**
 * igt_subtest() - a subtest
 * @name: of [a-z0-9-], unique in the program
 */
#define igt_subtest(name) igt_subtest_f("%s", name)

/**
 * igt_subtest_f() - a subtest whose name is made by printf(3)
 */
#define igt_subtest_f(...)                                                               \
	IGT__BLOCK(igt__in_subtest, IGT__SUBTEST,                                        \
		   igt__subtest_begin(false, __FILE__, __LINE__, __VA_ARGS__))

/**
 * igt_subtest_with_dynamic() - a subtest made of igt_dynamic() blocks
 * @name: as in igt_subtest()
 *
 * Fails if one of them fails, and skips if none of them was run to its end.
 */
#define igt_subtest_with_dynamic(name)                                                   \
	IGT__BLOCK(igt__in_subtest, IGT__SUBTEST,                                        \
		   igt__subtest_begin(true, __FILE__, __LINE__, "%s", name))

/**
 * igt_dynamic() - one part, not known beforehand, of igt_subtest_with_dynamic()
 * @name: as in igt_subtest(), unique in its subtest
 */
#define igt_dynamic(name)                                                                \
	IGT__BLOCK(igt__in_dynamic, IGT__DYNAMIC, igt__dynamic_begin(name))

/**
 * igt_describe() - describe the subtest that follows, for --describe
 * @text: a few sentences; they are wrapped when printed
 */
#define igt_describe(text) igt_describe_f("%s", text)

/**
 * igt_describe_f() - describe the subtest that follows, with printf(3)
 */
void igt_describe_f(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * igt_require() - skip unless a condition holds
 */
#define igt_require(cond) igt_require_f(cond, "%s", "")

/**
 * igt_require_f() - skip with a message unless a condition holds
 */
#define igt_require_f(cond, ...)                                                         \
	do {                                                                             \
		if (!(cond))                                                             \
			igt__require_failed(IGT__HERE, #cond, __VA_ARGS__);              \
	} while (0)

/**
 * igt_skip_on() - skip if a condition holds
 */
#define igt_skip_on(cond)                                                                \
	do {                                                                             \
		if (cond)                                                                \
			igt__require_failed(IGT__HERE, "!(" #cond ")", "%s", "");        \
	} while (0)

/**
 * igt_skip() - skip the block with a message on stdout
 */
_Noreturn void igt_skip(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * igt_assert() - fail unless a condition holds
 */
#define igt_assert(cond) igt_assert_f(cond, "%s", "")

/**
 * igt_assert_f() - fail with a message unless a condition holds
 */
#define igt_assert_f(cond, ...)                                                          \
	do {                                                                             \
		if (!(cond))                                                             \
			igt__fail(IGT__HERE, #cond, __VA_ARGS__);                        \
	} while (0)

/**
 * igt_assert_eq() - fail unless two integers are equal; both are shown
 */
#define igt_assert_eq(a, b)                                                              \
	do {                                                                             \
		const long long igt__a = (a), igt__b = (b);                              \
		if (igt__a != igt__b)                                                    \
			igt__fail(IGT__HERE, #a " == " #b, "error: %lld != %lld\n",      \
				  igt__a, igt__b);                                       \
	} while (0)

/**
 * igt_fail_f() - fail with a message
 */
#define igt_fail_f(...) igt__fail(IGT__HERE, NULL, __VA_ARGS__)

/**
 * igt_abort_on_f() - give up the whole test run if a condition holds
 *
 * For a machine that is not fit to go on: igt_runner stops after exit code 112.
 */
#define igt_abort_on_f(cond, ...)                                                        \
	do {                                                                             \
		if (cond)                                                                \
			igt__abort(IGT__HERE, #cond, __VA_ARGS__);                       \
	} while (0)

/**
 * igt_print() - print on stdout, as printf(3)
 *
 * For what counts whatever the log level is. The same as to what a line must not start with.
 */
void igt_print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * igt_info() - print on stdout, whole and without a prefix
 *
 * Silent if IGT_LOG_LEVEL is warn or none, and, like the next two, before the run
 * begins. A line must not start with "Subtest " or "Dynamic subtest ": the runner
 * would take it for a result.
 */
#define igt_info(...) igt__log(IGT_LOG_DOMAIN, IGT__LOG_INFO, __VA_ARGS__)

/**
 * igt_warn() - print on stderr; turns a pass into "warn" under igt_runner
 */
#define igt_warn(...) igt__log(IGT_LOG_DOMAIN, IGT__LOG_WARN, __VA_ARGS__)

/**
 * igt_debug() - print on stdout with --debug or IGT_LOG_LEVEL=debug
 *
 * Else the message is kept, and shown if the subtest fails; so are all others.
 */
#define igt_debug(...) igt__log(IGT_LOG_DOMAIN, IGT__LOG_DEBUG, __VA_ARGS__)

/**
 * igt_ignore_dmesg() - let igt_runner overlook kernel messages from here on
 * @regex: what an expected message, such as an OOM report, matches
 */
void igt_ignore_dmesg(const char *regex);

/**
 * igt_device_filter() - which device the user asks for
 *
 * From --device, else IGT_DEVICE, else Device in [Common] of $IGT_CONFIG_PATH or
 * ~/.igtrc. The string lives as long as the program.
 *
 * Returns NULL if none is asked for.
 */
const char *igt_device_filter(void);

/**
 * igt_srandom_seed() - the seed that this run has printed
 *
 * From IGT_SRANDOM, else from the clock. srandom(3) has been called with it.
 */
uint32_t igt_srandom_seed(void);

/**
 * igt_pending_signal() - has somebody asked the program to stop?
 *
 * SIGINT, SIGTERM, SIGHUP and SIGQUIT only set a flag, and interrupt the system
 * call that the main thread is in (no SA_RESTART). A subtest that takes long looks
 * here and returns or fails; the core then ends the program by that signal. The subtest has no
 * result then, as in IGT. Any thread may call this; in a child it is always 0.
 *
 * Returns the first such signal, or 0.
 */
int igt_pending_signal(void);

/*
 * Private: what the macros above expand to.
 */
struct igt__where {
	const char *file;
	int line;
	const char *function;
};

enum igt__log_level {
	IGT__LOG_DEBUG,
	IGT__LOG_INFO,
	IGT__LOG_WARN,
	IGT__LOG_CRITICAL,
	IGT__LOG_NONE,
};

#define IGT__HERE (&(const struct igt__where){ __FILE__, __LINE__, __func__ })

enum igt__block {
	IGT__OUTSIDE,
	IGT__FIXTURE,
	IGT__SUBTEST,
	IGT__DYNAMIC,
};

/* NOLINTBEGIN(bugprone-macro-parentheses): @run is a name to declare. */
/*
 * A block that reaches its end does not jump, so that what it did to local variables
 * is kept. sigsetjmp() may be no part of a larger expression. @run differs between
 * blocks that nest.
 */
#define IGT__BLOCK(run, block, begin)                                                    \
	for (bool run = (begin); run; run = false, igt__block_end(block))                \
		if (sigsetjmp(igt__jump[block], 1) == 0)
/* NOLINTEND(bugprone-macro-parentheses) */

extern sigjmp_buf igt__jump[IGT__DYNAMIC + 1];
extern const char *igt__test_description;

int igt__main(int argc, char **argv, const struct igt_extra_options *extra,
	      void (*body)(void));
bool igt__fixture_begin(void);
bool igt__subtest_begin(bool container, const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
bool igt__dynamic_begin(const char *name);
void igt__block_end(enum igt__block block);
_Noreturn void igt__require_failed(const struct igt__where *where, const char *expr,
				   const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
_Noreturn void igt__fail(const struct igt__where *where, const char *expr,
			 const char *fmt, ...) __attribute__((format(printf, 3, 4)));
_Noreturn void igt__abort(const struct igt__where *where, const char *expr,
			  const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void igt__log(const char *domain, enum igt__log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
