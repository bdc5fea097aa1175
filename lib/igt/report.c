// SPDX-License-Identifier: MIT
/*
 * The lines that igt_runner reads: on stdout, as sentinels on stderr, in the kernel
 * log. A result may have to be written by the handler of a fatal signal, so results
 * and kernel messages are put together without stdio and written by write(2).
 */
#include "igt/report.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "igt/comms.h"
#include "system/units.h"

struct line {
	size_t len;
	char text[1000]; /* one record of the kernel log has hardly more room */
};

static struct {
	bool bold;
	bool sentinel;
	int kmsg_fd;
} report = { .kmsg_fd = -1 };

static const char *const block_names[] = {
	[IGT__SUBTEST] = "subtest",
	[IGT__DYNAMIC] = "dynamic subtest",
};

/* Cuts what does not fit. */
static void put(struct line *line, const char *text)
{
	while (*text && line->len < sizeof(line->text) - 1)
		line->text[line->len++] = *text++;
	line->text[line->len] = '\0';
}

static void put_number(struct line *line, uint64_t n, unsigned int min_digits)
{
	char digits[24], *p = digits + sizeof(digits) - 1;

	*p = '\0';
	for (unsigned int i = 0; i < min_digits || n; i++, n /= 10)
		*--p = (char)('0' + n % 10);
	put(line, p);
}

static void write_all(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left) {
		ssize_t n = write(fd, text, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		text += n;
		left -= (size_t)n;
	}
}

void igt__print_version(void)
{
	struct utsname uts;
	char line[512];

	uname(&uts);
	snprintf(line, sizeof(line), "IGT-Version: %s (%s) (%s: %s %s)\n", PINLAT_VERSION,
		 uts.machine, uts.sysname, uts.release, uts.machine);
	igt__comms_version(line);
	write_all(STDOUT_FILENO, line);
}

/* To the kernel log: strings up to a NULL. Silent where /dev/kmsg cannot be written. */
__attribute__((sentinel)) static void kmsg(const char *text, ...)
{
	struct line line = { 0 };
	va_list args;

	put(&line, "<6>[IGT] ");
	va_start(args, text);
	for (; text; text = va_arg(args, const char *))
		put(&line, text);
	va_end(args);
	put(&line, "\n");
	/* One record per write(2), as the kernel wants it. */
	if (report.kmsg_fd >= 0)
		write_all(report.kmsg_fd, line.text);
}

void igt__kmsg_exiting(int code)
{
	struct line number = { 0 };

	put_number(&number, (uint64_t)code, 1);
	kmsg(program_invocation_short_name, ": exiting, ret=", number.text, NULL);
}

void igt_ignore_dmesg(const char *regex)
{
	kmsg("add ignored dmesg regex: ", regex, NULL);
}

void igt__report_start(enum igt__block block, const char *name)
{
	struct line line = { 0 };

	kmsg(program_invocation_short_name, ": starting ", block_names[block], " ", name,
	     NULL);
	fflush(stdout);
	igt__comms_start(block, name);
	put(&line, "Starting ");
	put(&line, block_names[block]);
	put(&line, ": ");
	put(&line, name);
	put(&line, "\n");
	write_all(STDOUT_FILENO, line.text);
	if (report.sentinel)
		write_all(STDERR_FILENO, line.text);
}

void igt__report_result(enum igt__block block, const char *name, const char *result,
			uint64_t start_ns)
{
	uint64_t elapsed_ns = start_ns ? monotonic_ns() - start_ns : 0;
	struct line plain = { 0 }, bold = { 0 }, seconds = { 0 };

	put_number(&seconds, elapsed_ns / NSEC_PER_SEC, 1);
	put(&seconds, ".");
	put_number(&seconds, elapsed_ns % NSEC_PER_SEC / NSEC_PER_MSEC, 3);
	put(&plain, block == IGT__SUBTEST ? "Subtest " : "Dynamic subtest ");
	put(&plain, name);
	put(&plain, ": ");
	put(&plain, result);
	put(&plain, " (");
	put(&plain, seconds.text);
	put(&plain, "s)");

	put(&bold, "\033[1m");
	put(&bold, plain.text);
	put(&bold, "\033[0m\n");
	put(&plain, "\n");

	igt__comms_result(block, name, result, seconds.text);
	write_all(STDOUT_FILENO, report.bold ? bold.text : plain.text);
	if (report.sentinel)
		write_all(STDERR_FILENO, plain.text);
	if (start_ns)
		kmsg(program_invocation_short_name, ": finished subtest ", name, ", ",
		     result, NULL);
}

/*
 * Messages for people. All of them also go to a log of bounded size, which is shown
 * between two markers when a subtest fails.
 */

#define LOG_LINES     256
#define LOG_LINE_SIZE 256

static struct {
	pthread_mutex_t lock;
	unsigned int next; /* counts all lines since the last reset */
	char lines[LOG_LINES][LOG_LINE_SIZE];
} history = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Nothing is printed before the run, least of all into a list of subtests. */
static enum igt__log_level threshold = IGT__LOG_NONE;

static const struct igt__options *options; /* from then on */

static const char *const level_names[] = {
	[IGT__LOG_DEBUG] = "DEBUG",
	[IGT__LOG_INFO] = "INFO",
	[IGT__LOG_WARN] = "WARNING",
	[IGT__LOG_CRITICAL] = "CRITICAL",
};

static void set_threshold(void)
{
	static const char *const names[] = {
		[IGT__LOG_DEBUG] = "debug",
		[IGT__LOG_INFO] = "info",
		[IGT__LOG_WARN] = "warn",
		[IGT__LOG_NONE] = "none",
	};
	const char *wanted = getenv("IGT_LOG_LEVEL");

	threshold = IGT__LOG_INFO;
	for (enum igt__log_level i = 0; wanted && i <= IGT__LOG_NONE; i++)
		if (names[i] && !strcmp(wanted, names[i]))
			threshold = i;
	if (options->debug)
		threshold = IGT__LOG_DEBUG;
}

void igt__report_begin(const struct igt__options *asked)
{
	options = asked;
	igt__comms_init();
	report.bold = isatty(STDOUT_FILENO) && !getenv("IGT_PLAIN_OUTPUT");
	report.sentinel = getenv("IGT_SENTINEL_ON_STDERR");
	report.kmsg_fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NOCTTY);
	set_threshold();
	kmsg(program_invocation_short_name, ": executing", NULL);
	igt__print_version();
	printf("Using IGT_SRANDOM=%u for randomisation\n", asked->seed);
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
	const char *filter;

	/* Before the options are read, nothing passes the threshold. */
	if (level < threshold || level > IGT__LOG_DEBUG)
		return level >= threshold;
	filter = options->debug_domain;
	return !filter || !strcmp(filter, domain ? domain : "application");
}

void igt_print(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
}

void igt__log(const char *domain, enum igt__log_level level, const char *fmt, ...)
{
	char text[2048];
	int saved_errno = errno;
	va_list args;

	va_start(args, fmt);
	format_message(text, sizeof(text), domain, level, fmt, args);
	va_end(args);
	remember(text);

	if (!is_wanted(domain, level))
		return;
	if (level == IGT__LOG_INFO) {
		/* As it is: a record may be longer than any buffer here. */
		errno = saved_errno;
		va_start(args, fmt);
		vprintf(fmt, args);
		va_end(args);
	} else if (level == IGT__LOG_DEBUG) {
		fputs(text, stdout);
	} else {
		fflush(stdout);
		fputs(text, stderr);
	}
}

void igt__log_reset(void)
{
	pthread_mutex_lock(&history.lock);
	history.next = 0;
	pthread_mutex_unlock(&history.lock);
}

void igt__log_unlock(void)
{
	history.lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
}

static void interactive_wait(void)
{
	const char *wanted = options->interactive_domain;
	int c;

	if (!wanted || !isatty(STDIN_FILENO))
		return;
	if (strcmp(wanted, "all") && strcmp(wanted, "failure"))
		return;
	fprintf(stderr, "Paused on failure; press Enter to go on.\n");
	do
		c = getchar();
	while (c != '\n' && c != EOF);
}

/* Async-signal-safe. */
static void complain(const char *text)
{
	igt__comms_log(STDERR_FILENO, text, strlen(text));
	write_all(STDERR_FILENO, text);
}

void igt__log_dump(const char *what, const char *name, int sig)
{
	unsigned int first;

	if (sig) {
		complain("Received signal SIG");
		complain(sigabbrev_np(sig));
		complain(".\n");
	} else {
		interactive_wait();
		fflush(stdout);
	}

	complain(what);
	complain(" ");
	complain(name);
	complain(" failed.\n");

	/* A crash may have come in the midst of a message: no log then. */
	if (pthread_mutex_trylock(&history.lock))
		return;
	if (history.next) {
		complain("**** DEBUG ****\n");
		first = history.next > LOG_LINES ? history.next - LOG_LINES : 0;
		for (unsigned int i = first; i < history.next; i++)
			complain(history.lines[i % LOG_LINES]);
		complain("****  END  ****\n");
	} else {
		complain("No log.\n");
	}
	history.next = 0;
	pthread_mutex_unlock(&history.lock);
}
