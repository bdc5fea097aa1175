// SPDX-License-Identifier: MIT
#include "system/sysfile.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "system/cleanup.h"
#include "system/sysfile-private.h"
#include "system/units.h"

ssize_t sysfile_pread(int fd, char *buf, size_t size)
{
	size_t len = 0;

	if (size == 0)
		return -EINVAL;
	/* The kernel hands such files out in pieces of about a page. */
	while (len < size - 1) {
		ssize_t n = pread(fd, buf + len, size - 1 - len, (off_t)len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int err = errno;

			buf[0] = '\0';
			return -err;
		}
		if (n == 0)
			break;
		len += (size_t)n;
	}
	buf[len] = '\0';
	return (ssize_t)len;
}

ssize_t sysfile_read(const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (size > 0)
		buf[0] = '\0';
	if (fd < 0)
		return -errno;
	return sysfile_pread(fd, buf, size);
}

ssize_t sysfile_line(const char *path, char *buf, size_t size)
{
	ssize_t ret = sysfile_read(path, buf, size);
	size_t len;

	if (ret < 0)
		return ret;
	len = strcspn(buf, "\n");
	buf[len] = '\0';
	return (ssize_t)len;
}

int sysfile_u64(const char *path, uint64_t *value)
{
	char text[32];
	ssize_t ret = sysfile_line(path, text, sizeof(text));

	return ret < 0 ? (int)ret : parse_u64(text, value);
}

int sysfile_write(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	size_t len = strlen(text);
	ssize_t n;

	if (fd < 0)
		return -errno;
	/* At one go: the kernel takes each write for a whole value. */
	do {
		n = write(fd, text, len);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

/* The number of decimal digits at @text, read into @value; 0: none, or too many. */
static size_t leading_u64(const char *text, uint64_t *value)
{
	uint64_t v = 0;
	size_t n = 0;

	for (; isdigit((unsigned char)text[n]); n++) {
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(text[n] - '0'), &v))
			return 0;
	}
	if (n > 0)
		*value = v;
	return n;
}

int sysfile_find_u64(const char *text, const char *key, uint64_t *value)
{
	size_t len = strlen(key);

	while (text && *text) {
		if (strncmp(text, key, len) == 0 && text[len] &&
		    strchr(" \t:", text[len])) {
			const char *number = text + len + strspn(text + len, " \t:");

			return leading_u64(number, value) ? 0 : -ENOENT;
		}
		text = strchr(text, '\n');
		if (text)
			text++;
	}
	return -ENOENT;
}

int sysfile_choice(const char *path, char *buf, size_t size)
{
	char text[256];
	ssize_t ret = sysfile_line(path, text, sizeof(text));
	const char *left, *right;
	size_t len;

	if (size == 0)
		return -EINVAL;
	buf[0] = '\0';
	if (ret < 0)
		return (int)ret;
	left = strchr(text, '[');
	right = left ? strchr(left, ']') : NULL;
	if (!right)
		return -EINVAL;
	len = (size_t)(right - left - 1);
	if (len >= size)
		return -ENOSPC;
	memcpy(buf, left + 1, len);
	buf[len] = '\0';
	return 0;
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

char *_sysfile_unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		if (from[0] == '\\' && is_octal(from[1]) && is_octal(from[2]) &&
		    is_octal(from[3])) {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 |
				     (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
	return text;
}
