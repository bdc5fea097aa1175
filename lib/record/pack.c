// SPDX-License-Identifier: MIT
/* Making packs. The test makes them too: no memory is an error here, not the end. */
#include "record/pack.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <zlib.h>

#include "system/cleanup.h"
#include "system/text.h"

/* Of the stream, on a line: PACK_LINE_MAX has room for its 672 characters and 60 of all others. */
#define LINE_BYTES 504
/* For zlib: the largest window, and gzip's header. */
#define GZIP (15 + 16)

static const char digits[64] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

bool pack_name_is_good(const char *name)
{
	size_t n = strspn(name, TEXT_ALNUM "._+-");

	return n > 0 && n <= PACK_NAME_MAX && !name[n] && !strchr("._+-", *name);
}

void pack_name_from(const char *name, char buf[PACK_NAME_MAX + 1])
{
	size_t n = 0;

	name += strspn(name, "._+-/ ");
	for (; *name && n < PACK_NAME_MAX; name++)
		buf[n++] = strchr(TEXT_ALNUM "._+-", *name) ? *name : '_';
	buf[n] = '\0';
	if (!pack_name_is_good(buf))
		snprintf(buf, PACK_NAME_MAX + 1, "records");
}

static int make_gz(const char *text, size_t length, unsigned char **stream, size_t *size)
{
	z_stream z = { 0 };
	uLong room;
	int ret;

	*stream = NULL;
	if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP, 9,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return -ENOMEM;
	room = deflateBound(&z, length);
	*stream = malloc(room);
	z.next_in = (Bytef *)text;
	z.avail_in = (uInt)length;
	z.next_out = *stream;
	z.avail_out = (uInt)room;
	ret = *stream ? deflate(&z, Z_FINISH) : Z_MEM_ERROR;
	*size = z.total_out;
	deflateEnd(&z);
	return ret == Z_STREAM_END ? 0 : -ENOMEM;
}

static int unpack_gz(const unsigned char *stream, size_t size, void *text, size_t length,
		     const char **why)
{
	z_stream z = { .next_in = (Bytef *)stream,
		       .avail_in = (uInt)size,
		       .next_out = text,
		       .avail_out = (uInt)length };
	size_t out;
	int ret;

	if (inflateInit2(&z, GZIP) != Z_OK)
		return -ENOMEM;
	ret = inflate(&z, Z_FINISH);
	out = z.total_out;
	inflateEnd(&z);
	*why = ret == Z_BUF_ERROR    ? "it unpacks to more than it says, or is cut"
	       : ret == Z_STREAM_END ? "it unpacks to another size than it says"
				     : "its .gz stream is damaged";
	return ret == Z_STREAM_END && z.avail_in == 0 && out == length ? 0 : -EBADMSG;
}

static const struct pack_codec gz = { "gz", make_gz, unpack_gz };
static const struct pack_codec *used = &gz;

void pack_use(const struct pack_codec *codec)
{
	used = codec;
}

const struct pack_codec *pack_codec_find(const char *name)
{
	if (strcmp(name, used->name) == 0)
		return used;
	return strcmp(name, gz.name) == 0 ? &gz : NULL;
}

uint64_t pack_id(const unsigned char *stream, size_t size)
{
	return (uint64_t)crc32(0, stream, (uInt)size) << 32 |
	       adler32(1, stream, (uInt)size);
}

/* Writes @n bytes as base64url; returns where it ends. */
static char *encode(char *to, const unsigned char *from, size_t n)
{
	for (size_t i = 0; i < n; i += 3) {
		uint32_t three = (uint32_t)from[i] << 16;

		three |= i + 1 < n ? (uint32_t)from[i + 1] << 8 : 0;
		three |= i + 2 < n ? from[i + 2] : 0;
		*to++ = digits[three >> 18];
		*to++ = digits[three >> 12 & 63];
		if (i + 1 < n)
			*to++ = digits[three >> 6 & 63];
		if (i + 2 < n)
			*to++ = digits[three & 63];
	}
	return to;
}

/* Writes the line whose body, without a CRC, begins at @body and ends at @end. Returns its end. */
static char *end_line(const char *body, char *end)
{
	uLong crc = crc32(0, (const Bytef *)body, (uInt)(end - body));

	return end + sprintf(end, " %08lx\n", crc);
}

static char *put_end(char *to, const char *which, const char *more)
{
	const char *body = to + strlen(PACK_PREFIX);

	to += sprintf(to, PACK_PREFIX "%s%s", which, more);
	return end_line(body, to);
}

static char *put_piece(char *to, uint64_t id, size_t number, size_t of,
		       const unsigned char *bytes, size_t n)
{
	const char *body = to + strlen(PACK_PREFIX);

	to += sprintf(to, PACK_PREFIX "%016" PRIx64 " %zuof%zu %zu ", id, number, of,
		      (4 * n + 2) / 3);
	to = encode(to, bytes, n);
	return end_line(body, to);
}

int pack_make(const char *name, const char *text, size_t length, char **lines)
{
	CLEANUP_FREE unsigned char *stream = NULL;
	char head[40], tail[40], more[PACK_NAME_MAX + 80], *to;
	size_t size, n;
	uint64_t id;
	int ret;

	*lines = NULL;
	if (!pack_name_is_good(name))
		return -EINVAL;
	if (length > PACK_UNPACKED_MAX)
		return -E2BIG;
	ret = used->make(text, length, &stream, &size);
	if (ret < 0)
		return ret;
	n = (size + LINE_BYTES - 1) / LINE_BYTES;
	if (n > PACK_LINES_MAX)
		return -E2BIG;
	to = *lines = malloc((n + 2) * (PACK_LINE_MAX + 1) + 1);
	if (!to)
		return -ENOMEM;
	id = pack_id(stream, size);
	snprintf(head, sizeof(head), "%016" PRIx64 " head", id);
	snprintf(tail, sizeof(tail), "%016" PRIx64 " tail", id);
	snprintf(more, sizeof(more), " %s %s %zu %zu %zu", name, used->name, n, size,
		 length);
	to = put_end(to, head, more);
	for (size_t i = 0; i < n; i++)
		to = put_piece(to, id, i + 1, n, stream + i * LINE_BYTES,
			       MIN(size - i * LINE_BYTES, (size_t)LINE_BYTES));
	put_end(to, tail, more);
	return 0;
}
