/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SETS_TEXT_H
#define PINLAT_SETS_TEXT_H

/* Sentences that a comparison is told in. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Texts that grow; all owned. */
struct text_list {
	size_t n;
	char **text;
};

/** Adds a text. Returns 0 or -ENOMEM. */
int text_list_add(struct text_list *list, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** Whether @text is in @list. */
bool text_list_has(const struct text_list *list, const char *text);

/** All of @list with @between between them, malloc()ed, or NULL: out of memory. */
char *text_list_join(const struct text_list *list, const char *between);

/** Frees what @list owns and empties it. */
void text_list_free(struct text_list *list);

/** The UTF-8 character at @text into @code and its length in bytes; 0: there is none. */
size_t text_decode(const char *text, uint32_t *code);

/**
 * Whether @code moves a cursor, turns the direction of writing, or is no character and so may not
 * stand in XML (U+FFFE, U+FFFF).
 */
bool text_is_control(uint32_t code);

/**
 * @text as it may stand in a sentence or a table, malloc()ed, or NULL: out of memory. Labels
 * come from elsewhere: what moves a cursor or turns the direction of writing (control characters,
 * Unicode's line and direction marks) and what is no UTF-8 becomes '?', and what is longer than
 * @most characters (at least 4) ends in "...".
 */
char *text_plain(const char *text, size_t most);

/** A change for people: "+32 %", "-4.2 %", "+746 x" above tenfold; @buf. */
const char *text_change(double change, char *buf, size_t size);

/** The interval of a change: "[+18 .. +47 %]", "[unknown]" where it has no end; @buf. */
const char *text_change_interval(double low, double high, char *buf, size_t size);

#endif
