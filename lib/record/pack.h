/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RECORD_PACK_H
#define PINLAT_RECORD_PACK_H

/*
 * Packs: records as short lines that any log can carry. pack_find.h finds them there.
 *
 *	pinlat-pack ID head NAME xz LINES BYTES UNPACKED CRC
 *	pinlat-pack ID 1of133 672 PAYLOAD CRC
 *	...
 *	pinlat-pack ID 133of133 88 PAYLOAD CRC
 *	pinlat-pack ID tail NAME xz LINES BYTES UNPACKED CRC
 *
 * The records, a line of JSON each, are one .xz or .gz stream of BYTES bytes, which gives UNPACKED
 * bytes. ID is the stream's CRC-32 and Adler-32, so that lines of two packs cannot be mixed up and two
 * copies of one pack repair each other. PAYLOAD is a part of the stream in base64url without padding
 * (RFC 4648): no JSON or YAML writer has to escape it. Before it stands its length. CRC is the CRC-32
 * (as in gzip) of what stands between "pinlat-pack " and the blank before the CRC itself. Head and
 * tail say the same: one of them will do.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACK_PREFIX "pinlat-pack "
/** No line is longer, without its newline: LAVA's KMSG mode and printk take hardly more. */
#define PACK_LINE_MAX 760
/** Characters of a name. */
#define PACK_NAME_MAX 40
/** What one pack may hold, unpacked. More is neither packed nor unpacked. */
#define PACK_UNPACKED_MAX (256 << 20)
/** Lines of payload that a pack may have: some 100 MB compressed. */
#define PACK_LINES_MAX 200000
/** Packs that one file may hold. */
#define PACKS_MAX 1000

/**
 * Whether @name may be the name of a pack, and of a file: 1 to PACK_NAME_MAX letters, digits and
 * "._+-", the first one a letter or a digit.
 */
bool pack_name_is_good(const char *name);

/** @name with all that a name may not have as "_", and "records" for an empty one, in @buf. */
void pack_name_from(const char *name, char buf[PACK_NAME_MAX + 1]);

/** How a pack is compressed. */
struct pack_codec {
	const char *name; /* "xz" */
	/* Makes @stream (malloc()ed) of @size bytes. Returns 0 or -ENOMEM. */
	int (*make)(const char *text, size_t length, unsigned char **stream,
		    size_t *size);
	/* Fills @text, all @length bytes. Returns 0, -ENOMEM, or -EBADMSG and why. */
	int (*unpack)(const unsigned char *stream, size_t size, void *text, size_t length,
		      const char **why);
};

/**
 * From now on packs are made with @codec, and read too, beside gzip, which the test alone makes: it
 * links nothing that it can do without. Before other threads.
 */
void pack_use(const struct pack_codec *codec);

/** The codec called @name, or NULL. */
const struct pack_codec *pack_codec_find(const char *name);

/** .xz with a SHA-256 (xz.c, liblzma): of records it makes a third of what gzip does. */
extern const struct pack_codec pack_xz;

/** What identifies a stream. */
uint64_t pack_id(const unsigned char *stream, size_t size);

/**
 * Packs @text of @length bytes under @name: @lines is malloc()ed, lines that end with a newline.
 * Returns 0, -EINVAL: not a name, -E2BIG: more than PACK_UNPACKED_MAX, or -ENOMEM.
 */
int pack_make(const char *name, const char *text, size_t length, char **lines);

#endif
