// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "summary/attribution.h"
#include "print.h"
#include "system/cleanup.h"
#include "text.h"

/* @text as itself: nothing of it is markup, ends a cell, calls somebody or is a link. */
static void print_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '@')
			fputs("&#64;", out);
		else if (strchr("\\`*_{}[]#|!~", *text))
			fprintf(out, "\\%c", *text);
		else if (!put_entity(out, *text))
			fputc(*text, out);
	}
}

static void print_cell(FILE *out, const char *text)
{
	fputs(" ", out);
	print_escaped(out, text);
	fputs(" |", out);
}

static int print_row(const struct compare_view *v, const struct compare_row *row)
{
	static const char *const mark[] = {
		[VERDICT_NONE] = "",
		[VERDICT_SAME] = "same",
		[VERDICT_BETTER] = "**better**",
		[VERDICT_WORSE] = "**worse**",
		[VERDICT_UNCLEAR] = "unclear",
	};
	const struct comparison *c = v->c;
	_cleanup_free_ char *name = compare_cell_name(c, row->cell[0]);
	char buf[CELL_SIZE];

	if (!name)
		return -ENOMEM;
	fputs("|", v->out);
	print_cell(v->out, name);
	print_cell(v->out, c->options->metrics.metric[row->metric].name);
	print_cell(v->out, side_text(c, row, DECIDE_BASE, buf, sizeof(buf)));
	print_cell(v->out, side_text(c, row, DECIDE_NEW, buf, sizeof(buf)));
	print_cell(v->out, row_change_text(row, buf, sizeof(buf)));
	if (c->options->metrics.metric[row->metric].kind != METRIC_QUANTILE) {
		fputs("\n", v->out);
		return 0;
	}
	print_cell(v->out, range_text(row, buf, sizeof(buf)));
	print_cell(v->out, huge_text(c, row, buf, sizeof(buf)));
	print_cell(v->out, judged_p_text(row->d, buf, sizeof(buf)));
	fprintf(v->out, " %s |\n", mark[row->d->verdict]);
	return 0;
}

static int print_rows(const struct compare_view *v, size_t s, enum row_choice choice)
{
	const struct comparison *c = v->c;
	bool begun = false;
	int ret = 0;

	for (size_t i = 0; i < c->rows && ret == 0; i++) {
		if (!is_chosen(c, &c->row[i], s, choice))
			continue;
		if (!begun && choice == ROWS_EXPLAINING)
			fprintf(v->out, "\n| subtest | counter | base | new | change |\n"
					"|:--|:--|--:|--:|--:|\n");
		else if (!begun)
			fprintf(v->out,
				"\n| subtest | quantile | base | new | change | %.0f%% interval | huge | p (Holm) | verdict |\n"
				"|:--|:--|--:|--:|--:|--:|--:|--:|:--|\n",
				100 * c->options->decide.level);
		begun = true;
		ret = print_row(v, &c->row[i]);
	}
	return ret;
}

static void print_difference(void *data, const char *path, const char *base,
			     const char *other)
{
	FILE *out = data;

	fputs("- ", out);
	print_escaped(out, path);
	fputs(": ", out);
	print_escaped(out, base);
	fputs(" against ", out);
	print_escaped(out, other);
	fputs("\n", out);
}

static int print_attributions(const struct compare_view *v, size_t s)
{
	static const char *const side[] = { "base", "new" };
	const struct cell *before = NULL;
	const struct comparison *c = v->c;
	char buf[LINE_SIZE];

	if (compare_has_attribution(c, s))
		fprintf(v->out, "\n%s:\n\n", ATTRIBUTION_TITLE);
	for (size_t i = 0; compare_has_attribution(c, s) && i < c->rows; i++) {
		const struct compare_row *row = &c->row[i];
		_cleanup_free_ char *name = NULL;

		if (!is_chosen(c, row, s, ROWS_JUDGED) ||
		    row->cell[DECIDE_BASE] == before)
			continue;
		before = row->cell[DECIDE_BASE];
		name = compare_cell_name(c, before);
		if (!name)
			return -ENOMEM;
		for (int k = 0; k < DECIDE_SIDES; k++) {
			fputs("- ", v->out);
			print_escaped(v->out, name);
			fprintf(v->out, ", %s: ", side[k]);
			print_escaped(v->out, compare_attribution_text(row->cell[k], buf,
								       sizeof(buf)));
			fputs("\n", v->out);
		}
	}
	return 0;
}

static int print_set(const struct compare_view *v, size_t s)
{
	const struct comparison *c = v->c;
	int ret;

	if (c->sets > 2) {
		fputs("\n### ", v->out);
		print_escaped(v->out, c->set[s]->name);
		fputs("\n\n", v->out);
		print_escaped(v->out, c->result[s].sentence);
		fputs("\n", v->out);
	}
	ret = print_rows(v, s, ROWS_JUDGED);
	ret = ret ? ret : print_attributions(v, s);
	fputs("\n<details><summary>Not judged: other subtests, and what may explain it</summary>\n",
	      v->out);
	ret = ret ? ret : print_rows(v, s, ROWS_OTHER_QUANTILES);
	ret = ret ? ret : print_rows(v, s, ROWS_EXPLAINING);
	fputs("\n</details>\n\nEnvironment: ", v->out);
	print_escaped(v->out, c->result[s].environment);
	fputs("\n\n", v->out);
	return ret ? ret : each_difference(c, s, print_difference, v->out);
}

static void print_item(const struct compare_view *v, const char *name, const char *text)
{
	fprintf(v->out, "- %s: ", name);
	print_escaped(v->out, text);
	fputs("\n", v->out);
}

int compare_print_markdown(const struct compare_view *v)
{
	const struct comparison *c = v->c;
	char buf[LINE_SIZE];
	int ret = 0;

	fprintf(v->out, "**%s**: ", overall_text(c->verdict));
	print_escaped(v->out, c->sentence);
	fputs("\n\n", v->out);
	for (size_t s = 0; s < c->sets; s++) {
		fprintf(v->out, "- %s ", s ? "new" : "base");
		print_escaped(v->out, c->set[s]->name);
		fputs(": ", v->out);
		print_escaped(v->out, set_text(c->set[s], buf, sizeof(buf)));
		fputs("\n", v->out);
	}
	print_item(v, "machine", machine_text(c->set[0], buf, sizeof(buf)));
	print_item(v, "setup", setup_text(c, buf, sizeof(buf)));
	print_item(v, "command", v->command);
	for (size_t s = 1; s < c->sets && ret == 0; s++)
		ret = print_set(v, s);
	if (c->warnings.n > 0)
		fputs("\nWarnings:\n\n", v->out);
	for (size_t i = 0; i < c->warnings.n; i++) {
		fputs("- ", v->out);
		print_escaped(v->out, c->warnings.text[i]);
		fputs("\n", v->out);
	}
	return ret;
}
