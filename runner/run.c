// SPDX-License-Identifier: MIT
#include "pinlat.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "child.h"
#include "message.h"
#include "outcome.h"
#include "plan.h"
#include "progress.h"
#include "run_options.h"
#include "show.h"
#include "system/cleanup.h"
#include "system/units.h"
#include "test_binary.h"
#include "text.h"

/* A run in progress. */
struct session {
	const struct run_options *options;
	struct plan plan;
	struct progress progress;
	char test[PATH_MAX];
	char record[PATH_MAX], log[PATH_MAX]; /* of the current run */
	bool *left;			      /* by seq: to be run */
	size_t valid, skipped, bad;
};

static int plan_path(const struct run_options *o, char *path, size_t size)
{
	return snprintf(path, size, "%s/plan.json", o->directory) < (int)size
		       ? 0
		       : -ENAMETOOLONG;
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

static int is_record_name(const struct dirent *entry)
{
	const char *name = entry->d_name;

	return strstr(name, ".json") != NULL && *name != '.';
}

/* Records without a plan would be taken for this one's. */
static bool holds_records(const char *path)
{
	struct dirent **entry;
	int n = scandir(path, &entry, is_record_name, NULL);

	for (int i = 0; i < n; i++)
		free(entry[i]);
	if (n >= 0)
		free(entry);
	return n > 0;
}

/* Reads the plan that --resume obeys. -1: go on, else the exit code. */
static int read_old_plan(struct session *s, const char *path)
{
	char why[128];
	int ret = plan_read(&s->plan, path, why, sizeof(why));

	if (ret < 0) {
		complain("%s: cannot be resumed: %s; choose another -o DIR", path,
			 ret == -EINVAL ? why : strerror(-ret));
		return PINLAT_USAGE;
	}
	return plan_agrees(&s->plan, s->options) ? -1 : PINLAT_USAGE;
}

/* Makes or reads the plan; touches nothing. -1: go on, else the exit code. */
static int choose_plan(struct session *s)
{
	const struct run_options *o = s->options;
	char path[PATH_MAX];
	int ret = check_parent(o->directory);

	if (ret == 0)
		ret = plan_path(o, path, sizeof(path));
	if (ret < 0) {
		complain("run: -o %s: no directory to write to: %s", o->directory,
			 strerror(-ret));
		return PINLAT_USAGE;
	}
	if (access(path, F_OK) == 0) {
		if (o->resume)
			return read_old_plan(s, path);
		complain("run: %s holds a plan already; add --resume to go on with it, "
			 "or choose "
			 "another -o DIR",
			 o->directory);
		return PINLAT_USAGE;
	}
	if (!o->label) {
		complain(
			"run: --resume: %s holds no plan; to start one, add --label NAME",
			o->directory);
		return PINLAT_USAGE;
	}
	if (holds_records(o->directory)) {
		complain("run: %s holds records, but no plan; choose another -o DIR",
			 o->directory);
		return PINLAT_USAGE;
	}
	ret = plan_make(&s->plan, o);
	if (ret < 0)
		complain("run: memory is short");
	return ret < 0 ? PINLAT_FAILED : -1;
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

static int complain_of_space(const struct session *s)
{
	complain("no space left in %s: run %zu of %zu could not be saved, the ones "
		 "before it are; "
		 "free some and go on with `pinlat run -o %s --resume`",
		 s->options->directory, s->progress.seq + 1, s->plan.n,
		 s->options->directory);
	return PINLAT_FAILED;
}

/* Takes DIR for this run alone and writes the plan. -1: go on (@lock is open), else the code. */
static int open_directory(struct session *s, int *lock)
{
	const char *directory = s->options->directory;
	char path[PATH_MAX];
	int ret = make_directories(directory);

	if (ret < 0) {
		complain("run: -o %s: cannot be made: %s", directory, strerror(-ret));
		return PINLAT_USAGE;
	}
	*lock = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ret = *lock < 0 ? -errno : 0;
	if (ret == 0 && flock(*lock, LOCK_EX | LOCK_NB) < 0) {
		complain("run: another pinlat is at work in %s; wait for it", directory);
		return PINLAT_USAGE;
	}
	if (ret == 0)
		ret = plan_path(s->options, path, sizeof(path));
	if (ret == 0 && access(path, F_OK) < 0)
		ret = plan_write(&s->plan, path);
	if (ret < 0) {
		complain("run: %s: the plan cannot be written: %s", directory,
			 strerror(-ret));
		return ret == -ENOSPC ? PINLAT_FAILED : PINLAT_USAGE;
	}
	return -1;
}

static int name_files(struct session *s, size_t seq)
{
	const char *directory = s->options->directory, *subtest = s->plan.order[seq];
	int n = snprintf(s->record, sizeof(s->record), "%s/%04zu-%s.json", directory, seq,
			 subtest);

	if (n >= (int)sizeof(s->record))
		return -ENAMETOOLONG;
	snprintf(s->log, sizeof(s->log), "%.*s.log", n - (int)strlen(".json"), s->record);
	return 0;
}

/* Which runs are still to be made: those without a record, or with an interrupted one. */
static int find_left(struct session *s)
{
	struct outcome o;
	int ret;

	s->left = calloc(s->plan.n, sizeof(*s->left));
	if (!s->left)
		return -ENOMEM;
	for (size_t seq = 0; seq < s->plan.n; seq++) {
		ret = name_files(s, seq);
		if (ret == 0)
			ret = outcome_of_record(&o, s->record);
		if (ret < 0)
			return ret;
		s->left[seq] = o.kind == RUN_FAILED || o.kind == RUN_INTERRUPTED;
		s->valid += o.kind == RUN_VALID;
		outcome_free(&o);
	}
	return 0;
}

/* The test's command line. Its texts stay where they are but for --seq's and --seed's. */
struct command {
	char option[TEST_OPTIONS][24];
	char seq[24], seed[24];
	char **argv; /* owned */
};

static int build_command(struct command *c, struct session *s, size_t seq)
{
	static char run_subtest[] = "--run-subtest", label[] = "--label",
		    seq_option[] = "--seq", seed_option[] = "--seed",
		    record[] = "--record";
	size_t passed = 0, n = 0;

	while (s->plan.passed[passed])
		passed++;
	c->argv = calloc(12 + 2 * TEST_OPTIONS + passed, sizeof(*c->argv));
	if (!c->argv)
		return -ENOMEM;
	snprintf(c->seq, sizeof(c->seq), "%zu", seq);
	snprintf(c->seed, sizeof(c->seed), "%" PRIu64, s->plan.seed);
	c->argv[n++] = s->test;
	c->argv[n++] = run_subtest;
	c->argv[n++] = s->plan.order[seq];
	c->argv[n++] = label;
	c->argv[n++] = s->plan.label;
	c->argv[n++] = seq_option;
	c->argv[n++] = c->seq;
	c->argv[n++] = seed_option;
	c->argv[n++] = c->seed;
	for (enum test_option i = 0; i < TEST_OPTIONS; i++) {
		if (!s->plan.test[i])
			continue;
		snprintf(c->option[i], sizeof(c->option[i]), "--%s", test_option_name(i));
		c->argv[n++] = c->option[i];
		c->argv[n++] = s->plan.test[i];
	}
	c->argv[n++] = record;
	c->argv[n++] = s->record;
	for (size_t i = 0; i < passed; i++)
		c->argv[n++] = s->plan.passed[i];
	return 0;
}

static bool disk_is_full(const struct session *s)
{
	struct statvfs st;

	return statvfs(s->options->directory, &st) == 0 &&
	       st.f_bavail * st.f_frsize < MIB;
}

/* Shows what the test said, for -v. */
static void print_log(const char *path)
{
	_cleanup_fclose_ FILE *log = fopen(path, "re");
	char line[4096];

	while (log && fgets(line, sizeof(line), log)) {
		line[strcspn(line, "\n")] = '\0';
		printf("    %s\n", make_printable(line));
	}
}

/* A subtest that skips here will skip again. */
static void leave_out(struct session *s, const char *subtest)
{
	size_t n = 0;

	for (size_t seq = s->progress.seq + 1; seq < s->plan.n; seq++) {
		if (s->left[seq] && strcmp(s->plan.order[seq], subtest) == 0) {
			s->left[seq] = false;
			n++;
		}
	}
	if (n > 0)
		printf("       its other %zu runs are left out\n", n);
	fflush(stdout);
}

/* What follows from @o. -1: go on, else the exit code. */
static int conclude(struct session *s, struct outcome *o)
{
	const char *subtest = s->plan.order[s->progress.seq];

	if (o->kind == RUN_FAILED && stop_signal())
		o->kind = RUN_INTERRUPTED; /* before it could leave a record */
	progress_end(&s->progress, o);
	if (s->options->verbose)
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
		complain("the run was measured, but then: %s; put that right, then go on with --resume",
			 o->reason);
		return PINLAT_FAILED;
	}
	if (o->kind == RUN_REFUSED) {
		complain("the test does not take these options: %s", o->reason);
		return PINLAT_USAGE;
	}
	if (o->kind == RUN_SKIPPED)
		leave_out(s, subtest);
	return -1;
}

/* Makes run @seq. -1: go on, else the exit code. */
static int run_one(struct session *s, size_t seq)
{
	struct command command = { 0 };
	struct outcome outcome = { .kind = RUN_FAILED };
	struct child_end end;
	int ret = name_files(s, seq), code;

	if (ret == 0)
		ret = build_command(&command, s, seq);
	if (ret == 0) {
		unlink(s->record); /* interrupted or cut: made anew */
		progress_start(&s->progress, seq);
		ret = child_run(command.argv, s->log, progress_tick, &s->progress, &end);
	}
	free(command.argv);
	if (ret == 0)
		ret = outcome_of_run(&outcome, s->record, s->log, &end);
	if (ret == -ENOSPC) {
		progress_clear(&s->progress);
		return complain_of_space(s);
	}
	if (ret < 0) {
		progress_clear(&s->progress);
		complain("%s cannot be run: %s", s->test, strerror(-ret));
		return PINLAT_FAILED;
	}
	s->left[seq] = false;
	code = conclude(s, &outcome);
	outcome_free(&outcome);
	return code;
}

/* A stop signal has come: says what is there and how to go on. */
static int stopped(const struct session *s)
{
	complain("stopped by SIG%s with %zu valid records; go on with `pinlat run -o %s "
		 "--resume`",
		 sigabbrev_np(stop_signal()), s->valid, s->options->directory);
	return PINLAT_FAILED;
}

/* The table, and what to do next. Returns the exit code. */
static int summarise(const struct session *s)
{
	const char *directory = s->options->directory;

	if (s->valid == 0) {
		complain("no run gave a valid record; `pinlat doctor` says what this "
			 "machine lacks");
		return s->bad == 0 ? PINLAT_SKIPPED : PINLAT_FAILED;
	}
	printf("\n");
	if (show_directory(directory, use_colour()) < 0)
		complain("%s: its records cannot be shown", directory);
	printf("\nThe records are in %s; `pinlat show %s` prints this table again.\n",
	       directory, directory);
	if (s->bad > 0)
		printf("%zu run%s gave no valid record; what went wrong stands above and "
		       "in the "
		       ".log files.\n",
		       s->bad, s->bad == 1 ? "" : "s");
	return finish_output(PINLAT_OK);
}

static int run_plan(struct session *s)
{
	int code = -1;

	progress_init(&s->progress, &s->plan, s->left);
	for (size_t seq = 0; seq < s->plan.n && code < 0; seq++) {
		if (stop_signal())
			return stopped(s);
		if (s->left[seq])
			code = run_one(s, seq);
	}
	if (stop_signal())
		return stopped(s);
	return code < 0 ? summarise(s) : code;
}

static int run_session(struct session *s)
{
	_cleanup_close_ int lock = -1;
	int code, ret;

	if (test_binary_find(s->test, sizeof(s->test)) < 0)
		return PINLAT_USAGE;
	code = choose_plan(s);
	if (code >= 0)
		return code;
	stop_signals_hold();
	code = open_directory(s, &lock);
	if (code >= 0)
		return code;
	ret = find_left(s);
	if (ret < 0) {
		complain("run: %s: %s", s->options->directory, strerror(-ret));
		return PINLAT_FAILED;
	}
	return run_plan(s);
}

int pinlat_run(int argc, char **argv)
{
	struct run_options options;
	struct session session = { .options = &options };
	int code = run_options_parse(&options, argc, argv);

	if (code >= 0)
		return code;
	code = run_session(&session);
	plan_free(&session.plan);
	free(session.left);
	return code;
}
