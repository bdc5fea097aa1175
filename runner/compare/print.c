// SPDX-License-Identifier: MIT
#include "print.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "system/cleanup.h"
#include "text.h"

void print_legend(const struct compare_view *v, size_t s, size_t width)
{
	const struct comparison *c = v->c;
	const struct decide_options *o = &c->options->decide;
	const struct decide_row *hopeless = find_hopeless(c, s);
	const char *units = units_name(c, s);
	char line[400];

	snprintf(
		line, sizeof(line),
		"change: median over all pairs of %s; p: after Holm, %zu rows, alpha %.3g%%; same: %.0f%% interval within the margin%s",
		units, c->primary, 100 * o->alpha, 100 * (1 - 2 * o->alpha),
		c->options->thresholds ? "" : " of ");
	if (!c->options->thresholds)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), "%.3g%%",
			 100 * c->options->margin);
	print_wrapped(v->out, line, width, 0, 0);
	if (!hopeless || hopeless->least == 0)
		return;
	snprintf(line, sizeof(line),
		 "n<%zu: so few %s cannot be significant among %zu rows, %zu a side can",
		 hopeless->least, units, c->primary, hopeless->least);
	print_wrapped(v->out, line, width, 0, 0);
}

bool are_names_short(const struct comparison *c, size_t width)
{
	for (size_t i = 0; i < c->rows; i++) {
		_cleanup_free_ char *name = NULL;

		if (i > 0 && c->row[i].cell[0] == c->row[i - 1].cell[0])
			continue;
		name = compare_cell_name(c, c->row[i].cell[0]);
		if (!name || text_width(name) > width)
			return false;
	}
	return true;
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
