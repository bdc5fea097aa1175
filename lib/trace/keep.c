// SPDX-License-Identifier: MIT
/*
 * The kernel's text of a trace, and marks in it for Perfetto: of such text its importer
 * shows who ran when, and as slices only what is written between a mark "B|process|name" and
 * a mark "E|process", as Android's tools write them. So a mark follows each event with which
 * reclaim, compaction or an interrupt begins or ends.
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "system/cleanup.h"
#include "trace/trace-private.h"

/* The source of the event of @line, and where its name stands; NULL: it is none of ours. */
static const struct source *source_of(const char *line, const char **name)
{
	const char *at = strstr(line, ": ");

	if (!at || *line == '#')
		return NULL;
	*name = at + 2;
	for (const struct source *s = _trace_sources; s->name; s++) {
		size_t n = strlen(s->name);

		if (strncmp(*name, s->name, n) == 0 && (*name)[n] == ':')
			return s;
	}
	return NULL;
}

/* "          pinlat-probe-4711    [001] d..2.   100.000001: ": 4711; 0: there is none. */
static int process_of(const char *line)
{
	const char *at = strstr(line, " [");
	int pid = 0;

	while (at && at > line && at[-1] == ' ')
		at--;
	while (at && at > line && isdigit((unsigned char)at[-1]))
		at--;
	if (at)
		sscanf(at, "%d", &pid);
	return pid;
}

/* What Perfetto is to call it; NULL: nothing begins with it. */
static const char *begins(const struct source *s)
{
	switch (s->kind) {
	case TRACE_RECLAIM_BEGIN:
		return "direct reclaim";
	case TRACE_COMPACTION_BEGIN:
		return "compaction";
	case TRACE_IRQ_ENTRY:
		return s->irq ? s->irq : "interrupt";
	case TRACE_SOFTIRQ_ENTRY:
		return "softirq";
	default:
		return NULL;
	}
}

static bool ends(const struct source *s)
{
	return s->kind == TRACE_RECLAIM_END || s->kind == TRACE_COMPACTION_END ||
	       s->kind == TRACE_IRQ_EXIT || s->kind == TRACE_SOFTIRQ_EXIT;
}

static void add_mark(const char *line, FILE *to)
{
	const char *name, *what;
	const struct source *s = source_of(line, &name);

	if (!s)
		return;
	what = begins(s);
	if (what)
		fprintf(to, "%.*stracing_mark_write: B|%d|%s\n", (int)(name - line), line,
			process_of(line), what);
	else if (ends(s))
		fprintf(to, "%.*stracing_mark_write: E|%d\n", (int)(name - line), line,
			process_of(line));
}

static int copy(FILE *from, FILE *to)
{
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	while (!ferror(to) && getline(&line, &size, from) >= 0) {
		fputs(line, to);
		add_mark(line, to);
	}
	if (ferror(from) || ferror(to))
		return errno ? -errno : -EIO;
	return 0;
}

int _trace_keep_text(FILE *from, const char *path)
{
	FILE *to = fopen(path, "we");
	int ret;

	if (!to)
		return -errno;
	ret = copy(from, to);
	if (fclose(to) != 0 && ret == 0)
		ret = -errno;
	if (ret < 0)
		unlink(path);
	return ret;
}
