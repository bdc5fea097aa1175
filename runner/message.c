// SPDX-License-Identifier: MIT
#include "message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/param.h>
#include <unistd.h>

#include "pinlat.h"
#include "render/table.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"

/* Narrower lines are not written. */
#define WIDTH_LEAST 40

/* As wide as the narrowest table. */
#define LINE_WIDTH 80

__attribute__((format(printf, 1, 0))) static void print_complaint(const char *format,
								  va_list args)
{
	CLEANUP_FREE char *text = xvasprintf(format, args);

	fflush(stdout); /* in one file both stay in order */
	fprintf(stderr, "pinlat: %s\n", make_printable(text));
}

void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_complaint(format, args);
	va_end(args);
}

const char *unread_text(int error)
{
	return error == -EBADMSG ? "it is not whole" : strerror(-error);
}

void usage_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_complaint(format, args);
	va_end(args);
	exit(PINLAT_USAGE);
}

void print_where(const char *where)
{
	CLEANUP_FREE char *line = xasprintf("Measured on: %s", where);

	print_wrapped(stdout, line, LINE_WIDTH, 0, 2);
}

int finish_output(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	complain("standard output could not be written: %s", strerror(errno));
	return PINLAT_FAILED;
}

bool shown_on_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(term && strcmp(term, "dumb") == 0);
}

bool use_colour(void)
{
	const char *no = getenv("NO_COLOR"); /* no-color.org: present and not empty */

	return shown_on_terminal() && !(no && *no);
}

size_t shown_width(size_t most)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 ||
	    size.ws_col == 0)
		return most;
	return MIN(MAX((size_t)size.ws_col, WIDTH_LEAST), most);
}
