// SPDX-License-Identifier: MIT
/*
 * For the Python tests: `record-sample write SUBTEST N` prints N records, one a line;
 * `record-sample read FILE` and, one record at a time,
 * `record-sample visit FILE` print "records problems peak-KiB".
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/file.h"
#include "sample.h"
#include "system/cleanup.h"
#include "system/sysfile.h"

static int write_samples(const char *subtest, uint64_t n)
{
	for (uint64_t seq = 0; seq < n; seq++) {
		_cleanup_free_ char *line = NULL;
		struct record r;

		if (sample_record(&r, subtest, seq) == 0)
			line = record_to_line(&r);
		record_free(&r);
		if (!line || puts(line) == EOF)
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

static int print_peak(size_t records, size_t problems)
{
	uint64_t peak = 0;
	char status[4096];

	/* Not getrusage(): its peak is that of the program which forked us, too. */
	if (sysfile_read("/proc/self/status", status, sizeof(status)) < 0 ||
	    sysfile_find_u64(status, "VmHWM", &peak) < 0)
		return EXIT_FAILURE;
	printf("%zu %zu %" PRIu64 "\n", records, problems, peak);
	return EXIT_SUCCESS;
}

static int read_samples(const char *path)
{
	struct record_list list = { 0 };
	int ret = EXIT_FAILURE;

	if (record_list_read(&list, path) >= 0)
		ret = print_peak(list.n, list.problems);
	record_list_free(&list);
	return ret;
}

static int take_record(struct record *r, void *data)
{
	(void)r;
	(void)data;
	return 0;
}

static int count_problem(const char *text, void *data)
{
	(void)text;
	++*(size_t *)data;
	return 0;
}

static int visit_samples(const char *path)
{
	size_t problems = 0;
	const struct record_visitor visitor = { take_record, count_problem, &problems };
	int n = records_visit(path, &visitor);

	return n < 0 ? EXIT_FAILURE : print_peak((size_t)n, problems);
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "write") == 0)
		return write_samples(argv[2], strtoull(argv[3], NULL, 10));
	if (argc == 3 && strcmp(argv[1], "read") == 0)
		return read_samples(argv[2]);
	if (argc == 3 && strcmp(argv[1], "visit") == 0)
		return visit_samples(argv[2]);
	return EXIT_FAILURE;
}
