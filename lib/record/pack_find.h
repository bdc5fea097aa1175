/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RECORD_PACK_FIND_H
#define PINLAT_RECORD_PACK_FIND_H

/* Packs (record/pack.h) found in a log. Where memory is short the program ends. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/pack.h"

/** A part of a pack's stream. */
struct pack_piece {
	size_t number;	   /* from 1 */
	size_t order;	   /* of being found */
	size_t at, length; /* its bytes in the pack's */
};

/** One pack as far as it was found. */
struct pack {
	uint64_t id;
	size_t line; /* of the file, where it was first seen */
	bool headed; /* a head or a tail was found: what is in it follows */
	char name[PACK_NAME_MAX + 2];  /* as found; it may be no good one */
	char codec[PACK_NAME_MAX + 2]; /* likewise */
	uint64_t bytes, unpacked;
	size_t lines; /* that it has, as the first that was found says */
	size_t pieces;
	struct pack_piece *piece; /* owned */
	size_t stored, room;
	unsigned char *bytes_found; /* owned */
};

/** The packs of a file, in the order in which they were found. */
struct packs {
	size_t n;
	struct pack *pack; /* owned */
	size_t damaged;	   /* lines that begin as one of a pack does, and are none */
	bool too_many;	   /* packs beyond PACKS_MAX were left out */
};

/**
 * Adds all lines of packs that begin within @text: a line @number of the file, or a document whose
 * newlines are escaped.
 */
void packs_look(struct packs *p, const char *text, size_t length, size_t number);

/**
 * Puts @pack together: @text (malloc()ed) and @length. Returns 0; or -EBADMSG, with what is wrong
 * or missing in @why: "3 of 133 lines are missing or damaged: 17, 40 to 41".
 */
int pack_open(struct pack *pack, char **text, size_t *length, char *why, size_t size);

/** Frees what @p owns and empties it. */
void packs_free(struct packs *p);

#endif
