// SPDX-License-Identifier: MIT
#include "claim/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "system/cleanup.h"
#include "system/sysfile.h"
#include "system/text.h"
#include "system/units.h"

#define FILE_NAME     "pinlat.lock"
#define INHERITED     "PINLAT_LOCK_FD"
#define LOOK_AGAIN_NS (20 * NSEC_PER_MSEC)
/* `pinlat doctor` takes it for an instant, to see whether it is free. */
#define LOOKS 5

int lock_path(const char *name, char *path, size_t size)
{
	/* Everybody may make files in the first, unlike /run/lock, which is root's on some systems. */
	static const char *const usual[] = { "/dev/shm", "/run/lock", "/run" };
	const char *directory = getenv(LOCK_DIRECTORY_VARIABLE);

	for (size_t i = 0; !(directory && *directory) && i < 3; i++)
		if (access(usual[i], F_OK) == 0)
			directory = usual[i];
	if (!directory || !*directory)
		return -ENOENT;
	return snprintf(path, size, "%s/%s", directory, name) < (int)size ? 0
									  : -ENAMETOOLONG;
}

/* Opens what is there, or makes it: with O_CREAT the kernel refuses a file of another user. */
static int open_file(const char *path)
{
	const int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	int fd;

	do {
		fd = open(path, O_RDWR | flags);
		if (fd < 0 && errno == EACCES)
			fd = open(path, O_RDONLY | flags);
		if (fd >= 0 || errno != ENOENT)
			break;
		fd = open(path, O_RDWR | O_CREAT | O_EXCL | flags, 0666);
		if (fd >= 0)
			(void)fchmod(fd, 0666); /* whatever the umask is */
	} while (fd < 0 && errno == EEXIST);
	return fd < 0 ? -errno : fd;
}

/* Opens it as a descriptor that no standard stream will take the place of. */
static int open_lock(const char *path)
{
	CLEANUP_CLOSE int fd = open_file(path);
	struct stat st;
	int high;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -EPERM;
	high = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return high < 0 ? -errno : high;
}

/* Whether @fd is still what everybody else opens. */
static bool is_current(int fd, const char *path)
{
	struct stat own, found;

	return fstat(fd, &own) == 0 && stat(path, &found) == 0 &&
	       own.st_dev == found.st_dev && own.st_ino == found.st_ino;
}

/* "PID SECONDS LABEL": what the others are told. Without it the lock is as good. */
static void sign(int fd, const char *label)
{
	char line[200];
	int n = snprintf(line, sizeof(line), "%d %lld %.80s\n", (int)getpid(),
			 (long long)time(NULL), label ? label : "");

	if (ftruncate(fd, 0) == 0 && pwrite(fd, line, (size_t)n, 0) != n)
		(void)ftruncate(fd, 0);
}

/* Who holds it, as they wrote it there: anybody can have written anything. */
static void name_holder(int fd, char *who, size_t size)
{
	char line[200], label[81] = "", since[40] = "an unknown time";
	long long seconds = 0;
	struct tm tm;
	time_t at;
	int pid = 0;

	sysfile_pread(fd, line, sizeof(line));
	sscanf(line, "%d %lld %80[^\n]", &pid, &seconds, label);
	at = (time_t)seconds;
	if (seconds > 0 && gmtime_r(&at, &tm))
		strftime(since, sizeof(since), "%Y-%m-%d %H:%M:%S UTC", &tm);
	snprintf(who, size, "another pinlat is at work: pid %d, %s%s, since %s", pid,
		 *label ? "label " : "without a label", make_printable(label), since);
}

static int take(const char *path, const char *label)
{
	for (;;) {
		int fd = open_lock(path), error;

		if (fd < 0)
			return fd;
		if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			error = errno;
			close(fd);
			return error == EWOULDBLOCK ? -EBUSY : -error;
		}
		if (is_current(fd, path)) {
			sign(fd, label);
			return fd;
		}
		close(fd);
	}
}

static int refuse(const char *path, int error, char *why, size_t size)
{
	if (error != -EBUSY)
		return why_not(
			why, size, error,
			"the lock %s cannot be used: %s; remove it, or name another directory in " LOCK_DIRECTORY_VARIABLE,
			path, strerror(-error));
	if (!lock_is_held(why, size))
		snprintf(why, size,
			 "another pinlat was at work"); /* and has just ended */
	return error;
}

int lock_take(const char *label, char *why, size_t size)
{
	char path[PATH_MAX];
	int ret;

	if (lock_path(FILE_NAME, path, sizeof(path)) < 0)
		return 0;
	ret = take(path, label);
	for (int i = 1; i < LOOKS && ret == -EBUSY; i++) {
		sleep_ns(LOOK_AGAIN_NS);
		ret = take(path, label);
	}
	return ret < 0 ? refuse(path, ret, why, size) : ret;
}

int lock_wait(const char *label, int (*stopped)(void), char *why, size_t size)
{
	int ret;

	do {
		ret = lock_take(label, why, size);
	} while (ret == -EBUSY && !stopped());
	return ret == -EBUSY ? -EINTR : ret;
}

void lock_hand_on(int lock)
{
	char text[16];

	if (lock <= 0 || fcntl(lock, F_SETFD, 0) < 0)
		return;
	snprintf(text, sizeof(text), "%d", lock);
	setenv(INHERITED, text, 1);
}

int lock_inherited(void)
{
	const char *text = getenv(INHERITED);
	char path[PATH_MAX];
	uint64_t fd;

	if (!text || parse_u64(text, &fd) < 0 || fd < 3 || fd > INT_MAX ||
	    lock_path(FILE_NAME, path, sizeof(path)) < 0)
		return 0;
	unsetenv(INHERITED);
	/* Locked again through the same open file it is granted; through another it is not. */
	if (!is_current((int)fd, path) || flock((int)fd, LOCK_EX | LOCK_NB) < 0)
		return 0;
	(void)fcntl((int)fd, F_SETFD, FD_CLOEXEC);
	return (int)fd;
}

bool lock_is_held(char *who, size_t size)
{
	CLEANUP_CLOSE int fd = -1;
	char path[PATH_MAX];

	if (lock_path(FILE_NAME, path, sizeof(path)) < 0)
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return false;
	name_holder(fd, who, size);
	return true;
}
