// SPDX-License-Identifier: MIT
/*
 * The lines that igt_runner reads: on stdout, as sentinels on stderr, in the kernel
 * log. A result may have to be written by the handler of a fatal signal, so results
 * and kernel messages are put together without stdio and written by write(2).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "igt/internal.h"

#define NS_PER_S  1000000000u
#define NS_PER_MS 1000000u

struct line {
	size_t len;
	char text[512];
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

void igt__write(int fd, const char *text)
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

void igt__report_init(void)
{
	report.bold = isatty(STDOUT_FILENO) && !getenv("IGT_PLAIN_OUTPUT");
	report.sentinel = getenv("IGT_SENTINEL_ON_STDERR");
	report.kmsg_fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NOCTTY);
}

void igt__print_version(void)
{
	struct utsname uts;

	uname(&uts);
	printf("IGT-Version: %s (%s) (%s: %s %s)\n", PINLAT_VERSION, uts.machine,
	       uts.sysname, uts.release, uts.machine);
	fflush(stdout);
}

/* One record per write(2), as the kernel wants it. */
static void write_kmsg(const struct line *line)
{
	if (report.kmsg_fd >= 0)
		igt__write(report.kmsg_fd, line->text);
}

void igt__kmsg(const char *text, ...)
{
	struct line line = { 0 };
	va_list args;

	put(&line, "<6>[IGT] ");
	va_start(args, text);
	for (; text; text = va_arg(args, const char *))
		put(&line, text);
	va_end(args);
	put(&line, "\n");
	write_kmsg(&line);
}

void igt__kmsg_finished(const char *name, const char *result)
{
	igt__kmsg(program_invocation_short_name, ": finished subtest ", name, ", ",
		  result, NULL);
}

void igt__kmsg_exiting(int code)
{
	struct line number = { 0 };

	put_number(&number, (uint64_t)code, 1);
	igt__kmsg(program_invocation_short_name, ": exiting, ret=", number.text, NULL);
}

void igt_ignore_dmesg(const char *regex)
{
	igt__kmsg("add ignored dmesg regex: ", regex, NULL);
}

void igt__report_start(enum igt__block block, const char *name)
{
	igt__kmsg(program_invocation_short_name, ": starting ", block_names[block], " ",
		  name, NULL);
	printf("Starting %s: %s\n", block_names[block], name);
	fflush(stdout);
	if (report.sentinel)
		fprintf(stderr, "Starting %s: %s\n", block_names[block], name);
}

void igt__report_result(enum igt__block block, const char *name, const char *result,
			uint64_t elapsed_ns)
{
	struct line plain = { 0 }, bold = { 0 };

	put(&plain, block == IGT__SUBTEST ? "Subtest " : "Dynamic subtest ");
	put(&plain, name);
	put(&plain, ": ");
	put(&plain, result);
	put(&plain, " (");
	put_number(&plain, elapsed_ns / NS_PER_S, 1);
	put(&plain, ".");
	put_number(&plain, elapsed_ns % NS_PER_S / NS_PER_MS, 3);
	put(&plain, "s)");

	put(&bold, "\033[1m");
	put(&bold, plain.text);
	put(&bold, "\033[0m\n");
	put(&plain, "\n");

	igt__write(STDOUT_FILENO, report.bold ? bold.text : plain.text);
	if (report.sentinel)
		igt__write(STDERR_FILENO, plain.text);
}
