// SPDX-License-Identifier: MIT
/* Whether the kernel has taken harm. */
#include "stress.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <time.h>
#include <unistd.h>

#include "system/cleanup.h"
#include "system/sysfile.h"

/* Of a kernel that looks for leaks. */
#define KMEMLEAK "/sys/kernel/debug/kmemleak"
/* Memory that is younger than 5 s is not told of (the kernel's Documentation/dev-tools/kmemleak). */
#define KMEMLEAK_AGE_S 6

/* syslog(2). */
#define READ_ALL    3
#define CLEAR	    5
#define SIZE_BUFFER 10

/* In which the last requests end, and objects are freed by workers. */
#define PATIENCE_MS 5000

int health_begin(void)
{
	sysfile_write(KMEMLEAK, "clear");
	return klogctl(CLEAR, NULL, 0) < 0 ? -errno : 0;
}

static uint64_t pinned_now(void)
{
	static char text[65536];
	uint64_t acquired = 0, released = 0;

	if (sysfile_read("/proc/vmstat", text, sizeof(text)) > 0) {
		sysfile_find_u64(text, "nr_foll_pin_acquired", &acquired);
		sysfile_find_u64(text, "nr_foll_pin_released", &released);
	}
	return acquired - released;
}

static bool nothing_pinned(void)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	uint64_t pages = 0;

	for (int i = 0; i < PATIENCE_MS; i++) {
		pages = pinned_now();
		if (pages == 0)
			return true;
		nanosleep(&ms, NULL);
	}
	printf("%" PRIu64 " pages are pinned still\n", pages);
	return false;
}

static bool is_complaint(const char *line)
{
	static const char *const words[] = {
		"WARNING:",   "BUG:",		"Oops",	       "KASAN",	   "UBSAN",
		"INFO: task", "INFO: possible", "refcount_t:", "Bad page", "corruption"
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strstr(line, words[i]))
			return true;
	}
	return false;
}

static bool nothing_said(void)
{
	int size = klogctl(SIZE_BUFFER, NULL, 0), length;
	CLEANUP_FREE char *text = size > 0 ? malloc((size_t)size + 1) : NULL;
	char *rest = text;
	bool good = true;

	length = text ? klogctl(READ_ALL, text, size) : -1;
	if (length < 0) {
		printf("cannot read the kernel's messages: %s\n", strerror(errno));
		return false;
	}
	text[length] = '\0';
	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
		if (!is_complaint(line))
			continue;
		printf("the kernel: %s\n", line);
		good = false;
	}
	return good;
}

static bool nothing_leaked(void)
{
	char text[4096];

	if (access(KMEMLEAK, R_OK) < 0)
		return true;
	/* What is found once may be on its way from one list to another. */
	sleep(KMEMLEAK_AGE_S);
	sysfile_write(KMEMLEAK, "scan");
	sleep(KMEMLEAK_AGE_S);
	sysfile_write(KMEMLEAK, "scan");
	if (sysfile_read(KMEMLEAK, text, sizeof(text)) <= 0)
		return true;
	printf("memory has leaked:\n%s\n", text);
	return false;
}

bool health_good(void)
{
	bool pinned = nothing_pinned(), leaked = !nothing_leaked(), said = nothing_said();

	return pinned && !leaked && said;
}
