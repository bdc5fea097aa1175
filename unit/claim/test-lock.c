// SPDX-License-Identifier: MIT
/* Who may have the lock, when it is let go, and what the others are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "claim/lock.h"

static char directory[] = "/tmp/pinlat-unit-XXXXXX";
static char path[PATH_MAX], why[400];

static int set_up(void **state)
{
	(void)state;
	memcpy(directory + strlen(directory) - 6, "XXXXXX", 6);
	assert_non_null(mkdtemp(directory));
	assert_int_equal(chmod(directory, 01777), 0);
	setenv(LOCK_DIRECTORY_VARIABLE, directory, 1);
	snprintf(path, sizeof(path), "%s/pinlat.lock", directory);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(directory);
}

static int take(void)
{
	return lock_take("other", why, sizeof(why));
}

/* A process that holds the lock, and has said so; @heir: one more that has inherited it. */
static pid_t start_holder(pid_t *heir)
{
	int ready[2];
	pid_t pid, child = 0;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		if (lock_take("6.1-patched", why, sizeof(why)) < 3)
			_exit(1);
		if (heir)
			child = fork();
		/* Whatever fails: a test whose children hold its output does not end. */
		alarm(20);
		if ((child || !heir) && write(ready[1], &child, sizeof(child)) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &child, sizeof(child)), sizeof(child));
	close(ready[0]);
	close(ready[1]);
	if (heir)
		*heir = child;
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void second_is_told_who(void **state)
{
	pid_t holder = start_holder(NULL);
	char said[64];

	(void)state;
	assert_int_equal(take(), -EBUSY);
	snprintf(said, sizeof(said), "pid %d, label 6.1-patched, since 20", (int)holder);
	assert_non_null(strstr(why, said));
	assert_true(lock_is_held(why, sizeof(why)));
	assert_non_null(strstr(why, said));
	end(holder);
}

static void kernel_lets_it_go(void **state)
{
	pid_t holder = start_holder(NULL);
	int fd;

	(void)state;
	end(holder);
	assert_false(lock_is_held(why, sizeof(why)));
	fd = take();
	assert_true(fd >= 3);
	close(fd);
}

static void last_of_its_heirs_counts(void **state)
{
	pid_t heir, holder = start_holder(&heir);
	int fd = -EBUSY;

	(void)state;
	end(holder);
	assert_int_equal(take(), -EBUSY);
	kill(heir, SIGKILL);
	for (int i = 0; i < 100 && fd == -EBUSY; i++)
		fd = take();
	assert_true(fd >= 3);
	close(fd);
}

static int not_stopped(void)
{
	return 0;
}

static int stopped(void)
{
	return SIGTERM;
}

static void waits(void **state)
{
	pid_t holder = start_holder(NULL), ender;
	int fd;

	(void)state;
	assert_int_equal(lock_wait("x", stopped, why, sizeof(why)), -EINTR);
	ender = fork();
	if (ender == 0) {
		usleep(300 * 1000);
		kill(holder, SIGKILL);
		_exit(0);
	}
	fd = lock_wait("x", not_stopped, why, sizeof(why));
	assert_true(fd >= 3);
	close(fd);
	waitpid(ender, NULL, 0);
	waitpid(holder, NULL, 0);
}

static void is_inherited(void **state)
{
	char text[16];
	int fd = take(), other;

	(void)state;
	assert_true(fd >= 3);
	assert_int_equal(lock_inherited(), 0);
	lock_hand_on(fd);
	assert_int_equal(fcntl(fd, F_GETFD), 0);
	assert_int_equal(lock_inherited(), fd);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(lock_inherited(),
			 0); /* children of ours have it only if they are given it */
	/* Who merely has the file open holds nothing. */
	other = open(path, O_RDONLY);
	snprintf(text, sizeof(text), "%d", other);
	setenv("PINLAT_LOCK_FD", text, 1);
	assert_int_equal(lock_inherited(), 0);
	setenv("PINLAT_LOCK_FD", "1", 1);
	assert_int_equal(lock_inherited(), 0);
	close(other);
	close(fd);
}

/* What stands there may be anybody's. */
static void only_a_plain_file(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(take(), -ELOOP);
	assert_non_null(strstr(why, path));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0666), 0);
	assert_int_equal(take(), -EPERM);
	assert_int_equal(unlink(path), 0);
	fd = open(path, O_WRONLY | O_CREAT, 0644);
	assert_int_equal(write(fd, "7 8 \033[31mred\n", 13), 13);
	close(fd);
	fd = take();
	assert_true(fd >= 3);
	close(fd);
}

static void no_directory(void **state)
{
	(void)state;
	setenv(LOCK_DIRECTORY_VARIABLE, "/nonexistent", 1);
	assert_int_equal(take(), -ENOENT);
	assert_non_null(strstr(why, LOCK_DIRECTORY_VARIABLE));
}

/* One user's file locks the others out, and they can say who it is. */
static void of_every_user(void **state)
{
	int fd, status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	pid = fork();
	if (pid == 0)
		_exit(setgid(65534) < 0 || setuid(65534) < 0 || take() < 3);
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	fd = take();
	assert_true(fd >= 3);
	pid = fork();
	if (pid == 0) {
		close(fd);
		_exit(setgid(65534) < 0 || setuid(65534) < 0 || take() != -EBUSY ||
		      !strstr(why, "label other"));
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(second_is_told_who, set_up, tear_down),
		cmocka_unit_test_setup_teardown(kernel_lets_it_go, set_up, tear_down),
		cmocka_unit_test_setup_teardown(last_of_its_heirs_counts, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(waits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(is_inherited, set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_a_plain_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_directory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(of_every_user, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
