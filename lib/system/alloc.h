/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_ALLOC_H
#define PINLAT_SYSTEM_ALLOC_H

/*
 * Memory for the command and the libraries that it alone links: where there is none, the program
 * ends by one handler, and callers need not check. The test binary must undo what it did first:
 * what it links uses malloc() and grow(), and returns -ENOMEM.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

/** What the x functions call where memory is short; it does not return. Default: abort(). */
void alloc_set_handler(void (*handler)(void));

/** Calls the handler: for what found out by itself that memory is short. */
void alloc_failed(void) __attribute__((noreturn));

/** @p, unless it is NULL, which stands for an allocation that failed. */
void *xcheck(void *p) __attribute__((returns_nonnull));

/** malloc(), calloc(), realloc() and so on, never NULL. A size of 0 is one of 1. */
void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *p, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *text) __attribute__((returns_nonnull));
char *xstrndup(const char *text, size_t most) __attribute__((returns_nonnull));
void *xmemdup(const void *data, size_t size) __attribute__((returns_nonnull));

/** The text that printf() would print, malloc()ed. */
char *xasprintf(const char *format, ...)
	__attribute__((format(printf, 1, 2), returns_nonnull));
char *xvasprintf(const char *format, va_list args)
	__attribute__((format(printf, 1, 0), returns_nonnull));

/**
 * Room for one more in @array, which holds @n of @size bytes each and was made by this call
 * alone (NULL while @n is 0): doubled where @n is a power of two. Returns the array, which may
 * have moved, or NULL, which leaves the old one: out of memory.
 */
void *grow(void *array, size_t n, size_t size);

/** The same, never NULL. */
void *xgrow(void *array, size_t n, size_t size) __attribute__((returns_nonnull));

/** A text that is written as a file. */
struct memstream {
	FILE *out; /* write here */
	char *text;
	size_t size;
};

/** Begins a text; returns @m->out. */
FILE *memstream_open(struct memstream *m) __attribute__((returns_nonnull));

/** Ends the text; returns it, malloc()ed. */
char *memstream_close(struct memstream *m) __attribute__((returns_nonnull));

#endif
