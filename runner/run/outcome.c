// SPDX-License-Identifier: MIT
#include "run/outcome.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "record/file.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "text.h"

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
	if (records_visit(path, &visitor) == -ENOMEM)
		alloc_failed();
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

/* What a failing test said: the assertion, else its last line that is none of the protocol's. */
static void failure_reason(struct outcome *o, FILE *log)
{
	char line[300], last[300] = "", assertion[300] = "", message[300] = "";

	while (fgets(line, sizeof(line), log)) {
		const char *at = strstr(line, "Failed assertion: ");
		const char *critical = strstr(line, "CRITICAL: ");

		line[strcspn(line, "\n")] = '\0';
		if (at && !*assertion)
			snprintf(assertion, sizeof(assertion), "%s", at);
		if (critical && !*message && is_message(critical + strlen("CRITICAL: ")))
			snprintf(message, sizeof(message), "%s",
				 critical + strlen("CRITICAL: "));
		if (*line && strncmp(line, "Subtest ", 8) != 0 &&
		    strncmp(line, "****", 4) != 0)
			snprintf(last, sizeof(last), "%s", line);
	}
	set_reason(o, *message	   ? message
		      : *assertion ? assertion
		      : *last	   ? last
				   : "it said nothing");
}

static void crash_reason(struct outcome *o, int signal)
{
	snprintf(o->reason, sizeof(o->reason), "the test was ended by signal %d (%s)",
		 signal, strsignal(signal));
}

static void judge_without_record(struct outcome *o, const char *log_path,
				 const struct child_end *end)
{
	CLEANUP_FCLOSE FILE *log = fopen(log_path, "re");
	int signal = end->signal ? end->signal : end->code > 128 ? end->code - 128 : 0;

	o->kind = end->code == IGT_SKIP	     ? RUN_SKIPPED
		  : end->code == IGT_INVALID ? RUN_REFUSED
					     : RUN_FAILED;
	if (signal > 0 && signal < 65)
		crash_reason(o, signal);
	else if (end->code == 0)
		snprintf(o->reason, sizeof(o->reason), "the test left no record");
	else if (!log)
		snprintf(o->reason, sizeof(o->reason), "the test gave exit code %d",
			 end->code);
	else if (end->code == IGT_SKIP)
		skip_reason(o, log);
	else
		failure_reason(o, log);
}

void outcome_of_run(struct outcome *o, const char *record, const char *log,
		    const struct child_end *end)
{
	outcome_of_record(o, record);
	if (o->kind == RUN_FAILED) {
		judge_without_record(o, log, end);
	} else if (o->kind == RUN_VALID && end->code != 0) {
		/* What was measured counts; but the machine may not be what it was. */
		judge_without_record(o, log, end);
		o->kind = RUN_VALID_BUT_FAILED;
	}
	o->seconds = end->seconds;
}

void outcome_free(struct outcome *o)
{
	distribution_free(&o->scheduled);
}
