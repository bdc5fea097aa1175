// SPDX-License-Identifier: MIT
#include "record/record.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void record_init(struct record *r)
{
	memset(r, 0, sizeof(*r));
	r->valid = true;
}

static void free_texts(char **text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(text[i]);
	free(text);
}

void record_free(struct record *r)
{
	free(r->subtest);
	free(r->label);
	free(r->boot_id);
	json_object_put(r->environment);
	free_texts(r->reason, r->reasons);
	free_texts(r->note, r->notes);
	distribution_free(&r->scheduled);
	distribution_free(&r->woken);
	distribution_free(&r->huge);
	distribution_free(&r->fallback);
	for (size_t i = 0; i < r->cpus; i++)
		distribution_free(&r->cpu[i].scheduled);
	free(r->cpu);
	json_object_put(r->attribution.sources);
	json_object_put(r->counters);
	json_object_put(r->timeline);
	json_object_put(r->explain);
	json_object_put(r->stopped);
	free(r->source);
	free(r->ignored);
	record_init(r);
}

__attribute__((format(printf, 3, 0))) static int
add_text(char ***list, size_t *n, const char *format, va_list args)
{
	char **longer, *text;

	if (vasprintf(&text, format, args) < 0)
		return -ENOMEM;
	longer = realloc(*list, (*n + 1) * sizeof(*longer));
	if (!longer) {
		free(text);
		return -ENOMEM;
	}
	longer[(*n)++] = text;
	*list = longer;
	return 0;
}

int record_invalidate(struct record *r, const char *format, ...)
{
	va_list args;
	int ret;

	r->valid = false;
	va_start(args, format);
	ret = add_text(&r->reason, &r->reasons, format, args);
	va_end(args);
	return ret;
}

int record_note(struct record *r, const char *format, ...)
{
	va_list args;
	int ret;

	va_start(args, format);
	ret = add_text(&r->note, &r->notes, format, args);
	va_end(args);
	return ret;
}
