// SPDX-License-Identifier: MIT
#include "run/run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "claim/lock.h"
#include "compare/calibrate.h"
#include "message.h"
#include "pinlat.h"
#include "run/one.h"
#include "show/show.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/units.h"
#include "test_binary.h"
#include "system/text.h"

static char *plan_path(const struct run_session *s)
{
	return xasprintf("%s/plan.json", s->arguments->directory);
}

/* Whether the nearest directory that exists above @path may be written to. */
static int check_parent(const char *path)
{
	char parent[PATH_MAX];
	struct stat st;

	if (snprintf(parent, sizeof(parent), "%s", path) >= (int)sizeof(parent))
		return -ENAMETOOLONG;
	while (stat(parent, &st) < 0) {
		char *slash;

		if (errno != ENOENT)
			return -errno;
		slash = strrchr(parent, '/');
		if (!slash)
			strcpy(parent, ".");
		else if (slash == parent)
			slash[1] = '\0';
		else
			*slash = '\0';
	}
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	return access(parent, W_OK | X_OK) < 0 ? -errno : 0;
}

/* Records without a plan would be taken for this one's. */
static bool holds_records(const char *path)
{
	CLEANUP_CLOSEDIR DIR *dir = opendir(path);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (*entry->d_name != '.' && strstr(entry->d_name, ".json"))
			return true;
	return false;
}

/* Reads the plan that --resume obeys. */
static void read_old_plan(struct run_session *s, const char *path)
{
	char why[128];
	int ret = plan_read(&s->plan, path, why, sizeof(why));

	if (ret < 0)
		usage_error("%s: cannot be resumed: %s; choose another -o DIR", path,
			    ret == -EINVAL ? why : strerror(-ret));
	plan_must_agree(&s->plan, s->arguments);
	plan_must_be_of_here(&s->plan, s->arguments->new_boot);
}

/* Makes or reads the plan; touches nothing, and ends the command where it cannot. */
static void choose_plan(struct run_session *s)
{
	const struct run_arguments *a = s->arguments;
	CLEANUP_FREE char *path = plan_path(s);
	int ret = check_parent(a->directory);

	if (ret < 0)
		usage_error("run: -o %s: no directory to write to: %s", a->directory,
			    strerror(-ret));
	if (access(path, F_OK) == 0 && a->resume) {
		read_old_plan(s, path);
		return;
	}
	if (access(path, F_OK) == 0)
		usage_error(
			"run: %s holds a plan already; add --resume to go on with it, or choose another -o DIR",
			a->directory);
	if (!a->test.label)
		usage_error(
			"run: --resume: %s holds no plan; to start one, add --label NAME",
			a->directory);
	if (holds_records(a->directory))
		usage_error("run: %s holds records, but no plan; choose another -o DIR",
			    a->directory);
	plan_make(&s->plan, a);
}

static int make_directories(const char *path)
{
	char part[PATH_MAX];

	snprintf(part, sizeof(part), "%s", path);
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, 0777) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return mkdir(part, 0777) < 0 && errno != EEXIST ? -errno : 0;
}

/* Has the test work out what the plan leaves to the machine. Returns 0 or the exit code. */
static int take_sizes(struct run_session *s)
{
	struct text_list argv = { 0 };
	struct plan *p = &s->plan;

	text_list_add(&argv, "%s", s->test);
	for (const struct option_row *row = run_option_rows; row->name; row++) {
		const char *value = p->test[row - run_option_rows];

		/* The file of a trace is named when a run starts. */
		if (value && !(row->flags & OPTION_FILE))
			text_list_add(&argv, "--%s=%s", row->name, value);
	}
	for (size_t i = 0; i < p->passed.n; i++)
		text_list_add(&argv, "%s", p->passed.text[i]);
	text_list_add(&argv, "--list-sizes");
	plan_ask_sizes(p, &argv, s->lock);
	text_list_free(&argv);
	if (!stop_signal())
		return 0;
	complain("stopped by SIG%s before the first run", sigabbrev_np(stop_signal()));
	return PINLAT_FAILED;
}

/* Takes DIR for this run alone and writes the plan. Returns 0 or the exit code. */
static int open_directory(struct run_session *s)
{
	const char *directory = s->arguments->directory;
	CLEANUP_FREE char *path = plan_path(s);
	int ret = make_directories(directory), code = 0;

	if (ret < 0) {
		complain("run: -o %s: cannot be made: %s", directory, strerror(-ret));
		return PINLAT_USAGE;
	}
	s->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ret = s->directory < 0 ? -errno : 0;
	if (ret == 0 && flock(s->directory, LOCK_EX | LOCK_NB) < 0) {
		complain("run: another pinlat is at work in %s; wait for it", directory);
		return PINLAT_USAGE;
	}
	if (ret == 0 && access(path, F_OK) < 0) {
		code = take_sizes(s);
		ret = code ? 0 : plan_write(&s->plan, path);
	}
	if (ret < 0) {
		complain("run: %s: the plan cannot be written: %s", directory,
			 strerror(-ret));
		return ret == -ENOSPC ? PINLAT_FAILED : PINLAT_USAGE;
	}
	return code;
}

/* Writes the plan anew: it tells how far --until has come. Returns 0 or the exit code. */
static int update_plan(const struct run_session *s)
{
	CLEANUP_FREE char *path = plan_path(s);
	int ret = plan_write(&s->plan, path);

	if (ret == 0)
		return 0;
	complain("%s: cannot be written: %s; put that right, then go on with --resume",
		 path, strerror(-ret));
	return PINLAT_FAILED;
}

/* What the record of run @seq says already. */
static void read_known(struct run_session *s, size_t seq)
{
	struct outcome o;

	run_name_files(s, seq);
	outcome_of_record(&o, s->record);
	s->left[seq] = o.kind == RUN_FAILED || o.kind == RUN_INTERRUPTED;
	s->valid += o.kind == RUN_VALID;
	if (!s->left[seq])
		s->known = seq + 1;
	if (s->plan.until && o.kind == RUN_VALID)
		until_take(&s->until, s->record);
	outcome_free(&o);
}

/* Left are runs without a record, or with an interrupted one. */
static void find_left(struct run_session *s)
{
	if (s->plan.until)
		until_init(&s->until, &s->plan);
	s->left = xcalloc(s->plan.order.n, sizeof(*s->left));
	for (size_t seq = 0; seq < s->plan.order.n; seq++)
		read_known(s, seq);
}

/* Because of @error, of directory_error(), no run can be saved any more. Returns the exit code. */
static int complain_of_directory(const struct run_session *s, int error)
{
	const char *directory = s->arguments->directory;

	if (error == -ENOSPC)
		complain(
			"no space left in %s: run %zu of %zu could not be saved, the ones before it are; free some and go on with `pinlat run -o %s --resume`",
			directory, s->progress.seq + 1, s->plan.order.n, directory);
	else
		complain(
			"%s: run %zu of %zu could not be saved there: %s; put that right, then go on with `pinlat run -o %s --resume`",
			directory, s->progress.seq + 1, s->plan.order.n, strerror(-error),
			directory);
	return PINLAT_FAILED;
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

	for (size_t seq = s->progress.seq + 1; seq < s->plan.order.n; seq++) {
		if (s->left[seq] && strcmp(s->plan.order.text[seq], subtest) == 0) {
			s->left[seq] = false;
			n++;
		}
	}
	if (s->plan.until) {
		until_leave_out(&s->until, subtest);
		printf("       it is left out from here on\n");
	} else if (n > 0)
		printf("       its other %zu run%s left out\n", n,
		       n > 1 ? "s are" : " is");
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
	const char *subtest = s->plan.order.text[s->progress.seq];
	int error;

	if (o->kind == RUN_FAILED && stop_signal())
		o->kind = RUN_INTERRUPTED; /* before it could leave a record */
	progress_end(&s->progress, o);
	if (s->arguments->verbose)
		print_log(s->log);
	error = o->kind == RUN_FAILED ? directory_error(s->arguments->directory) : 0;
	if (error)
		return complain_of_directory(s, error);
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

/*
 * Whether DIR is still the one with the runs so far: if another stands in its place, what is left of the
 * plan would be taken for all of it. Returns 0 or the exit code.
 */
static int check_directory(const struct run_session *s)
{
	const char *directory = s->arguments->directory;
	struct stat own, there;

	if (fstat(s->directory, &own) == 0 && stat(directory, &there) == 0 &&
	    own.st_dev == there.st_dev && own.st_ino == there.st_ino)
		return 0;
	complain(
		"%s was removed or replaced, and with it the %zu valid record%s of this plan; start anew with another -o DIR",
		directory, s->valid, PLURAL(s->valid));
	return PINLAT_FAILED;
}

/* Makes run @seq. Returns 0 to go on, else the exit code. */
static int make_run(struct run_session *s, size_t seq)
{
	struct outcome outcome;
	int code = check_directory(s), ret;

	if (code)
		return code;
	ret = run_one(s, seq, &outcome);
	if (ret < 0) {
		int error = directory_error(s->arguments->directory);

		progress_clear(&s->progress);
		if (error)
			return complain_of_directory(s, error);
		complain("%s cannot be run: %s", s->test, strerror(-ret));
		return PINLAT_FAILED;
	}
	if (s->plan.until && outcome.kind == RUN_VALID)
		until_take(&s->until, s->record);
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
		update_plan(s);
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
			"no run gave a valid record: see why above; `pinlat doctor` says what this machine lacks");
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
	s->progress.end =
		next + plan_block(&s->plan) * until_missing(&s->until, s->progress.note,
							    sizeof(s->progress.note));
	if (s->progress.end > s->plan.order.n)
		s->progress.end = s->plan.order.n;
}

/* With --until, a block that ended with run @seq: are there enough? Returns 0 or the exit code. */
static int finish_block(struct run_session *s, size_t seq)
{
	progress_clear(&s->progress);
	until_block(&s->until, seq + 1 == s->plan.order.n);
	if (s->plan.ended == PLAN_GOES_ON)
		aim_progress(s, seq + 1);
	return update_plan(s);
}

/* Whether run @seq ends a block, and no run of a later one has been made yet. */
static bool ends_block(const struct run_session *s, size_t seq)
{
	return (seq + 1) % plan_block(&s->plan) == 0 && seq + 1 >= s->known;
}

static int make_runs(struct run_session *s)
{
	int code = 0;

	for (size_t seq = 0; seq < s->plan.order.n && code == 0 &&
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
	if (code == 0)
		code = check_directory(s);
	if (stop_signal())
		return stopped(s);
	return code ? code : summarise(s);
}

/* Keeps every other pinlat away until the plan is done. Returns 0 or the exit code. */
static int lock_machine(struct run_session *s)
{
	char why[400];

	s->lock = lock_take(s->plan.label, why, sizeof(why));
	if (s->lock == -EBUSY && s->arguments->test.wait) {
		printf("%s; waiting for it\n", why);
		fflush(stdout);
		s->lock = lock_wait(s->plan.label, stop_signal, why, sizeof(why));
	}
	if (s->lock >= 0)
		return 0;
	if (s->lock == -EBUSY)
		complain("%s; let it end, or add --wait", why);
	else if (s->lock != -EINTR)
		complain("%s", why);
	return s->lock == -EBUSY ? PINLAT_SKIPPED : PINLAT_FAILED;
}

static int run_session(struct run_session *s)
{
	int code;

	if (test_binary_find(s->test, sizeof(s->test)) < 0)
		return PINLAT_USAGE;
	choose_plan(s);
	stop_signals_hold();
	code = lock_machine(s);
	if (code == 0)
		code = open_directory(s);
	if (code)
		return code;
	find_left(s);
	return run_plan(s);
}

int pinlat_run(int argc, char **argv)
{
	struct run_arguments arguments;
	struct run_session session = { .arguments = &arguments, .directory = -1 };
	int code;

	run_arguments_parse(&arguments, argc, argv);
	code = run_session(&session);
	until_free(&session.until);
	plan_free(&session.plan);
	free(session.left);
	if (session.directory >= 0)
		close(session.directory);
	if (session.lock > 0)
		close(session.lock);
	return code;
}
