// SPDX-License-Identifier: MIT
/* Where the time of the slow samples went, under the tables of text and mail. */
#include <errno.h>
#include <string.h>

#include "summary/attribution.h"
#include "print.h"
#include "system/cleanup.h"
#include "text.h"

#define INDENT 2

static int print_cells(const struct compare_view *v, const struct compare_row *row,
		       size_t width)
{
	static const char *const side[] = { "base ", "new  " };
	_cleanup_free_ char *name = compare_cell_name(v->c, row->cell[DECIDE_BASE]);
	char buf[LINE_SIZE];

	if (!name)
		return -ENOMEM;
	print_wrapped(v->out, name, width, 0, INDENT);
	for (int i = 0; i < DECIDE_SIDES; i++) {
		fprintf(v->out, "%*s%s", INDENT, "", side[i]);
		print_wrapped(v->out,
			      compare_attribution_text(row->cell[i], buf, sizeof(buf)),
			      width, INDENT + strlen(side[i]), INDENT + strlen(side[i]));
	}
	return 0;
}

int print_attribution(const struct compare_view *v, size_t s, size_t width)
{
	const struct cell *before = NULL;
	const struct comparison *c = v->c;
	int ret = 0;

	for (size_t i = 0; i < c->rows && ret == 0; i++) {
		const struct compare_row *row = &c->row[i];

		if (!is_chosen(c, row, s, ROWS_JUDGED) ||
		    row->cell[DECIDE_BASE] == before)
			continue;
		before = row->cell[DECIDE_BASE];
		ret = print_cells(v, row, width);
	}
	return ret;
}
