// SPDX-License-Identifier: MIT
#include "run_session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "child.h"
#include "message.h"
#include "outcome.h"
#include "pinlat.h"
#include "system/cleanup.h"
#include "system/units.h"
#include "text.h"

static int complain_of_space(const struct run_session *s)
{
	complain(
		"no space left in %s: run %zu of %zu could not be saved, the ones before it are; free some and go on with `pinlat run -o %s --resume`",
		s->options->directory, s->progress.seq + 1, s->plan.n,
		s->options->directory);
	return PINLAT_FAILED;
}

static bool disk_is_full(const struct run_session *s)
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
		s->record, s->options->directory);
	return PINLAT_STOPPED;
}

/* What follows from @o. -1: go on, else the exit code. */
static int conclude(struct run_session *s, struct outcome *o)
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
	return -1;
}

/* Makes run @seq. -1: go on, else the exit code. */
int _run_one(struct run_session *s, size_t seq)
{
	struct run_command command = { 0 };
	struct outcome outcome = { .kind = RUN_FAILED };
	struct child_end end;
	int ret = _run_name_files(s, seq), code;

	if (ret == 0)
		ret = _run_build_command(&command, s, seq);
	if (ret == 0) {
		unlink(s->record); /* interrupted or cut: made anew */
		progress_start(&s->progress, seq);
		ret = child_run(command.argv, s->log, progress_tick, &s->progress, &end);
	}
	free(command.argv);
	if (ret == 0)
		ret = outcome_of_run(&outcome, s->record, s->log, &end);
	if (ret == 0 && s->plan.until && outcome.kind == RUN_VALID)
		ret = until_take(&s->until, s->plan.order[seq], &outcome.scheduled);
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
