// SPDX-License-Identifier: MIT
/*
 * For test_schema.py: `record-rewrite FILE` prints each record of FILE as the library writes it,
 * `record-rewrite --peak FILE` "records problems KiB": how much memory reading took at most.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/file.h"
#include "system/cleanup.h"
#include "system/sysfile.h"

struct rewriting {
	bool print;
	size_t problems;
};

static int take_record(struct record *r, void *data)
{
	const struct rewriting *w = data;
	CLEANUP_FREE char *line = w->print ? record_to_line(r) : NULL;

	if (line)
		puts(line);
	return 0;
}

static int count_problem(const char *text, void *data)
{
	struct rewriting *w = data;

	fprintf(stderr, "%s\n", text);
	w->problems++;
	return 0;
}

/* Not getrusage(): its peak is that of the program which forked us, too. */
static uint64_t peak_kib(void)
{
	uint64_t peak = 0;
	char status[4096];

	if (sysfile_read("/proc/self/status", status, sizeof(status)) < 0 ||
	    sysfile_find_u64(status, "VmHWM", &peak) < 0)
		exit(EXIT_FAILURE);
	return peak;
}

int main(int argc, char **argv)
{
	struct rewriting w = { .print = argc == 2 };
	const struct record_visitor visitor = { take_record, count_problem, &w, NULL };
	int n = argc < 2 ? -1 : records_visit(argv[argc - 1], &visitor);

	if (n >= 0 && !w.print)
		printf("%d %zu %" PRIu64 "\n", n, w.problems, peak_kib());
	return n < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
