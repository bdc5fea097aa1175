// SPDX-License-Identifier: MIT
/*
 * Packs found in a log. All of it comes from elsewhere: what is kept grows with what is read, never
 * with what a line says of itself; and a limit holds for what is unpacked.
 */
#include "record/pack_find.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"

/* The longest that is taken for a line, from the prefix on. */
#define LINE_MAX_READ 1000

/* What a line of a pack says. */
struct found {
	uint64_t id;
	bool head; /* or tail */
	char name[PACK_NAME_MAX + 2], codec[PACK_NAME_MAX + 2];
	uint64_t lines, bytes, unpacked; /* head: as it says; piece: lines */
	uint64_t number, length;
	const char *payload;
};

/* Where a line is read. */
struct cursor {
	const char *at, *end;
};

static bool take_text(struct cursor *c, const char *text)
{
	size_t n = strlen(text);

	if ((size_t)(c->end - c->at) < n || memcmp(c->at, text, n) != 0)
		return false;
	c->at += n;
	return true;
}

/* A number of at most @most digits of @base, 10 or 16. */
static bool take_number(struct cursor *c, int base, int most, uint64_t *value)
{
	int n = 0;

	for (*value = 0; c->at < c->end && n < most; c->at++, n++) {
		char digit = *c->at;

		if (digit >= '0' && digit <= '9')
			*value = *value * (uint64_t)base + (uint64_t)(digit - '0');
		else if (base == 16 && digit >= 'a' && digit <= 'f')
			*value = *value * 16 + (uint64_t)(digit - 'a') + 10;
		else
			break;
	}
	return n > 0;
}

/* A name, good or not: what it is is looked at when the CRC has said that it is what was sent. */
static bool take_name(struct cursor *c, char name[PACK_NAME_MAX + 2])
{
	size_t n = 0;

	while (c->at < c->end && *c->at != ' ' && n <= PACK_NAME_MAX)
		name[n++] = *c->at++;
	name[n] = '\0';
	return n > 0;
}

/* The value of a digit of base64url, or -1. */
static int digit_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

static bool take_payload(struct cursor *c, struct found *f)
{
	if (f->length > PACK_LINE_MAX || f->length > (uint64_t)(c->end - c->at) ||
	    f->length % 4 == 1)
		return false;
	f->payload = c->at;
	for (size_t i = 0; i < f->length; i++)
		if (digit_of(f->payload[i]) < 0)
			return false;
	c->at += f->length;
	return true;
}

static bool take_head(struct cursor *c, struct found *f)
{
	f->head = take_text(c, "head ") || take_text(c, "tail ");
	return f->head && take_name(c, f->name) && take_text(c, " ") &&
	       take_name(c, f->codec) && take_text(c, " ") &&
	       take_number(c, 10, 9, &f->lines) && take_text(c, " ") &&
	       take_number(c, 10, 12, &f->bytes) && take_text(c, " ") &&
	       take_number(c, 10, 12, &f->unpacked);
}

static bool take_piece(struct cursor *c, struct found *f)
{
	return take_number(c, 10, 9, &f->number) && take_text(c, "of") &&
	       take_number(c, 10, 9, &f->lines) && take_text(c, " ") &&
	       take_number(c, 10, 4, &f->length) && take_text(c, " ") &&
	       take_payload(c, f) && f->number >= 1 && f->number <= f->lines &&
	       f->lines <= PACK_LINES_MAX;
}

/* Reads the line whose body begins at @c. False: it is damaged, or none, and then has no ID. */
static bool take_line(struct cursor *c, struct found *f)
{
	const char *body = c->at;
	uint64_t crc, sent;

	*f = (struct found){ 0 };
	if (!take_number(c, 16, 16, &f->id) || c->at - body != 16 || !take_text(c, " ")) {
		f->id = 0;
		return false;
	}
	if (!take_head(c, f) && (f->head || !take_piece(c, f)))
		return false;
	crc = crc32(0, (const Bytef *)body, (uInt)(c->at - body));
	if (!take_text(c, " "))
		return false;
	body = c->at;
	return take_number(c, 16, 8, &sent) && c->at - body == 8 && sent == crc;
}

/* The pack of @id, begun if need be; NULL: there are too many. */
static struct pack *find_pack(struct packs *p, uint64_t id, size_t number)
{
	for (size_t i = p->n; i-- > 0;)
		if (p->pack[i].id == id)
			return &p->pack[i];
	p->too_many |= p->n >= PACKS_MAX;
	if (p->too_many)
		return NULL;
	p->pack = xgrow(p->pack, p->n, sizeof(*p->pack));
	p->pack[p->n] = (struct pack){ .id = id, .line = number };
	return &p->pack[p->n++];
}

static void add_head(struct pack *pack, const struct found *f)
{
	if (pack->headed)
		return;
	pack->headed = true;
	snprintf(pack->name, sizeof(pack->name), "%s", f->name);
	snprintf(pack->codec, sizeof(pack->codec), "%s", f->codec);
	pack->lines = f->lines;
	pack->bytes = f->bytes;
	pack->unpacked = f->unpacked;
}

/* Decodes base64url, of which the last part may be cut. */
static void add_bytes(struct pack *pack, const char *payload, size_t length)
{
	uint32_t bits = 0;

	if (pack->stored + length > pack->room) {
		pack->room = 2 * pack->room + length;
		pack->bytes_found = xrealloc(pack->bytes_found, pack->room);
	}
	for (size_t i = 0; i < length; i++) {
		bits = bits << 6 | (uint32_t)digit_of(payload[i]);
		if (i % 4 > 0)
			pack->bytes_found[pack->stored++] =
				(unsigned char)(bits >> (6 - 2 * (i % 4)));
	}
}

static void add_piece(struct pack *pack, const struct found *f)
{
	struct pack_piece *piece;

	if (!pack->headed)
		pack->lines = f->lines;
	pack->piece = xgrow(pack->piece, pack->pieces, sizeof(*pack->piece));
	piece = &pack->piece[pack->pieces];
	*piece = (struct pack_piece){ f->number, pack->pieces, pack->stored, 0 };
	add_bytes(pack, f->payload, f->length);
	piece->length = pack->stored - piece->at;
	pack->pieces++;
}

void packs_look(struct packs *p, const char *text, size_t length, size_t number)
{
	const char *end = text + length, *at = text;
	const size_t prefix = strlen(PACK_PREFIX);

	while ((at = memmem(at, (size_t)(end - at), PACK_PREFIX, prefix))) {
		struct cursor c = { at + prefix, end };
		struct found f;
		struct pack *pack;

		at += prefix;
		if (end - at > LINE_MAX_READ)
			c.end = at + LINE_MAX_READ;
		if (!take_line(&c, &f)) {
			/* Without an ID it may be anything that is called so. */
			p->damaged += f.id > 0;
			continue;
		}
		at = c.at;
		pack = find_pack(p, f.id, number);
		if (pack && f.head)
			add_head(pack, &f);
		else if (pack)
			add_piece(pack, &f);
	}
}

/* By number; of copies the first that was found. */
static int by_number(const void *a, const void *b)
{
	const struct pack_piece *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

/* Adds "17" or "40 to 41" to @list; beyond eight of them the rest is not spelled. */
static void add_range(struct text_list *list, size_t first, size_t last)
{
	if (list->n > 8)
		return;
	if (list->n == 8)
		text_list_add(list, "...");
	else if (first == last)
		text_list_add(list, "%zu", first);
	else
		text_list_add(list, "%zu to %zu", first, last);
}

/* Drops copies, and says in @why what is missing. Returns how many lines are. */
static size_t find_missing(struct pack *pack, char *why, size_t size)
{
	CLEANUP(text_list_free) struct text_list list = { 0 };
	CLEANUP_FREE char *joined = NULL;
	size_t next = 1, kept = 0, missing = 0;

	qsort(pack->piece, pack->pieces, sizeof(*pack->piece), by_number);
	for (size_t i = 0; i < pack->pieces; i++) {
		size_t number = pack->piece[i].number;

		if (number < next || number > pack->lines)
			continue;
		if (number > next)
			add_range(&list, next, number - 1);
		missing += number - next;
		pack->piece[kept++] = pack->piece[i];
		next = number + 1;
	}
	pack->pieces = kept;
	if (next <= pack->lines) {
		add_range(&list, next, pack->lines);
		missing += pack->lines - next + 1;
	}
	joined = text_list_join(&list, ", ");
	if (missing > 0)
		snprintf(why, size, "%zu of %zu lines %s missing or damaged: %s", missing,
			 pack->lines, missing == 1 ? "is" : "are", joined);
	return missing;
}

/* The stream, from its pieces; its length is @size. */
static unsigned char *join_pieces(const struct pack *pack, size_t *size)
{
	unsigned char *stream = xmalloc(pack->stored);

	*size = 0;
	for (size_t i = 0; i < pack->pieces; i++) {
		const struct pack_piece *piece = &pack->piece[i];

		memcpy(stream + *size, pack->bytes_found + piece->at, piece->length);
		*size += piece->length;
	}
	return stream;
}

/* Unpacks @stream, never to more than it says. Returns 0 or -EBADMSG. */
static int unpack(const struct pack *pack, const unsigned char *stream, size_t size,
		  char **text, char *why, size_t room)
{
	const struct pack_codec *codec = pack_codec_find(pack->codec);
	char name[PACK_NAME_MAX + 2];
	const char *wrong;
	int ret;

	if (!codec)
		return why_not(why, room, -EBADMSG,
			       "it is compressed in a way that is not known: %s",
			       printable(pack->codec, name, sizeof(name)));
	*text = xmalloc(pack->unpacked + 1);
	ret = codec->unpack(stream, size, *text, pack->unpacked, &wrong);
	if (ret == -ENOMEM)
		alloc_failed();
	(*text)[pack->unpacked] = '\0';
	return ret < 0 ? why_not(why, room, ret, "%s", wrong) : 0;
}

int pack_open(struct pack *pack, char **text, size_t *length, char *why, size_t size)
{
	CLEANUP_FREE unsigned char *stream = NULL;
	size_t bytes;
	int ret;

	*text = NULL;
	*length = 0;
	if (pack->headed && !pack_name_is_good(pack->name))
		return why_not(why, size, -EBADMSG, "a pack may not have such a name");
	if (pack->headed && pack->unpacked > PACK_UNPACKED_MAX)
		return why_not(why, size, -EBADMSG,
			       "it unpacks to %" PRIu64
			       " bytes, and %d MiB are the limit",
			       pack->unpacked, PACK_UNPACKED_MAX >> 20);
	if (pack->lines > PACK_LINES_MAX)
		return why_not(why, size, -EBADMSG, "it has more than %d lines",
			       PACK_LINES_MAX);
	if (find_missing(pack, why, size) > 0)
		return -EBADMSG;
	if (!pack->headed)
		return why_not(why, size, -EBADMSG,
			       "both its first and its last line are missing or damaged");
	stream = join_pieces(pack, &bytes);
	if (bytes != pack->bytes || pack_id(stream, bytes) != pack->id)
		return why_not(
			why, size, -EBADMSG,
			"its lines do not belong together: their checksum differs");
	ret = unpack(pack, stream, bytes, text, why, size);
	*length = pack->unpacked;
	if (ret < 0) {
		free(*text);
		*text = NULL;
	}
	return ret;
}

void packs_free(struct packs *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->pack[i].piece);
		free(p->pack[i].bytes_found);
	}
	free(p->pack);
	*p = (struct packs){ 0 };
}
