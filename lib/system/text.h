/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_TEXT_H
#define PINLAT_SYSTEM_TEXT_H

/*
 * Text: UTF-8, what a terminal, a shell or a table may have of it, lists. What allocates here
 * ends the program where memory is short (system/alloc.h).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Letters and digits: what every alphabet of plain characters begins with. */
#define TEXT_ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/** What stands in a shell's command line as it is. */
#define TEXT_SHELL_PLAIN TEXT_ALNUM "%+,-./:=@_"

/** "s" unless there is one. */
#define PLURAL(n) ((n) == 1 ? "" : "s")

/** Writes the sentence that says why not to @why. Returns @error, so that a caller can return it. */
int why_not(char *why, size_t size, int error, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/** The UTF-8 character at @text into @code and its length in bytes; 0: there is none. */
size_t text_decode(const char *text, uint32_t *code);

/**
 * Whether @code moves a cursor, turns the direction of writing, or is no character and so may not
 * stand in XML (U+FFFE, U+FFFF).
 */
bool text_is_control(uint32_t code);

/**
 * @text as it may stand in a sentence or a table, malloc()ed. Labels come from elsewhere: what
 * moves a cursor or turns the direction of writing (control characters, Unicode's line and
 * direction marks) and what is no UTF-8 becomes '?', and what is longer than @most characters
 * (at least 4) ends in "...".
 */
char *text_plain(const char *text, size_t most);

/**
 * Makes each control character of @text (and what a terminal may take for one) a '?':
 * records come from elsewhere, and a label must not move the cursor. Returns @text.
 */
char *make_printable(char *text);

/** @text as make_printable() leaves it, cut to fit @buf; @buf. */
const char *printable(const char *text, char *buf, size_t size);

/** Columns that @text takes on a terminal: its UTF-8 characters, without our own colours. */
size_t text_width(const char *text);

/** Whether @word is one of those in @list, which are parted by characters of @between. */
bool text_has_word(const char *list, const char *between, const char *word);

/**
 * The one of the @n @names that somebody who typed @word most likely meant: it differs in at most a third
 * of its characters (added, left out, replaced, two exchanged). NULL: none is that near.
 */
const char *text_nearest(const char *word, const char *const names[], size_t n);

/** @word as a shell needs it, malloc()ed: in quotes unless it is plain. */
char *text_quoted(const char *word);

/** Texts that grow; all owned. */
struct text_list {
	size_t n;
	char **text;
};

/** Adds a text. */
void text_list_add(struct text_list *list, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** Whether @text is in @list. */
bool text_list_has(const struct text_list *list, const char *text);

/** All of @list with @between between them, malloc()ed. */
char *text_list_join(const struct text_list *list, const char *between);

/** Frees what @list owns and empties it. */
void text_list_free(struct text_list *list);

#endif
