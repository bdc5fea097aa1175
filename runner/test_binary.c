// SPDX-License-Identifier: MIT
#include "test_binary.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "message.h"
#include "system/alloc.h"
#include "system/cleanup.h"

#define NAME "gem_syslatency_pinned"
/* What a list of subtests or engines can sensibly take. */
#define ANSWER_MAX (1u << 20)

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

int test_binary_find(char *path, size_t size)
{
	/* As built, and as installed. */
	static const char *const beside[] = { "../tests/" NAME,
					      PINLAT_TESTS_FROM_BIN "/" NAME };
	const char *named = getenv("PINLAT_TEST");
	char self[PATH_MAX];
	char *slash;
	ssize_t n;

	if (named && *named) {
		if (snprintf(path, size, "%s", named) < (int)size && is_program(path))
			return 0;
		complain("PINLAT_TEST: \"%s\" is no program; name the test binary " NAME
			 " or unset it",
			 named);
		return -ENOENT;
	}
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[n > 0 ? n : 0] = '\0';
	slash = strrchr(self, '/');
	for (size_t i = 0; i < 2 && slash; i++) {
		slash[1] = '\0';
		if (snprintf(path, size, "%s%s", self, beside[i]) < (int)size &&
		    is_program(path))
			return 0;
	}
	if (slash)
		*slash = '\0';
	complain("the test binary " NAME
		 " is neither in %s/../tests nor in %s/" PINLAT_TESTS_FROM_BIN
		 "; build or install it, or name it in PINLAT_TEST",
		 self, self);
	return -ENOENT;
}

/* Runs in the child: becomes the test with its output in @out. */
static void __attribute__((noreturn))
become(const char *path, const char *option, const char *value, int out)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(null, STDIN_FILENO);
	dup2(null, STDERR_FILENO);
	dup2(out, STDOUT_FILENO);
	execl(path, NAME, option, value, (char *)NULL);
	_exit(127);
}

/* Everything that comes out of @fd, ended by a NUL. Returns 0 or -errno. */
static int read_answer(int fd, char **text)
{
	size_t length = 0;
	ssize_t n;

	*text = xmalloc(ANSWER_MAX + 1);
	do {
		n = read(fd, *text + length, ANSWER_MAX - length);
		if (n > 0)
			length += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	(*text)[length] = '\0';
	return n < 0 ? -errno : 0;
}

int test_binary_ask(const char *path, const char *option, const char *value, char **text)
{
	int ends[2], ret, status = 0;
	pid_t pid;

	*text = NULL;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		become(path, option, value, ends[1]);
	ret = pid < 0 ? -errno : 0;
	close(ends[1]);
	if (pid > 0) {
		ret = read_answer(ends[0], text);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	close(ends[0]);
	if (ret < 0) {
		free(*text);
		*text = NULL;
		return ret;
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* "name<TAB>yes|no<TAB>why" */
static bool parse_part(const char *line, size_t length, struct part_answer *part)
{
	char text[300], *usable, *why;

	snprintf(text, sizeof(text), "%.*s", (int)length, line);
	usable = strchr(text, '\t');
	why = usable ? strchr(usable + 1, '\t') : NULL;
	if (!usable || usable == text)
		return false;
	*usable++ = '\0';
	if (why)
		*why++ = '\0';
	snprintf(part->name, sizeof(part->name), "%.31s", text);
	snprintf(part->why, sizeof(part->why), "%.199s", why ? why : "");
	part->usable = strcmp(usable, "yes") == 0;
	return true;
}

int test_binary_parts(const char *path, const char *option, struct part_answer *parts,
		      size_t room)
{
	CLEANUP_FREE char *text = NULL;
	int ret = test_binary_ask(path, option, NULL, &text);
	size_t n = 0;

	if (ret != 0 || !text)
		return ret < 0 ? ret : -EPROTO;
	for (const char *line = text; *line && n < room;) {
		size_t length = strcspn(line, "\n");

		n += parse_part(line, length, &parts[n]);
		line += length + (line[length] == '\n');
	}
	return (int)n;
}
