// SPDX-License-Identifier: MIT
#include "system/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void (*on_failure)(void) = abort;

void alloc_set_handler(void (*handler)(void))
{
	on_failure = handler;
}

void alloc_failed(void)
{
	on_failure();
	abort(); /* a handler that returns is a mistake */
}

void *xcheck(void *p)
{
	if (!p)
		alloc_failed();
	return p;
}

void *xmalloc(size_t size)
{
	return xcheck(malloc(size ? size : 1));
}

void *xcalloc(size_t n, size_t size)
{
	return xcheck(n && size ? calloc(n, size) : calloc(1, 1));
}

void *xrealloc(void *p, size_t size)
{
	return xcheck(realloc(p, size ? size : 1));
}

char *xstrdup(const char *text)
{
	return xcheck(strdup(text));
}

char *xstrndup(const char *text, size_t most)
{
	return xcheck(strndup(text, most));
}

void *xmemdup(const void *data, size_t size)
{
	return memcpy(xmalloc(size), data, size);
}

char *xvasprintf(const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0)
		alloc_failed();
	return text;
}

char *xasprintf(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	return text;
}

void *grow(void *array, size_t n, size_t size)
{
	if (n & (n - 1)) /* not a power of two: there is room */
		return array;
	return reallocarray(array, n ? 2 * n : 1, size);
}

void *xgrow(void *array, size_t n, size_t size)
{
	return xcheck(grow(array, n, size));
}

FILE *memstream_open(struct memstream *m)
{
	*m = (struct memstream){ 0 };
	m->out = xcheck(open_memstream(&m->text, &m->size));
	return m->out;
}

char *memstream_close(struct memstream *m)
{
	if (fclose(m->out) != 0)
		alloc_failed();
	m->out = NULL;
	return m->text;
}
