// SPDX-License-Identifier: MIT
/*
 * Packets as lib/runnercomms.h of IGT 2.2 has them, one a datagram: a head of four 32-bit numbers (size of
 * the whole, type, pid, thread id) and then, by the type, a byte and strings with their NUL.
 */
#include "igt/comms.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum packet_type {
	PACKET_LOG = 1,
	PACKET_SUBTEST_START = 4,
	PACKET_SUBTEST_RESULT = 5,
	PACKET_DYNAMIC_START = 6,
	PACKET_DYNAMIC_RESULT = 7,
	PACKET_VERSION = 8,
};

/* Far below what a datagram may have; a record is cut into a few of them. */
#define PACKET_MOST 16384

struct packet {
	uint32_t size, type;
	int32_t pid, tid;
	char data[PACKET_MOST - 16];
};

_Static_assert(offsetof(struct packet, data) == 16, "the head has no holes");

/* -1: there is none. */
static int runner = -1;

static void begin(struct packet *p, enum packet_type type)
{
	p->size = offsetof(struct packet, data);
	p->type = type;
	p->pid = getpid();
	p->tid = gettid();
}

/* @length bytes of @text, which are cut where there is no room, and a NUL. */
static void put(struct packet *p, const char *text, size_t length)
{
	size_t room = sizeof(*p) - p->size - 1;

	length = length < room ? length : room;
	memcpy((char *)p + p->size, text, length);
	((char *)p)[p->size + length] = '\0';
	p->size += (uint32_t)length + 1;
}

static void put_string(struct packet *p, const char *text)
{
	put(p, text, strlen(text));
}

static void send_packet(const struct packet *p)
{
	while (send(runner, p, p->size, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

void igt__comms_version(const char *line)
{
	struct packet p;

	if (runner < 0)
		return;
	begin(&p, PACKET_VERSION);
	put_string(&p, line);
	send_packet(&p);
}

void igt__comms_start(enum igt__block block, const char *name)
{
	struct packet p;

	if (runner < 0)
		return;
	begin(&p, block == IGT__DYNAMIC ? PACKET_DYNAMIC_START : PACKET_SUBTEST_START);
	put_string(&p, name);
	send_packet(&p);
}

void igt__comms_result(enum igt__block block, const char *name, const char *result,
		       const char *seconds)
{
	struct packet p;

	if (runner < 0)
		return;
	begin(&p, block == IGT__DYNAMIC ? PACKET_DYNAMIC_RESULT : PACKET_SUBTEST_RESULT);
	put_string(&p, name);
	put_string(&p, result);
	put_string(&p, seconds);
	put_string(&p, ""); /* the reason: it has been printed */
	send_packet(&p);
}

void igt__comms_log(int stream, const char *text, size_t length)
{
	while (runner >= 0 && length > 0) {
		struct packet p;
		size_t piece;

		begin(&p, PACKET_LOG);
		p.data[0] = (char)stream;
		p.size++;
		piece = sizeof(p) - p.size - 1;
		piece = length < piece ? length : piece;
		put(&p, text, piece);
		send_packet(&p);
		text += piece;
		length -= piece;
	}
}

/* For fopencookie(3): the cookie is where the descriptor that the stream had stands. */
static ssize_t write_both(void *cookie, const char *text, size_t size)
{
	int fd = *(const int *)cookie;
	size_t done = 0;

	igt__comms_log(fd, text, size);
	while (done < size) {
		ssize_t n = write(fd, text + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	/* The runner has it; whether anybody reads the text as well does not matter. */
	return (ssize_t)size;
}

static void redirect(FILE **stream, int *fd, int buffering)
{
	const cookie_io_functions_t functions = { .write = write_both };
	FILE *both = fopencookie(fd, "w", functions);

	if (!both)
		return;
	fflush(*stream);
	setvbuf(both, NULL, buffering, BUFSIZ);
	*stream = both;
}

void igt__comms_init(void)
{
	static int out = STDOUT_FILENO, err = STDERR_FILENO;
	const char *text = getenv("IGT_RUNNER_SOCKET_FD");
	struct stat st;
	char *end;
	long fd;

	if (!text || !*text)
		return;
	fd = strtol(text, &end, 10);
	if (*end || fd < 3 || fd > INT32_MAX || fstat((int)fd, &st) < 0 ||
	    !S_ISSOCK(st.st_mode))
		return;
	runner = (int)fd;
	/* Nobody that we execute is to hold it. */
	fcntl(runner, F_SETFD, FD_CLOEXEC);
	redirect(&stdout, &out, _IOLBF);
	redirect(&stderr, &err, _IONBF);
}
