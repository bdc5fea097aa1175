// SPDX-License-Identifier: MIT
/* A file of any kind: every problem names it and says what is wrong. */
#include "fuzz.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "record/file.h"
#include "record/pack.h"
#include "system/cleanup.h"

struct seen {
	const char *path;
	int records, problems;
};

/* "PATH:LINE: …" or, with nothing behind it, "PATH:LINE". */
static void check_place(const struct seen *seen, const char *text)
{
	size_t n = strlen(seen->path);

	MUST(strncmp(text, seen->path, n) == 0 && text[n] == ':');
	MUST(text[n + 1] >= '1' && text[n + 1] <= '9');
}

static int see_record(struct record *r, void *data)
{
	struct seen *seen = data;

	check_place(seen, r->source);
	MUST(r->subtest && r->label && r->boot_id);
	seen->records++;
	return 0;
}

static int see_problem(const char *text, void *data)
{
	const char *what = strstr(text, ": ");
	struct seen *seen = data;

	check_place(seen, text);
	MUST(what && what[2]);
	seen->problems++;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_CLOSE int fd = memfd_create("fuzz", MFD_CLOEXEC);
	char path[32];
	struct seen seen = { .path = path };
	const struct record_visitor visitor = { see_record, see_problem, &seen, NULL };
	int ret;

	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	pack_use(&pack_xz);
	ret = records_visit(path, &visitor);
	MUST(ret == seen.records || (ret == -EBADMSG && seen.problems > 0));
	return 0;
}
