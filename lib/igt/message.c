// SPDX-License-Identifier: MIT
/*
 * Messages for people. All of them also go to a log of bounded size, which is shown
 * between two markers when a subtest fails.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "igt/internal.h"

#define LOG_LINES     256
#define LOG_LINE_SIZE 256

static struct {
	pthread_mutex_t lock;
	unsigned int next; /* counts all lines since the last reset */
	char lines[LOG_LINES][LOG_LINE_SIZE];
} history = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Nothing is printed before the run, least of all into a list of subtests. */
static enum igt__log_level threshold = IGT__LOG_NONE;

static const char *const level_names[] = {
	[IGT__LOG_DEBUG] = "DEBUG",
	[IGT__LOG_INFO] = "INFO",
	[IGT__LOG_WARN] = "WARNING",
	[IGT__LOG_CRITICAL] = "CRITICAL",
};

void igt__message_init(void)
{
	static const struct {
		const char *name;
		enum igt__log_level level;
	} levels[] = {
		{ "debug", IGT__LOG_DEBUG },
		{ "info", IGT__LOG_INFO },
		{ "warn", IGT__LOG_WARN },
		{ "none", IGT__LOG_NONE },
	};
	const char *wanted = getenv("IGT_LOG_LEVEL");

	threshold = IGT__LOG_INFO;
	for (size_t i = 0; wanted && i < sizeof(levels) / sizeof(levels[0]); i++)
		if (!strcmp(wanted, levels[i].name))
			threshold = levels[i].level;
	if (igt__options.debug)
		threshold = IGT__LOG_DEBUG;
}

/* Makes sure that @text, cut or not, ends a line. */
static void end_line(char *text, size_t size, size_t len)
{
	static const char cut[] = "...\n";

	if (len >= size)
		memcpy(text + size - sizeof(cut), cut, sizeof(cut));
	else if (len && text[len - 1] == '\n')
		return;
	else if (len + 1 < size)
		memcpy(text + len, "\n", 2);
	else
		text[len - 1] = '\n';
}

/* "(prog:pid) LEVEL: message", as one line. */
__attribute__((format(printf, 5, 0))) static void
format_message(char *text, size_t size, const char *domain, enum igt__log_level level,
	       const char *fmt, va_list args)
{
	int prefix, rest;

	prefix = snprintf(text, size, "(%s:%d) %s%s%s: ", program_invocation_short_name,
			  getpid(), domain ? domain : "", domain ? "-" : "",
			  level_names[level]);
	if (prefix < 0 || (size_t)prefix >= size)
		return;
	rest = vsnprintf(text + prefix, size - (size_t)prefix, fmt, args);
	end_line(text, size, (size_t)prefix + (size_t)(rest < 0 ? 0 : rest));
}

static void remember(const char *text)
{
	size_t len = strlen(text);
	char *line;

	pthread_mutex_lock(&history.lock);
	line = history.lines[history.next++ % LOG_LINES];
	memcpy(line, text, len < LOG_LINE_SIZE ? len + 1 : LOG_LINE_SIZE);
	end_line(line, LOG_LINE_SIZE, len);
	pthread_mutex_unlock(&history.lock);
}

static bool is_wanted(const char *domain, enum igt__log_level level)
{
	const char *filter = igt__options.debug_domain;

	if (level < threshold)
		return false;
	return level > IGT__LOG_DEBUG || !filter ||
	       !strcmp(filter, domain ? domain : "application");
}

__attribute__((format(printf, 3, 0))) static void
log_message(const char *domain, enum igt__log_level level, const char *fmt, va_list args)
{
	char text[2048];
	int saved_errno = errno;
	va_list copy;

	va_copy(copy, args);
	format_message(text, sizeof(text), domain, level, fmt, copy);
	va_end(copy);
	remember(text);

	if (!is_wanted(domain, level))
		return;
	if (level == IGT__LOG_INFO) {
		/* As it is: a record may be longer than any buffer here. */
		errno = saved_errno;
		vprintf(fmt, args);
	} else if (level == IGT__LOG_DEBUG) {
		fputs(text, stdout);
	} else {
		fflush(stdout);
		fputs(text, stderr);
	}
}

void igt__log(const char *domain, enum igt__log_level level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_message(domain, level, fmt, args);
	va_end(args);
}

void igt__vcritical(const char *fmt, va_list args)
{
	log_message(NULL, IGT__LOG_CRITICAL, fmt, args);
}

void igt__critical(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	igt__vcritical(fmt, args);
	va_end(args);
}

void igt__log_reset(void)
{
	pthread_mutex_lock(&history.lock);
	history.next = 0;
	pthread_mutex_unlock(&history.lock);
}

void igt__log_dump(const char *what, const char *name)
{
	unsigned int first;

	igt__write(STDERR_FILENO, what);
	igt__write(STDERR_FILENO, " ");
	igt__write(STDERR_FILENO, name);
	igt__write(STDERR_FILENO, " failed.\n");

	/* A crash may have come in the midst of a message: no log then. */
	if (pthread_mutex_trylock(&history.lock))
		return;
	if (history.next) {
		igt__write(STDERR_FILENO, "**** DEBUG ****\n");
		first = history.next > LOG_LINES ? history.next - LOG_LINES : 0;
		for (unsigned int i = first; i < history.next; i++)
			igt__write(STDERR_FILENO, history.lines[i % LOG_LINES]);
		igt__write(STDERR_FILENO, "****  END  ****\n");
	} else {
		igt__write(STDERR_FILENO, "No log.\n");
	}
	history.next = 0;
	pthread_mutex_unlock(&history.lock);
}

void igt__interactive_wait(const char *domain)
{
	const char *wanted = igt__options.interactive_domain;
	int c;

	if (!wanted || !isatty(STDIN_FILENO))
		return;
	if (strcmp(wanted, "all") && strcmp(wanted, domain))
		return;
	fprintf(stderr, "Paused on %s; press Enter to go on.\n", domain);
	do
		c = getchar();
	while (c != '\n' && c != EOF);
}

void igt__bug(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	flockfile(stderr);
	fprintf(stderr, "%s: bug in the test program: ", program_invocation_short_name);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	funlockfile(stderr);
	abort();
}
