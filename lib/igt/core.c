// SPDX-License-Identifier: MIT
/*
 * The life of fixtures, subtests and dynamic subtests: how they begin and end, what
 * is made of their results, and the exit code.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "igt/igt.h"
#include "igt/options.h"
#include "igt/process.h"
#include "igt/registry.h"
#include "igt/report.h"
#include "system/units.h"

#define critical(...) igt__log(NULL, IGT__LOG_CRITICAL, __VA_ARGS__)

enum result {
	SUCCESS,
	SKIP,
	FAIL,
};

static const char *const result_names[] = {
	[SUCCESS] = "SUCCESS",
	[SKIP] = "SKIP",
	[FAIL] = "FAIL",
};

/* What is running; the names mean something only in their block. */
struct running {
	char name[IGT_NAME_MAX];
	uint64_t start_ns;
};

static struct {
	bool collecting; /* names, in the first pass over the body */
	enum igt__block block;
	struct running running[IGT__DYNAMIC + 1];

	/* What a fixture has decided for all subtests after it. */
	enum result henceforth;
	unsigned int passed, failed;
	int crash; /* signal of which a subtest crashed; 0: none has */

	/* Of the subtest with dynamic parts that is running. */
	bool is_container;
	unsigned int dynamic_passed, dynamic_failed;
	char (*dynamic_names)[IGT_NAME_MAX];
	size_t dynamic_count;
} core;

sigjmp_buf igt__jump[IGT__DYNAMIC + 1];

static enum result overall_result(void)
{
	if (core.failed || core.henceforth == FAIL)
		return FAIL;
	return core.passed ? SUCCESS : SKIP;
}

static int exit_code(void)
{
	static const int codes[] = {
		[SUCCESS] = IGT_EXIT_SUCCESS,
		[SKIP] = IGT_EXIT_SKIP,
		[FAIL] = IGT_EXIT_FAILURE,
	};

	return core.crash ? 128 + core.crash : codes[overall_result()];
}

static void run_hook(enum igt__hook_event event, const char *result)
{
	igt__hook_run(&(struct igt__hook_context){
		.event = event,
		.subtest =
			core.block >= IGT__SUBTEST ? core.running[IGT__SUBTEST].name : "",
		.dynamic =
			core.block == IGT__DYNAMIC ? core.running[IGT__DYNAMIC].name : "",
		.result = result,
	});
}

/* The end of the program, if it has not crashed. */
_Noreturn static void finish(int code)
{
	int sig = igt_pending_signal();

	igt__kmsg_exiting(sig ? 128 + sig : code);
	run_hook(IGT__POST_TEST, result_names[overall_result()]);
	fflush(stdout);
	sig = igt_pending_signal();
	if (sig)
		igt__die_of(sig);
	exit(code);
}

/* Jumping into another thread's frames, or as somebody's child, ends in ruin. */
static void check_caller(const char *what)
{
	const char *stray = igt__stray_caller();

	if (stray)
		igt__bug("%s in %s", what, stray);
	if (core.block == IGT__OUTSIDE)
		igt__bug("%s outside of fixtures and subtests", what);
}

static void start(enum igt__block block, enum igt__hook_event event)
{
	struct running *running = &core.running[block];

	igt__report_start(block, running->name);
	igt__log_reset();
	core.block = block;
	run_hook(event, "");
	errno = 0;
	running->start_ns = monotonic_ns();
}

/* Whoever is told to stop has no result: igt_runner calls it incomplete, a timeout or not run then. */
static void stop(enum igt__hook_event event, enum igt__block outer, enum result result)
{
	const struct running *running = &core.running[core.block];

	run_hook(event, result_names[result]);
	fflush(stdout);
	if (!igt_pending_signal())
		igt__report_result(core.block, running->name, result_names[result],
				   running->start_ns);
	core.block = outer;
}

/* @sig: what it crashed of, async-signal-safe then; 0: it did not. */
static void show_failure(int sig)
{
	if (core.block == IGT__DYNAMIC)
		igt__log_dump("Dynamic subtest", core.running[IGT__DYNAMIC].name, sig);
	else if (core.block == IGT__SUBTEST)
		igt__log_dump("Subtest", core.running[IGT__SUBTEST].name, sig);
	else
		igt__log_dump("Test", program_invocation_short_name, sig);
}

static void stop_dynamic(enum result result)
{
	if (result == FAIL) {
		show_failure(0);
		core.dynamic_failed++;
	} else if (result == SUCCESS) {
		core.dynamic_passed++;
	}
	stop(IGT__POST_DYN_SUBTEST, IGT__SUBTEST, result);
	igt__log_reset();
}

static void stop_subtest(enum result result)
{
	/* Its parts have told why it failed. */
	if (result == FAIL && !core.dynamic_failed)
		show_failure(0);
	if (result == FAIL)
		core.failed++;
	else if (result == SUCCESS)
		core.passed++;
	stop(IGT__POST_SUBTEST, IGT__OUTSIDE, result);
}

static void stop_fixture(enum result result)
{
	if (result == FAIL)
		show_failure(0);
	core.henceforth = result;
	core.block = IGT__OUTSIDE;
}

static void stop_block(enum result result)
{
	if (core.block == IGT__DYNAMIC)
		stop_dynamic(result);
	else if (core.block == IGT__SUBTEST)
		stop_subtest(result);
	else if (core.block == IGT__FIXTURE)
		stop_fixture(result);
}

_Noreturn static void finish_interrupted(int sig)
{
	if (core.block != IGT__OUTSIDE)
		critical("Interrupted by SIG%s.\n", sigabbrev_np(sig));
	while (core.block != IGT__OUTSIDE)
		stop_block(FAIL);
	finish(IGT_EXIT_FAILURE);
}

/* Ends the innermost block, and the program too if it was asked to stop. */
static void end_block(enum result result)
{
	/* Whatever it says: it could not do what it was meant to. */
	if (igt_pending_signal())
		finish_interrupted(igt_pending_signal());
	stop_block(result);
}

/* What has become of a block that has nothing to complain about. */
static enum result verdict(void)
{
	if (core.block != IGT__SUBTEST || !core.is_container)
		return SUCCESS;
	if (core.dynamic_failed)
		return FAIL;
	if (core.dynamic_passed)
		return SUCCESS;
	printf("No dynamic tests executed.\n");
	return SKIP;
}

_Noreturn static void leave(enum result result)
{
	enum igt__block block = core.block;

	end_block(result);
	siglongjmp(igt__jump[block], 1);
}

void igt__block_end(enum igt__block block)
{
	/* Else it was left before, by a jump. */
	if (core.block != block)
		return;
	check_caller("the end of a block");
	end_block(verdict());
}

bool igt__fixture_begin(void)
{
	if (core.block != IGT__OUTSIDE)
		igt__bug(
			"igt_fixture inside of another block, or after one left by return, break or goto");
	if (core.collecting || core.henceforth != SUCCESS)
		return false;
	if (igt_pending_signal())
		finish_interrupted(igt_pending_signal());
	igt__log_reset();
	core.block = IGT__FIXTURE;
	errno = 0;
	return true;
}

/* Is a subtest that was asked for to be entered? If not, says what became of it. */
static bool enter_subtest(const char *name)
{
	if (igt_pending_signal())
		finish_interrupted(igt_pending_signal());
	if (core.henceforth != SUCCESS) {
		fflush(stdout);
		igt__report_result(IGT__SUBTEST, name, result_names[core.henceforth], 0);
		return false;
	}
	core.dynamic_passed = core.dynamic_failed = 0;
	core.dynamic_count = 0;
	start(IGT__SUBTEST, IGT__PRE_SUBTEST);
	return true;
}

bool igt__subtest_begin(bool container, const char *file, int line, const char *fmt, ...)
{
	char *name = core.running[IGT__SUBTEST].name;
	va_list args;
	int len;

	core.is_container = container;
	if (core.block != IGT__OUTSIDE)
		igt__bug(
			"igt_subtest inside of another block, or after one left by return, break or goto");
	va_start(args, fmt);
	len = vsnprintf(name, IGT_NAME_MAX, fmt, args);
	va_end(args);
	if (len < 0 || len >= IGT_NAME_MAX)
		igt__bug("subtest name too long: \"%s...\"", name);
	if (core.collecting) {
		igt__registry_add(file, line, name);
		return false;
	}
	if (!igt__registry_has(name))
		igt__bug("subtest \"%s\" was not there in the first pass", name);
	if (igt__options.subtests && !igt_pattern_match(name, igt__options.subtests))
		return false;
	return enter_subtest(name);
}

static void remember_dynamic(const char *name)
{
	void *names;

	igt__check_name(name);
	for (size_t i = 0; i < core.dynamic_count; i++)
		if (!strcmp(core.dynamic_names[i], name))
			igt__bug("duplicate dynamic subtest name \"%s\"", name);
	names = reallocarray(core.dynamic_names, core.dynamic_count + 1,
			     sizeof(*core.dynamic_names));
	if (!names)
		igt__bug("out of memory");
	core.dynamic_names = names;
	memcpy(core.dynamic_names[core.dynamic_count++], name, strlen(name) + 1);
}

bool igt__dynamic_begin(const char *name)
{
	check_caller("igt_dynamic");
	if (core.block != IGT__SUBTEST || !core.is_container)
		igt__bug(
			"igt_dynamic(\"%s\") is not directly in an igt_subtest_with_dynamic",
			name);
	remember_dynamic(name);
	if (igt__options.dynamics && !igt_pattern_match(name, igt__options.dynamics))
		return false;
	if (igt_pending_signal())
		finish_interrupted(igt_pending_signal());
	memcpy(core.running[IGT__DYNAMIC].name, name, strlen(name) + 1);
	start(IGT__DYNAMIC, IGT__PRE_DYN_SUBTEST);
	return true;
}

/* Prints nothing for an empty message, else a line. */
__attribute__((format(printf, 1, 0))) static void print_line(const char *fmt,
							     va_list args)
{
	char *text;

	if (vasprintf(&text, fmt, args) < 0)
		return;
	if (*text)
		printf("%s%s", text, text[strlen(text) - 1] == '\n' ? "" : "\n");
	free(text);
}

void igt_skip(const char *fmt, ...)
{
	va_list args;

	check_caller("igt_skip");
	va_start(args, fmt);
	print_line(fmt, args);
	va_end(args);
	leave(SKIP);
}

void igt__require_failed(const struct igt__where *where, const char *expr,
			 const char *fmt, ...)
{
	int err = errno;
	va_list args;

	check_caller("igt_require");
	printf("Test requirement not met in function %s, file %s:%d:\n", where->function,
	       where->file, where->line);
	printf("Test requirement: %s\n", expr);
	va_start(args, fmt);
	print_line(fmt, args);
	va_end(args);
	if (err)
		printf("Last errno: %d, %s\n", err, strerror(err));
	leave(SKIP);
}

/* The same for a failure and an abort; @label is what @expr was, if it is not NULL. */
__attribute__((format(printf, 5, 0))) static void
explain(const struct igt__where *where, const char *title, const char *label,
	const char *expr, const char *fmt, va_list args)
{
	int err = errno;
	char *text;

	critical("%s function %s, file %s:%d:\n", title, where->function, where->file,
		 where->line);
	if (expr)
		critical("%s: %s\n", label, expr);
	if (err)
		critical("Last errno: %d, %s\n", err, strerror(err));
	if (vasprintf(&text, fmt, args) < 0)
		return;
	if (*text)
		critical("%s", text);
	free(text);
}

void igt__fail(const struct igt__where *where, const char *expr, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	explain(where, "Test assertion failure", "Failed assertion", expr, fmt, args);
	va_end(args);
	check_caller("a failure");
	leave(FAIL);
}

void igt__abort(const struct igt__where *where, const char *expr, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	explain(where, "Test abort in", "Abort condition", expr, fmt, args);
	va_end(args);
	check_caller("igt_abort_on");
	while (core.block != IGT__OUTSIDE)
		stop_block(FAIL);
	finish(IGT_EXIT_ABORT);
}

/*
 * Reports the crash of what runs now; async-signal-safe. The main thread then leaves the innermost block,
 * as in IGT, and the rest runs; with anything else the program ends.
 */
static void crashed(int sig, bool ends)
{
	enum igt__block block = core.block;

	show_failure(sig);
	for (enum igt__block b = block; b >= IGT__SUBTEST; b--) {
		igt__report_result(b, core.running[b].name, "CRASH",
				   core.running[b].start_ns);
		if (!ends)
			break;
	}
	if (ends || block < IGT__SUBTEST) {
		igt__kmsg_exiting(128 + sig);
		return;
	}
	if (block == IGT__DYNAMIC) {
		core.dynamic_failed++;
		core.block = IGT__SUBTEST;
	} else {
		core.failed++;
		core.crash = sig;
		core.block = IGT__OUTSIDE;
	}
	igt__log_unlock();
	igt__process_survives();
	siglongjmp(igt__jump[block], 1);
}

/* A block that is open then was left by a call of exit(3). */
static void exit_called(void)
{
	if (core.block == IGT__OUTSIDE)
		return;
	critical("exit() called inside of a block.\n");
	while (core.block != IGT__OUTSIDE)
		stop_block(FAIL);
	igt__kmsg_exiting(IGT_EXIT_FAILURE);
	_exit(IGT_EXIT_FAILURE);
}

static void collect(void (*body)(void))
{
	core.collecting = true;
	body();
	core.collecting = false;
	if (!igt__registry_selects(NULL))
		igt__bug("it has no subtests");
	if (!igt__registry_selects(igt__options.subtests)) {
		fprintf(stderr, "Unknown subtest: %s\n", igt__options.subtests);
		exit(IGT_EXIT_INVALID);
	}
}

static void begin_run(void)
{
	igt__signals_init();
	igt__report_begin(&igt__options);
	run_hook(IGT__PRE_TEST, "");
}

int igt__main(int argc, char **argv, const struct igt_extra_options *extra,
	      void (*body)(void))
{
	static const struct igt__process_events events = { crashed, exit_called };

	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	igt__process_init(&events);
	igt__options_parse(argc, argv, extra);
	collect(body);
	if (igt__options.mode != IGT__RUN) {
		igt__registry_print(igt__options.mode, igt__options.subtests);
		return IGT_EXIT_SUCCESS;
	}
	begin_run();
	body();
	if (core.block != IGT__OUTSIDE)
		igt__bug("a block was left by return, break or goto");
	finish(exit_code());
}
