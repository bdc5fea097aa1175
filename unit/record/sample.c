// SPDX-License-Identifier: MIT
#include "sample.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/cleanup.h"

/* SAMPLES holds two lines, of timer and of thp. */
int sample_record(struct record *r, const char *subtest, uint64_t seq)
{
	CLEANUP_FREE char *line = NULL;
	size_t size = 0;
	ssize_t length;
	char why[256];
	FILE *f = fopen(SAMPLES, "re");
	int ret;

	if (!f)
		return -errno;
	length = getline(&line, &size, f);
	if (length > 0 && strncmp(subtest, "thp-", 4) == 0)
		length = getline(&line, &size, f);
	fclose(f);
	if (length <= 0)
		return -ENODATA;
	ret = record_from_line(r, line, (size_t)length, why, sizeof(why));
	if (ret < 0) {
		fprintf(stderr, "%s: %s\n", SAMPLES, why);
		return ret;
	}
	free(r->subtest);
	r->subtest = strdup(subtest);
	r->seq = seq;
	return r->subtest ? 0 : -ENOMEM;
}
