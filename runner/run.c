// SPDX-License-Identifier: MIT
#include "run_session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calibrate.h"
#include "child.h"
#include "message.h"
#include "pinlat.h"
#include "show/show.h"
#include "system/cleanup.h"
#include "test_binary.h"
#include "text.h"

/* A stop signal has come: says what is there and how to go on. */
static int stopped(struct run_session *s)
{
	if (s->plan.until) {
		until_count_time(&s->until);
		_run_update_plan(s);
	}
	complain(
		"stopped by SIG%s with %zu valid records; go on with `pinlat run -o %s --resume`",
		sigabbrev_np(stop_signal()), s->valid, s->options->directory);
	return PINLAT_FAILED;
}

/* What --until and --calibrate have to say in the end. Returns the exit code. */
static int conclude_set(const struct run_session *s)
{
	struct compare_options options;

	if (s->plan.until && until_print_end(&s->until) < 0) {
		complain("run: memory is short");
		return PINLAT_FAILED;
	}
	if (!s->plan.calibrate)
		return PINLAT_OK;
	printf("\n");
	options = compare_defaults();
	return calibrate_set(s->options->directory, &options);
}

/* The table, and what to do next. Returns the exit code. */
static int summarise(const struct run_session *s)
{
	const char *directory = s->options->directory;

	if (s->valid == 0) {
		complain(
			"no run gave a valid record; `pinlat doctor` says what this machine lacks");
		return s->bad == 0 ? PINLAT_SKIPPED : PINLAT_FAILED;
	}
	printf("\n");
	if (show_directory(directory, use_colour()) < 0)
		complain("%s: its records cannot be shown", directory);
	printf("\nThe records are in %s; `pinlat show %s` prints this table again.\n",
	       directory, directory);
	if (s->plan.test[OPTION_EXPLAIN] &&
	    strcmp(s->plan.test[OPTION_EXPLAIN], "on") == 0)
		printf("These runs were traced: `pinlat show` of one of its records says where the worst samples\nwent; all latencies include what tracing costs.\n");
	if (s->bad > 0)
		printf("%zu run%s gave no valid record; what went wrong stands above and in the .log files.\n",
		       s->bad, s->bad == 1 ? "" : "s");
	return finish_output(conclude_set(s));
}

/* Tells the status line up to where runs are certain, and what is known so far. */
static int aim_progress(struct run_session *s, size_t next)
{
	size_t runs;
	int ret = until_missing(&s->until, &runs);

	s->progress.open = true;
	s->progress.end = next + runs * plan_block(&s->plan);
	if (s->progress.end > s->plan.n)
		s->progress.end = s->plan.n;
	until_note(&s->until, s->progress.note, sizeof(s->progress.note));
	return ret;
}

/* With --until, a block that ended with run @seq: are there enough? -1: go on, else the code. */
static int finish_block(struct run_session *s, size_t seq)
{
	int ret = until_block(&s->until, seq + 1 == s->plan.n), code;

	code = _run_update_plan(s);
	if (code >= 0)
		return code;
	if (ret > 0) {
		progress_clear(&s->progress);
		ret = until_print_look(&s->until);
	}
	if (ret == 0 && s->plan.ended == PLAN_GOES_ON)
		ret = aim_progress(s, seq + 1);
	if (ret < 0)
		complain("run: memory is short");
	return ret < 0 ? PINLAT_FAILED : -1;
}

/* Whether run @seq ends a block, and no run of a later one has been made yet. */
static bool ends_block(const struct run_session *s, size_t seq)
{
	return (seq + 1) % plan_block(&s->plan) == 0 && seq + 1 >= s->known;
}

static int make_runs(struct run_session *s)
{
	int code = -1;

	for (size_t seq = 0; seq < s->plan.n && code < 0 &&
			     s->plan.ended == PLAN_GOES_ON && !stop_signal();
	     seq++) {
		if (s->left[seq])
			code = _run_one(s, seq);
		if (code < 0 && s->plan.until && !stop_signal() && ends_block(s, seq))
			code = finish_block(s, seq);
	}
	return code;
}

static int run_plan(struct run_session *s)
{
	size_t block = plan_block(&s->plan);
	int code;

	progress_init(&s->progress, &s->plan, s->left);
	if (s->plan.until && s->plan.ended == PLAN_GOES_ON) {
		until_announce(&s->until);
		if (aim_progress(s, s->known / block * block) < 0)
			return PINLAT_FAILED;
	}
	code = make_runs(s);
	if (stop_signal())
		return stopped(s);
	return code < 0 ? summarise(s) : code;
}

static int run_session(struct run_session *s)
{
	_cleanup_close_ int lock = -1;
	int code, ret;

	if (test_binary_find(s->test, sizeof(s->test)) < 0)
		return PINLAT_USAGE;
	code = _run_choose_plan(s);
	if (code >= 0)
		return code;
	stop_signals_hold();
	code = _run_open_directory(s, &lock);
	if (code >= 0)
		return code;
	ret = _run_find_left(s);
	if (ret < 0) {
		complain("run: %s: %s", s->options->directory, strerror(-ret));
		return PINLAT_FAILED;
	}
	return run_plan(s);
}

int pinlat_run(int argc, char **argv)
{
	struct run_options options;
	struct run_session session = { .options = &options };
	int code = run_options_parse(&options, argc, argv);

	if (code >= 0)
		return code;
	code = run_session(&session);
	until_free(&session.until);
	plan_free(&session.plan);
	free(session.left);
	return code;
}
