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

#include "claim/lock.h"
#include "message.h"
#include "system/alloc.h"
#include "system/cleanup.h"

#define NAME "gem_syslatency_pinned"

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
	if (n < 0) {
		complain("/proc/self/exe: %s; mount /proc, or name the test binary " NAME
			 " in PINLAT_TEST",
			 strerror(errno));
		return -ENOENT;
	}
	self[n] = '\0';
	slash = strrchr(self, '/');
	for (size_t i = 0; i < 2; i++) {
		slash[1] = '\0';
		if (snprintf(path, size, "%s%s", self, beside[i]) < (int)size &&
		    is_program(path))
			return 0;
	}
	*slash = '\0';
	complain("the test binary " NAME
		 " is neither in %s/../tests nor in %s/" PINLAT_TESTS_FROM_BIN
		 "; build or install it, or name it in PINLAT_TEST",
		 self, self);
	return -ENOENT;
}

/* Runs in the child: becomes the test with its output in @out. */
static void __attribute__((noreturn)) become(char *const argv[], int lock, int out)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(null, STDIN_FILENO);
	dup2(null, STDERR_FILENO);
	dup2(out, STDOUT_FILENO);
	lock_hand_on(lock);
	execv(argv[0], argv);
	_exit(127);
}

int test_binary_ask_as(const struct text_list *argv, int lock, char **text)
{
	CLEANUP_FREE char **words = xcalloc(argv->n + 1, sizeof(*words));
	int ends[2], status = 0;
	size_t size = 0;
	FILE *answer;
	pid_t pid;

	memcpy(words, argv->text, argv->n * sizeof(*words));
	*text = NULL;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		become(words, lock, ends[1]);
	if (pid < 0)
		status = -errno;
	close(ends[1]);
	answer = xcheck(fdopen(ends[0], "r"));
	if (pid > 0 && getdelim(text, &size, '\0', answer) < 0) {
		*text = xrealloc(*text, 1);
		**text = '\0';
	}
	fclose(answer);
	if (pid < 0)
		return status;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int test_binary_ask(const char *path, const char *option, const char *value, char **text)
{
	struct text_list argv = { 0 };
	int ret;

	text_list_add(&argv, "%s", path);
	text_list_add(&argv, "%s", option);
	if (value)
		text_list_add(&argv, "%s", value);
	ret = test_binary_ask_as(&argv, 0, text);
	text_list_free(&argv);
	return ret;
}

/* "name<TAB>yes|no<TAB>why" */
static bool parse_part(const char *line, struct part_answer *part)
{
	char usable[16];

	*part = (struct part_answer){ 0 };
	if (sscanf(line, "%31[^\t\n]\t%15[^\t\n]\t%199[^\n]", part->name, usable,
		   part->why) < 2)
		return false;
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
		n += parse_part(line, &parts[n]);
		line = strchrnul(line, '\n');
		line += *line == '\n';
	}
	return (int)n;
}
