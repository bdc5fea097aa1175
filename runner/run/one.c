// SPDX-License-Identifier: MIT
#include "run/one.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "claim/lock.h"
#include "message.h"
#include "pinlat.h"
#include "record/file.h"
#include "run/run.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/units.h"
#include "system/text.h"

struct child_end {
	int code;   /* exit code, or -1 */
	int signal; /* that ended it, or 0 */
	double seconds;
};

/* The first stop signal of this process. */
static int stopped_by;

static void stop_set(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

void stop_signals_hold(void)
{
	sigset_t set;

	stop_set(&set);
	sigaddset(&set, SIGCHLD); /* waited for in the same place */
	sigprocmask(SIG_BLOCK, &set, NULL);
}

int stop_signal(void)
{
	const struct timespec now = { 0, 0 };
	sigset_t set;
	int signal;

	stop_set(&set);
	while ((signal = sigtimedwait(&set, NULL, &now)) > 0)
		stopped_by = stopped_by ? stopped_by : signal;
	return stopped_by;
}

/* Runs in the child: becomes the test, or tells errno through @report. */
static void __attribute__((noreturn))
become(char *const argv[], int lock, int log, int report, pid_t parent)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), error;
	sigset_t none;

	sigemptyset(&none);
	dup2(null, STDIN_FILENO);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127); /* it died before it could be said */
	sigprocmask(SIG_SETMASK, &none, NULL);
	lock_hand_on(lock);
	execv(argv[0], argv);
	error = errno;
	if (write(report, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

/* Waits for the end of @pid and hands stop signals on. */
static int watch(pid_t pid, void (*tick)(void *data), void *data)
{
	const struct timespec quarter = { 0, NSEC_PER_SEC / 4 };
	bool asked = false;
	sigset_t set;
	int status = 0;
	pid_t ended;

	stop_set(&set);
	sigaddset(&set, SIGCHLD);
	while ((ended = waitpid(pid, &status, WNOHANG)) == 0 ||
	       (ended < 0 && errno == EINTR)) {
		int signal = sigtimedwait(&set, NULL, &quarter);

		if (signal > 0 && signal != SIGCHLD) {
			if (asked)
				complain(
					"still waiting for the test to clean up after itself");
			else
				kill(pid, SIGTERM);
			asked = true;
			stopped_by = stopped_by ? stopped_by : signal;
		}
		tick(data);
	}
	return status;
}

/*
 * Runs @argv, which inherits @lock, with its output going to @log_path. It gets SIGTERM once when a stop signal comes, or
 * when this process dies. Returns 0 with @end filled, or -errno: it could not be started.
 */
static int run_child(char *const argv[], int lock, const char *log_path,
		     void (*tick)(void *data), void *data, struct child_end *end)
{
	CLEANUP_CLOSE int log =
		open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
	int report[2], error = 0, status;
	double start = monotonic_seconds();
	pid_t parent = getpid(), pid;
	ssize_t n;

	if (log < 0 || pipe2(report, O_CLOEXEC) < 0)
		return -errno;
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		become(argv, lock, log, report[1], parent);
	if (pid < 0)
		error = errno;
	close(report[1]);
	n = read(report[0], &error,
		 sizeof(error)); /* ends when the child has become the test */
	close(report[0]);
	if (pid < 0)
		return -error;
	status = watch(pid, tick, data);
	*end = (struct child_end){
		.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
		.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
		.seconds = monotonic_seconds() - start,
	};
	return n == sizeof(error) ? -error : 0;
}

/* The exit codes of IGT tests. */
enum {
	IGT_SKIP = 77,
	IGT_INVALID = 79,
};

static void set_reason(struct outcome *o, const char *text)
{
	printable(text, o->reason, sizeof(o->reason));
}

static bool is_interruption(const struct record *r)
{
	for (size_t i = 0; i < r->reasons; i++)
		if (strncmp(r->reason[i], "interrupted by ", strlen("interrupted by ")) ==
		    0)
			return true;
	return false;
}

static void take_record(struct outcome *o, struct record *r)
{
	if (r->valid) {
		o->kind = RUN_VALID;
		o->scheduled = r->scheduled;
		r->scheduled = (struct distribution){ 0 };
		return;
	}
	o->kind = r->stopped	       ? RUN_STOPPED
		  : is_interruption(r) ? RUN_INTERRUPTED
				       : RUN_INVALID;
	set_reason(o, r->reasons ? r->reason[0] : "no reason given");
}

/* The last record of a file is what counts. */
static int visit_record(struct record *r, void *data)
{
	outcome_free(data);
	take_record(data, r);
	return 0;
}

static int visit_problem(const char *text, void *data)
{
	struct outcome *o = data;

	if (o->kind == RUN_FAILED && !*o->reason)
		set_reason(o, text);
	return 0;
}

void outcome_of_record(struct outcome *o, const char *path)
{
	struct record_visitor visitor = { .record = visit_record,
					  .problem = visit_problem,
					  .data = o };

	*o = (struct outcome){ .kind = RUN_FAILED };
	(void)records_visit(path, &visitor);
}

/* Adds a line without its newline to @text, parts divided by "; ". */
static void add_line(char *text, size_t size, const char *line)
{
	size_t n = strlen(text);

	snprintf(text + n, size - n, "%s%.*s", n ? "; " : "", (int)strcspn(line, "\n"),
		 line);
}

/*
 * Why the test skipped. Its output: "Test requirement not met in function …",
 * "Test requirement: EXPRESSION", then the message, and perhaps "Last errno: …".
 */
static void skip_reason(struct outcome *o, FILE *log)
{
	char line[300], expression[200] = "", message[380] = "";
	bool within = false;

	while (fgets(line, sizeof(line), log)) {
		if (strncmp(line, "Test requirement: ", 18) == 0) {
			snprintf(expression, sizeof(expression), "%.*s",
				 (int)strcspn(line + 18, "\n"), line + 18);
			within = true;
		} else if (strncmp(line, "Last errno:", 11) == 0 ||
			   strncmp(line, "Subtest ", 8) == 0) {
			within = false;
		} else if (within && line[strspn(line, " \n")]) {
			add_line(message, sizeof(message), line);
		}
	}
	set_reason(o, *message	    ? message
		      : *expression ? expression
				    : "it does not say why");
}

/* The test's own words after an assertion say more than the assertion's expression. */
static bool is_message(const char *text)
{
	static const char *const frame[] = { "Test assertion failure",
					     "Failed assertion: ", "Last errno: " };

	for (size_t i = 0; i < sizeof(frame) / sizeof(frame[0]); i++)
		if (strncmp(text, frame[i], strlen(frame[i])) == 0)
			return false;
	return *text;
}

/* What a failing test said. */
struct said {
	char last[300], assertion[300], message[300];
};

static void hear_line(struct said *said, char *line)
{
	const char *at = strstr(line, "Failed assertion: ");
	const char *critical = strstr(line, "CRITICAL: ");

	line[strcspn(line, "\n")] = '\0';
	if (at && !*said->assertion)
		snprintf(said->assertion, sizeof(said->assertion), "%s", at);
	if (critical && !*said->message && is_message(critical + strlen("CRITICAL: ")))
		snprintf(said->message, sizeof(said->message), "%s",
			 critical + strlen("CRITICAL: "));
	if (*line && strncmp(line, "Subtest ", 8) != 0 && strncmp(line, "****", 4) != 0)
		snprintf(said->last, sizeof(said->last), "%s", line);
}

/*
 * A record that could not be written to its file stands in the log, and is no sentence. If there was
 * no room for it there either, its piece is of no use: the room is given back.
 */
static void hear(struct said *said, FILE *log)
{
	CLEANUP_FREE char *line = NULL;
	size_t size = 0;
	off_t at = 0;
	ssize_t n;

	for (; (n = getline(&line, &size, log)) > 0; at += n) {
		if (strncmp(line, RECORD_LINE_PREFIX, strlen(RECORD_LINE_PREFIX)) != 0)
			hear_line(said, line);
		else if (line[n - 1] != '\n' && ftruncate(fileno(log), at) < 0)
			break;
	}
}

int directory_error(const char *directory)
{
	struct statvfs st;

	if (statvfs(directory, &st) < 0 || access(directory, W_OK | X_OK) < 0)
		return -errno;
	/* btrfs counts no files */
	return st.f_bavail * st.f_frsize < MIB || (st.f_files > 0 && st.f_favail == 0)
		       ? -ENOSPC
		       : 0;
}

/*
 * The assertion, else why there could be none, else the test's last line that is none of the
 * protocol's. @log may be NULL.
 */
static void failure_reason(struct outcome *o, FILE *log, const char *directory, int code)
{
	int error = o->kind == RUN_FAILED ? directory_error(directory) : 0;
	CLEANUP_FREE char *unwritten = xasprintf("nothing more can be written: %s (%s)",
						 strerror(-error), directory);
	CLEANUP_FREE char *ended = xasprintf("the test gave exit code %d", code);
	struct said said = { 0 };

	if (log)
		hear(&said, log);
	set_reason(o, *said.message	? said.message
		      : *said.assertion ? said.assertion
		      : error		? unwritten
		      : code == 0	? "the test left no record"
		      : *said.last	? said.last
		      : log		? "it said nothing"
					: ended);
}

static void crash_reason(struct outcome *o, int signal)
{
	snprintf(o->reason, sizeof(o->reason), "the test was ended by signal %d (%s)",
		 signal, strsignal(signal));
}

static void judge_without_record(struct outcome *o, const struct run_session *s,
				 const struct child_end *end)
{
	CLEANUP_FCLOSE FILE *log = fopen(s->log, "r+e");
	int signal = end->signal ? end->signal : end->code > 128 ? end->code - 128 : 0;

	o->kind = end->code == IGT_SKIP	     ? RUN_SKIPPED
		  : end->code == IGT_INVALID ? RUN_REFUSED
					     : RUN_FAILED;
	if (signal > 0 && signal < 65)
		crash_reason(o, signal);
	else if (log && end->code == IGT_SKIP)
		skip_reason(o, log);
	else
		failure_reason(o, log, s->arguments->directory, end->code);
}

/* What came of the run that left s->record, s->log and @end. */
static void outcome_of_run(struct outcome *o, const struct run_session *s,
			   const struct child_end *end)
{
	outcome_of_record(o, s->record);
	if (o->kind == RUN_FAILED) {
		judge_without_record(o, s, end);
	} else if (o->kind == RUN_VALID && end->code != 0) {
		/* What was measured counts; but the machine may not be what it was. */
		judge_without_record(o, s, end);
		o->kind = RUN_VALID_BUT_FAILED;
	}
	o->seconds = end->seconds;
}

void outcome_free(struct outcome *o)
{
	distribution_free(&o->scheduled);
}

void run_name_files(struct run_session *s, size_t seq)
{
	int n = snprintf(s->record, sizeof(s->record), "%s/%04zu-%s.json",
			 s->arguments->directory, seq, s->plan.order.text[seq]);

	snprintf(s->log, sizeof(s->log), "%.*s.log", n - (int)strlen(".json"), s->record);
}

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
	const char *subtest = p->order.text[seq];
	char text[24];

	text_list_add(argv, "%s", s->test);
	add_option(argv, "run-subtest", subtest);
	add_option(argv, "label", p->label);
	snprintf(text, sizeof(text), "%zu", seq);
	add_option(argv, "seq", text);
	snprintf(text, sizeof(text), "%" PRIu64, plan_run_seed(p, seq));
	add_option(argv, "seed", text);
	for (const struct option_row *row = run_option_rows; row->name; row++) {
		const char *value = plan_option_of(p, row->name, subtest);

		if (value)
			add_planned(argv, s, row, value);
	}
	add_option(argv, "record", s->record);
	for (size_t i = 0; i < p->passed.n; i++)
		text_list_add(argv, "%s", p->passed.text[i]);
	argv->text = xrealloc(argv->text, (argv->n + 1) * sizeof(*argv->text));
	argv->text[argv->n] = NULL;
}

int run_one(struct run_session *s, size_t seq, struct outcome *outcome)
{
	struct text_list argv = { 0 };
	struct child_end end = { 0 };
	int ret;

	run_name_files(s, seq);
	build_command(&argv, s, seq);
	unlink(s->record); /* interrupted or cut: made anew */
	progress_start(&s->progress, seq);
	ret = run_child(argv.text, s->lock, s->log, progress_tick, &s->progress, &end);
	text_list_free(&argv);
	if (ret == 0)
		outcome_of_run(outcome, s, &end);
	return ret;
}
