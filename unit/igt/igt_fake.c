// SPDX-License-Identifier: MIT
/*
 * A test binary that does, on demand, everything that a test can do right or wrong.
 * test_contract.py runs it and looks at what comes out.
 */
#include "igt/igt.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

igt_test_description("A fake test, to see whether the core keeps to the protocol.");

static int *volatile nowhere;
static int number;

static bool env_is(const char *name, const char *value)
{
	const char *actual = getenv(name);

	return actual && !strcmp(actual, value);
}

static void say(const char *text)
{
	ssize_t n = write(STDOUT_FILENO, text, strlen(text));

	(void)n;
}

/* A sanitizer is not to be the one that complains. */
__attribute__((no_sanitize("undefined"))) static void crash(void)
{
	*nowhere = 1;
}

static void sleep_until_signalled(void)
{
	say("sleeping\n");
	/* In short pieces: a signal may come just before one of them. */
	while (!igt_pending_signal())
		usleep(20000);
	if (env_is("IGT_FAKE_SLOW", "skip"))
		igt_skip("interrupted\n");
	igt_assert(!env_is("IGT_FAKE_SLOW", "fail"));
	if (env_is("IGT_FAKE_SLOW", "mask")) {
		sigset_t all;

		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, NULL);
	}
}

static void prepare(void)
{
	if (env_is("IGT_FAKE_FIXTURE", "skip"))
		igt_skip("no such machine\n");
	if (env_is("IGT_FAKE_FIXTURE", "require"))
		igt_require(getenv("IGT_FAKE_UNSET"));
	igt_assert_f(!env_is("IGT_FAKE_FIXTURE", "fail"), "bad machine\n");
	igt_abort_on_f(env_is("IGT_FAKE_FIXTURE", "abort"), "sick machine\n");
	if (env_is("IGT_FAKE_FIXTURE", "crash"))
		crash();
	if (env_is("IGT_FAKE_FIXTURE", "slow"))
		sleep_until_signalled();
	say("prepared\n");
	/* Not to be taken for that of a subtest. */
	errno = EBADF;
}

/* Returns the wait status of a child that has run @fn. */
static int in_child(void (*fn)(void))
{
	int status;
	pid_t pid = fork();

	igt_assert(pid >= 0);
	if (pid == 0) {
		fn();
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0)
		igt_assert_eq(errno, EINTR);
	return status;
}

static void *in_thread(void *fn)
{
	void (**call)(void) = fn;

	(*call)();
	return NULL;
}

static void run_thread(void (*fn)(void))
{
	pthread_t thread;

	igt_assert_eq(pthread_create(&thread, NULL, in_thread, &fn), 0);
	pthread_join(thread, NULL);
}

static void assert_no(void)
{
	igt_assert(!"reached");
}

static void skip(void)
{
	igt_skip("skipped\n");
}

static void call_exit(void)
{
	exit(0);
}

static void expect_defaults(void)
{
	sigset_t blocked;

	sigprocmask(SIG_BLOCK, NULL, &blocked);
	for (int sig = 1; sig < SIGRTMIN; sig++) {
		struct sigaction now;

		if (sigismember(&blocked, sig) == 1)
			_exit(sig);
		if (!sigaction(sig, NULL, &now) && now.sa_handler != SIG_DFL)
			_exit(sig);
	}
}

static void terminate(void)
{
	raise(SIGTERM);
}

/* Takes the signal in place of the main thread, once that one sleeps. */
static void *take_signal(void *unused)
{
	usleep(50000);
	raise(SIGTERM);
	return unused;
}

static void sleep_beside_thread(void)
{
	pthread_t thread;

	igt_assert_eq(pthread_create(&thread, NULL, take_signal, NULL), 0);
	if (sleep(60) > 0)
		say("woken\n");
	pthread_join(thread, NULL);
	igt_assert_eq(igt_pending_signal(), SIGTERM);
}

/* More than any stack has; volatile keeps it from being optimized away. */
static int overflow(volatile int depth)
{
	volatile char frame[4096];

	frame[0] = (char)depth;
	if (depth == INT_MAX)
		return 0;
	return overflow(depth + 1) + frame[0];
}

static void print_many(void)
{
	for (int i = 0; i < 300; i++)
		igt_debug("line %d\n", i);
	igt_debug("%0600d", 7);
	igt_fail_f("many lines");
}

static void outer_subtests(void)
{
	igt_describe("Passes.");
	igt_subtest("pass") {
		errno = 0;
	}

	igt_describe_f(
		"Prints a %s, and has a description that is far too long to fit on one line of %d columns, wherefore it is wrapped.",
		"message", 80);
	igt_subtest("noisy") {
		igt_info("hello\n");
		igt_debug("psst\n");
	}

	igt_subtest("long") {
		char *text = malloc(300001);

		igt_assert(text);
		memset(text, 'x', 300000);
		text[300000] = '\0';
		igt_print("%s\n", text);
		free(text);
	}

	igt_subtest("warn") {
		igt_warn("mind the gap\n");
	}

	igt_subtest("device") {
		const char *filter = igt_device_filter();

		igt_info("device: %s\n", filter ? filter : "none");
	}

	igt_subtest("seed") {
		igt_info("seed: %u, %ld\n", igt_srandom_seed(), random());
	}

	igt_subtest("number") {
		igt_info("number: %d\n", number);
	}

	igt_subtest("ignore-dmesg") {
		igt_ignore_dmesg("oom-kill:.*");
	}

	for (int i = 1; i <= 3; i++) {
		igt_subtest_f("done%d", i) {
			igt_info("done %d\n", i);
		}
	}
}

static void skipping_subtests(void)
{
	igt_subtest("skip") {
		igt_skip("no %s", "luck");
	}

	igt_subtest("require") {
		igt_require(number == 1 + 1);
	}

	igt_subtest("require-f") {
		errno = ENODEV;
		igt_require_f(number == 12, "number is %d\n", number);
	}

	igt_subtest("skip-on") {
		igt_skip_on(number == 0);
	}
}

static void failing_subtests(void)
{
	igt_subtest("fail") {
		igt_debug("just before\n");
		igt_info("shown\n");
		igt_fail_f("no %s", "good");
	}

	igt_subtest("assert") {
		errno = EBUSY;
		igt_assert(number == 1 + 1);
	}

	igt_subtest("assert-f") {
		igt_assert_f(number == 12, "number is %d\n", number);
	}

	igt_subtest("assert-eq") {
		igt_assert_eq(number + 1, 7);
	}

	igt_subtest("many-lines") {
		print_many();
	}

	igt_subtest("abort") {
		igt_abort_on_f(number == 0, "number is %d\n", number);
	}

	igt_subtest("exit") {
		call_exit();
	}

	igt_subtest("slow") {
		sleep_until_signalled();
	}
}

static void crashing_subtests(void)
{
	igt_subtest("crash") {
		igt_debug("just before\n");
		crash();
	}

	igt_subtest("overflow") {
		overflow(0);
	}

	igt_subtest("abort-call") {
		abort();
	}

	igt_subtest("libc-assert") {
		assert(number == 12);
	}

	igt_subtest("fpe") {
		raise(SIGFPE);
	}

	igt_subtest("thread-crash") {
		run_thread(crash);
	}

	igt_subtest("thread-assert") {
		run_thread(assert_no);
	}

	igt_subtest("thread-skip") {
		run_thread(skip);
	}

	igt_subtest("thread-interrupted") {
		sleep_beside_thread();
	}
}

static void child_subtests(void)
{
	igt_subtest("child-crash") {
		int status = in_child(crash);

		igt_assert(WIFSIGNALED(status));
		igt_assert_eq(WTERMSIG(status), SIGSEGV);
	}

	igt_subtest("child-term") {
		int status = in_child(terminate);

		igt_assert(WIFSIGNALED(status));
		igt_assert_eq(WTERMSIG(status), SIGTERM);
	}

	igt_subtest("child-defaults") {
		signal(SIGPIPE, SIG_DFL);
		igt_assert_eq(in_child(expect_defaults), 0);
	}

	igt_subtest("child-assert") {
		int status = in_child(assert_no);

		igt_assert(WIFSIGNALED(status));
		igt_assert_eq(WTERMSIG(status), SIGABRT);
	}

	igt_subtest("child-exit") {
		int status;

		printf("once, ");
		status = in_child(call_exit);
		printf("in one line\n");
		igt_assert_eq(status, 0);
	}
}

static void dynamic_subtests(void)
{
	igt_subtest_with_dynamic("dynamic") {
		igt_dynamic("one") {
			igt_info("dynamic one\n");
		}
		igt_dynamic("two") {
			igt_skip("not two\n");
		}
	}

	igt_subtest_with_dynamic("dynamic-again") {
		igt_dynamic("one")
			say("one again\n");
	}

	igt_subtest_with_dynamic("dynamic-fail") {
		igt_dynamic("bad") {
			igt_debug("just before\n");
			igt_assert(number == 12);
		}
		igt_dynamic("good") {
			igt_info("dynamic good\n");
		}
	}

	igt_subtest_with_dynamic("dynamic-none") {
	}

	igt_subtest_with_dynamic("dynamic-crash") {
		igt_dynamic("part") {
			crash();
		}
		igt_dynamic("later") {
			igt_info("dynamic later\n");
		}
	}

	igt_subtest_with_dynamic("dynamic-slow") {
		igt_dynamic("part") {
			sleep_until_signalled();
		}
		igt_dynamic("later") {
			igt_info("dynamic later\n");
		}
	}
}

/* What no program may do, one at a time. */
static void bugs(const char *bug)
{
	static int passes;

	if (!bug)
		return;
	passes++;
	if (!strcmp(bug, "duplicate"))
		igt_subtest("pass") {
		}
	if (!strcmp(bug, "invalid"))
		igt_subtest("Not_Valid") {
		}
	if (!strcmp(bug, "changing"))
		igt_subtest_f("pass-%d", passes) {
		}
	if (!strcmp(bug, "outside"))
		igt_require(number == 12);
	if (!strcmp(bug, "leave"))
		igt_subtest("leave") {
			break;
		}
	if (!strcmp(bug, "nested"))
		igt_subtest("nested") {
			igt_fixture {
			}
		}
	if (!strcmp(bug, "stray-dynamic"))
		igt_subtest("stray-dynamic") {
			igt_dynamic("stray") {
			}
		}
	if (!strcmp(bug, "duplicate-dynamic"))
		igt_subtest_with_dynamic("duplicate-dynamic") {
			for (int i = 0; i < 2; i++)
				igt_dynamic("same") {
				}
		}
}

static const struct option options[] = {
	{ "number", required_argument, NULL, 'n' },
	{ "silent-error", no_argument, NULL, '?' },
	{ 0 },
};

static int handle_option(int val, const char *name, const char *value, void *data)
{
	int *out = data;

	if (val != 'n')
		return -1;
	if (sscanf(value, "%d", out) != 1)
		return igt_bad_option("--%s: '%s' is not a number", name, value);
	return 0;
}

static int check(void *data)
{
	const int *in = data;

	say(getenv("IGT_FAKE_CHECK") ? "checked\n" : "");
	if (*in >= 1000)
		return *in - 1000 + 1;
	return *in == 13 ? igt_bad_option("13 is not liked") : 0;
}

static const struct igt_extra_options extra = {
	.long_options = options,
	.help = "  --number N                 a number\n",
	.handler = handle_option,
	.check = check,
	.data = &number,
};

igt_main_args(&extra)
{
	int locals = 0;

	igt_fixture {
		locals = 1;
		prepare();
	}

	outer_subtests();
	skipping_subtests();
	failing_subtests();
	crashing_subtests();
	child_subtests();
	dynamic_subtests();
	if (getenv("IGT_FAKE_BUG"))
		bugs(getenv("IGT_FAKE_BUG"));

	for (int i = 0; i < 2; i++) {
		igt_subtest_f("locals-%d", i) {
			igt_assert_eq(locals, 1);
			igt_skip_on(i == 0);
		}
	}

	igt_fixture {
		say("cleaned\n");
	}
	igt_info("after all\n");
}
