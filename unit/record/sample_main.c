// SPDX-License-Identifier: MIT
/*
 * For the Python tests: `record-sample write SUBTEST N` prints N records, one a line;
 * `record-sample read FILE` prints "records problems peak-KiB".
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

static int read_samples(const char *path)
{
	struct record_list list = { 0 };
	uint64_t peak = 0;
	char status[4096];

	if (record_list_read(&list, path) < 0)
		return EXIT_FAILURE;
	/* Not getrusage(): its peak is that of the program which forked us, too. */
	if (sysfile_read("/proc/self/status", status, sizeof(status)) < 0 ||
	    sysfile_find_u64(status, "VmHWM", &peak) < 0)
		return EXIT_FAILURE;
	printf("%zu %zu %" PRIu64 "\n", list.n, list.problems, peak);
	record_list_free(&list);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "write") == 0)
		return write_samples(argv[2], strtoull(argv[3], NULL, 10));
	if (argc == 3 && strcmp(argv[1], "read") == 0)
		return read_samples(argv[2]);
	return EXIT_FAILURE;
}
