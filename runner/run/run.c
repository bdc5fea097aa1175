// SPDX-License-Identifier: MIT
#include "run/session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "calibrate.h"
#include "message.h"
#include "pinlat.h"
#include "run/child.h"
#include "run/outcome.h"
#include "show/show.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/units.h"
#include "test_binary.h"
#include "text.h"

static void add_option(struct text_list *argv, const char *name, const char *value)
{
	text_list_add(argv, "--%s", name);
	text_list_add(argv, "%s", value);
}

/* An option of the test as the plan has it; the trace goes into a file beside the record. */
static void add_planned(struct text_list *argv, const struct run_session *s,
			const struct option_row *row, const char *value)
{
	char trace[PATH_MAX];

	if (strcmp(row->name, "keep-trace") == 0) {
		if (strcmp(value, "on") != 0)
			return;
		snprintf(trace, sizeof(trace), "%.*s.trace",
			 (int)(strlen(s->record) - strlen(".json")), s->record);
		value = trace;
	}
	if (row->argument)
		add_option(argv, row->name, value);
	else
		text_list_add(argv, "--%s=%s", row->name, value);
}

/* The command that makes run @seq, whose files are named; ended by NULL. */
static void build_command(struct text_list *argv, const struct run_session *s, size_t seq)
{
	const struct plan *p = &s->plan;
	char text[24];

	text_list_add(argv, "%s", s->test);
	add_option(argv, "run-subtest", p->order[seq]);
	add_option(argv, "label", p->label);
	snprintf(text, sizeof(text), "%zu", seq);
	add_option(argv, "seq", text);
	snprintf(text, sizeof(text), "%" PRIu64, p->seed);
	add_option(argv, "seed", text);
	for (size_t i = 0; run_option_rows[i].name; i++)
		if (p->test[i])
			add_planned(argv, s, &run_option_rows[i], p->test[i]);
	add_option(argv, "record", s->record);
	for (char **word = p->passed; *word; word++)
		text_list_add(argv, "%s", *word);
	argv->text = xrealloc(argv->text, (argv->n + 1) * sizeof(*argv->text));
	argv->text[argv->n] = NULL;
}

static int complain_of_space(const struct run_session *s)
{
	complain(
		"no space left in %s: run %zu of %zu could not be saved, the ones before it are; free some and go on with `pinlat run -o %s --resume`",
		s->arguments->directory, s->progress.seq + 1, s->plan.n,
		s->arguments->directory);
	return PINLAT_FAILED;
}

static bool disk_is_full(const struct run_session *s)
{
	struct statvfs st;

	return statvfs(s->arguments->directory, &st) == 0 &&
	       st.f_bavail * st.f_frsize < MIB;
}

/* Shows what the test said, for -v. */
static void print_log(const char *path)
{
	CLEANUP_FCLOSE FILE *log = fopen(path, "re");
	char line[4096];

	while (log && fgets(line, sizeof(line), log)) {
		line[strcspn(line, "\n")] = '\0';
		printf("    %s\n", make_printable(line));
	}
}

/* A subtest that skips here will skip again. */
static void leave_out(struct run_session *s, const char *subtest)
{
	size_t n = 0;

	for (size_t seq = s->progress.seq + 1; seq < s->plan.n; seq++) {
		if (s->left[seq] && strcmp(s->plan.order[seq], subtest) == 0) {
			s->left[seq] = false;
			n++;
		}
	}
	if (s->plan.until) {
		until_leave_out(&s->until, subtest);
		printf("       it is left out from here on\n");
	} else if (n > 0)
		printf("       its other %zu runs are left out\n", n);
	fflush(stdout);
}

/* What --stop-at was there for has happened: what it looks like stands in the record. */
static int complain_of_stop(const struct run_session *s)
{
	complain(
		"stopped by --stop-at; `pinlat show %s` tells of the sample, `pinlat run -o %s --resume` makes the runs that are left",
		s->record, s->arguments->directory);
	return PINLAT_STOPPED;
}

/* What follows from @o. Returns 0 to go on, else the exit code. */
static int conclude(struct run_session *s, struct outcome *o)
{
	const char *subtest = s->plan.order[s->progress.seq];

	if (o->kind == RUN_FAILED && stop_signal())
		o->kind = RUN_INTERRUPTED; /* before it could leave a record */
	progress_end(&s->progress, o);
	if (s->arguments->verbose)
		print_log(s->log);
	if (o->kind == RUN_FAILED && disk_is_full(s))
		return complain_of_space(s);
	s->valid += o->kind == RUN_VALID || o->kind == RUN_VALID_BUT_FAILED;
	s->skipped += o->kind == RUN_SKIPPED;
	s->bad += o->kind != RUN_VALID && o->kind != RUN_SKIPPED;
	if (o->kind == RUN_VALID || o->kind == RUN_SKIPPED || stop_signal())
		unlink(s->log);
	else
		printf("       its output: %s\n", s->log);
	if (o->kind == RUN_VALID_BUT_FAILED) {
		complain(
			"the run was measured, but then: %s; put that right, then go on with --resume",
			o->reason);
		return PINLAT_FAILED;
	}
	if (o->kind == RUN_REFUSED) {
		complain("the test does not take these options: %s", o->reason);
		return PINLAT_USAGE;
	}
	if (o->kind == RUN_STOPPED)
		return complain_of_stop(s);
	if (o->kind == RUN_SKIPPED)
		leave_out(s, subtest);
	return 0;
}

/* Makes run @seq. Returns 0 to go on, else the exit code. */
static int make_run(struct run_session *s, size_t seq)
{
	struct text_list argv = { 0 };
	struct outcome outcome;
	struct child_end end;
	int ret = directory_name_files(s, seq), code;

	if (ret == 0) {
		build_command(&argv, s, seq);
		unlink(s->record); /* interrupted or cut: made anew */
		progress_start(&s->progress, seq);
		ret = child_run(argv.text, s->log, progress_tick, &s->progress, &end);
	}
	text_list_free(&argv);
	if (ret == -ENOSPC) {
		progress_clear(&s->progress);
		return complain_of_space(s);
	}
	if (ret < 0) {
		progress_clear(&s->progress);
		complain("%s cannot be run: %s", s->test, strerror(-ret));
		return PINLAT_FAILED;
	}
	outcome_of_run(&outcome, s->record, s->log, &end);
	if (s->plan.until && outcome.kind == RUN_VALID)
		until_take(&s->until, s->plan.order[seq], &outcome.scheduled);
	s->left[seq] = false;
	code = conclude(s, &outcome);
	outcome_free(&outcome);
	return code;
}

/* A stop signal has come: says what is there and how to go on. */
static int stopped(struct run_session *s)
{
	if (s->plan.until) {
		until_count_time(&s->until);
		directory_update_plan(s);
	}
	complain(
		"stopped by SIG%s with %zu valid records; go on with `pinlat run -o %s --resume`",
		sigabbrev_np(stop_signal()), s->valid, s->arguments->directory);
	return PINLAT_FAILED;
}

/* What --until and --calibrate have to say in the end. Returns the exit code. */
static int conclude_set(const struct run_session *s)
{
	struct compare_options options;

	if (s->plan.until)
		until_print_end(&s->until);
	if (!s->plan.calibrate)
		return PINLAT_OK;
	printf("\n");
	options = compare_defaults();
	return calibrate_set(s->arguments->directory, &options);
}

/* The table, and what to do next. Returns the exit code. */
static int summarise(const struct run_session *s)
{
	const char *directory = s->arguments->directory, *explained;

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
	explained = plan_option(&s->plan, "explain");
	if (explained && strcmp(explained, "on") == 0)
		printf("These runs were traced: `pinlat show` of one of its records says where the worst samples\nwent; all latencies include what tracing costs.\n");
	if (s->bad > 0)
		printf("%zu run%s gave no valid record; what went wrong stands above and in the .log files.\n",
		       s->bad, PLURAL(s->bad));
	return finish_output(conclude_set(s));
}

/* Tells the status line up to where runs are certain, and what is known so far. */
static void aim_progress(struct run_session *s, size_t next)
{
	s->progress.open = true;
	s->progress.end = next + until_missing(&s->until) * plan_block(&s->plan);
	if (s->progress.end > s->plan.n)
		s->progress.end = s->plan.n;
	until_note(&s->until, s->progress.note, sizeof(s->progress.note));
}

/* With --until, a block that ended with run @seq: are there enough? Returns 0 or the exit code. */
static int finish_block(struct run_session *s, size_t seq)
{
	bool looked = until_block(&s->until, seq + 1 == s->plan.n);
	int code = directory_update_plan(s);

	if (code)
		return code;
	if (looked) {
		progress_clear(&s->progress);
		until_print_look(&s->until);
	}
	if (s->plan.ended == PLAN_GOES_ON)
		aim_progress(s, seq + 1);
	return 0;
}

/* Whether run @seq ends a block, and no run of a later one has been made yet. */
static bool ends_block(const struct run_session *s, size_t seq)
{
	return (seq + 1) % plan_block(&s->plan) == 0 && seq + 1 >= s->known;
}

static int make_runs(struct run_session *s)
{
	int code = 0;

	for (size_t seq = 0; seq < s->plan.n && code == 0 &&
			     s->plan.ended == PLAN_GOES_ON && !stop_signal();
	     seq++) {
		if (s->left[seq])
			code = make_run(s, seq);
		if (code == 0 && s->plan.until && !stop_signal() && ends_block(s, seq))
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
		aim_progress(s, s->known / block * block);
	}
	code = make_runs(s);
	if (stop_signal())
		return stopped(s);
	return code ? code : summarise(s);
}

static int run_session(struct run_session *s)
{
	CLEANUP_CLOSE int lock = -1;
	int code, ret;

	if (test_binary_find(s->test, sizeof(s->test)) < 0)
		return PINLAT_USAGE;
	directory_choose_plan(s);
	stop_signals_hold();
	code = directory_open(s, &lock);
	if (code)
		return code;
	ret = directory_find_left(s);
	if (ret < 0) {
		complain("run: %s: %s", s->arguments->directory, strerror(-ret));
		return PINLAT_FAILED;
	}
	return run_plan(s);
}

int pinlat_run(int argc, char **argv)
{
	struct run_arguments arguments;
	struct run_session session = { .arguments = &arguments };
	int code;

	run_arguments_parse(&arguments, argc, argv);
	code = run_session(&session);
	until_free(&session.until);
	plan_free(&session.plan);
	free(session.left);
	return code;
}
