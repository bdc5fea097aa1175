// SPDX-License-Identifier: MIT
/* The formats that people read: one document, rendered. */
#include "print.h"

#include <errno.h>
#include <stdlib.h>

#include "render/render.h"
#include "summary/say.h"
#include "system/cleanup.h"

static struct document said(const struct compare_view *v)
{
	const struct saying s = { .c = v->c, .compared = true, .command = v->command };
	struct document d;

	say(&d, &s);
	return d;
}

int compare_print_text(const struct compare_view *v)
{
	_cleanup_(doc_free) struct document d = said(v);

	render_text(v->out, &d, v->colour);
	return 0;
}

int compare_print_mail(const struct compare_view *v)
{
	_cleanup_(doc_free) struct document d = said(v);

	render_mail(v->out, &d);
	return 0;
}

int compare_print_markdown(const struct compare_view *v)
{
	_cleanup_(doc_free) struct document d = said(v);

	render_markdown(v->out, &d);
	return 0;
}

static void print_ascii(FILE *out, const char *text)
{
	for (const unsigned char *u = (const unsigned char *)text; *u; u++) {
		if (u[0] == 0xc2 && u[1] == 0xb5)
			fputc('u', out); /* its second byte is skipped below */
		else if (*u < 0x80)
			fputc(*u, out);
		else if ((*u & 0xc0) != 0x80)
			fputc('?', out);
	}
}

int print_all_ascii(const struct compare_view *v,
		    int (*print)(const struct compare_view *v))
{
	_cleanup_free_ char *text = NULL;
	struct compare_view all = *v;
	size_t size;
	int ret;

	all.out = open_memstream(&text, &size);
	if (!all.out)
		return -ENOMEM;
	ret = print(&all);
	if (fclose(all.out) != 0)
		return -ENOMEM;
	if (ret == 0)
		print_ascii(v->out, text);
	return ret;
}
