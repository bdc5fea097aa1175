// SPDX-License-Identifier: MIT
#include "message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pinlat.h"
#include "system/cleanup.h"
#include "text.h"

void complain(const char *format, ...)
{
	CLEANUP_FREE char *text = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0) {
		text = NULL;
		return;
	}
	make_printable(text);
	fprintf(stderr, "pinlat: %s\n", text);
}

void usage_error(const char *format, ...)
{
	char text[2000];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	complain("%s", text);
	exit(PINLAT_USAGE);
}

int finish_output(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	complain("standard output could not be written: %s", strerror(errno));
	return PINLAT_FAILED;
}
