// SPDX-License-Identifier: MIT
/* A document in each form: what is left out, what breaks, and that text stays text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/render.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"

#define LONG                                                                             \
	"a sentence of many words, which is longer than any line may be, and so has to go on in the next one and the one after that"

static const struct doc_column columns[] = {
	{ .form = FOR_READING, .type = COLUMN_GROUP, .title = "subtest" },
	{ .form = FOR_READING, .type = COLUMN_WORDS, .title = "quantile" },
	{ .form = FOR_PAGE, .type = COLUMN_NAME, .title = "quantile" },
	{ .form = FOR_ALL, .type = COLUMN_NUMBER, .title = "new", .hint = "median" },
	{ .form = FOR_ALL, .type = COLUMN_INTERVAL, .title = "interval" },
	{
		.form = FOR_ALL,
		.type = COLUMN_NUMBER,
		.title = "huge",
	},
	{ .form = FOR_PAGE, .type = COLUMN_FIGURE, .title = "drawn" },
	{ .form = FOR_ALL, .type = COLUMN_VERDICT, .title = "verdict" },
};

#define COLUMNS (sizeof(columns) / sizeof(*columns))

static void add_row(struct doc_table *t, unsigned int form, const char *name,
		    const char *quantile, const char *interval)
{
	doc_row(t, form);
	doc_cell(t, "%s", name);
	doc_cell(t, "%s", quantile);
	doc_cell(t, "%s %s", name, quantile);
	doc_cell(t, "20µs")->hint = xstrdup("20001 ns");
	doc_cell(t, "%s", interval);
	doc_cell(t, "100%%");
	doc_cell(t, "%s", "")->drawn = t;
	doc_cell(t, "worse")->tone = TONE_BAD;
}

/* The table that most tests are about. */
static struct document with_table(const char *name, const char *interval)
{
	struct document d = { .about = ABOUT_JUDGED };
	struct doc_table *t;

	doc_add(&d, BLOCK_HEADING, FOR_TEXT, "Judged");
	t = doc_add_table(&d, FOR_ALL, "caption", columns, COLUMNS);
	add_row(t, FOR_ALL, name, "p50", interval);
	add_row(t, FOR_ALL & ~FOR_MAIL, name, "p90", interval);
	add_row(t, FOR_ALL, "thp-busy", "p50", interval);
	return d;
}

static void draw(void *data, enum figure figure, enum doc_subject about,
		 const void *drawn, size_t set)
{
	static const char *const name[] = { "cell", "axis", "alone", "set" };

	assert_true(figure != FIGURE_IN_CELL || drawn);
	fprintf(data, "{%s %d %zu}", name[figure], (int)about, set);
}

static void begin_set(void *data, size_t set)
{
	fprintf(data, "<section id=\"%zu\">", set);
}

static void end_set(void *data, size_t set)
{
	(void)set;
	fputs("</section>", data);
}

/* @d in one form; frees @d. */
static char *rendered(struct document *d, enum doc_form form)
{
	struct memstream m;
	FILE *out = memstream_open(&m);
	const struct page_hooks hooks = { out, draw, begin_set, end_set };
	const struct look look = { false, TEXT_WIDTH };

	if (form == FOR_TEXT)
		render_text(out, d, &look);
	else if (form == FOR_MAIL)
		render_mail(out, d, &look);
	else if (form == FOR_MARKDOWN)
		render_markdown(out, d, &look);
	else
		render_html(out, d, ABOUT_JUDGED, "changes", &hooks);
	doc_free(d);
	return memstream_close(&m);
}

static void check(struct document d, enum doc_form form, const char *expected)
{
	CLEANUP_FREE char *text = rendered(&d, form);

	assert_string_equal(text, expected);
}

static void test_table(void **state)
{
	(void)state;
	check(with_table("timer-busy", "+1..+2%"), FOR_TEXT,
	      "\nJudged\n"
	      "subtest     quantile   new  interval  huge  verdict\n"
	      "timer-busy  p50       20µs  +1..+2%   100%  worse\n"
	      "            p90       20µs  +1..+2%   100%  worse\n"
	      "thp-busy    p50       20µs  +1..+2%   100%  worse\n");
	check(with_table("timer-busy", "+1..+2%"), FOR_MAIL,
	      "\ntimer-busy\n"
	      "quantile   new  interval  huge  verdict\n"
	      "p50       20us  +1..+2%   100%  worse\n"
	      "\nthp-busy\n"
	      "quantile   new  interval  huge  verdict\n"
	      "p50       20us  +1..+2%   100%  worse\n");
	check(with_table("timer|busy", "+1..+2%"), FOR_MARKDOWN,
	      "\n"
	      "| subtest | quantile | new | interval | huge | verdict |\n"
	      "|:--|:--|--:|--:|--:|:--|\n"
	      "| timer\\|busy | p50 | 20µs | +1..+2% | 100% | **worse** |\n"
	      "| timer\\|busy | p90 | 20µs | +1..+2% | 100% | **worse** |\n"
	      "| thp-busy | p50 | 20µs | +1..+2% | 100% | **worse** |\n");
}

/* A name that is too long for one of them stands above a table of its own, and so do all. */
static void test_names(void **state)
{
	(void)state;
	check(with_table("timer-busy [arena machine]", ""), FOR_MAIL,
	      "\ntimer-busy [arena machine]\n"
	      "quantile   new  interval  huge  verdict\n"
	      "p50       20us            100%  worse\n"
	      "\nthp-busy\n"
	      "quantile   new  interval  huge  verdict\n"
	      "p50       20us            100%  worse\n");
}

/* No table without rows, no heading without anything below. */
static void test_what_says_nothing(void **state)
{
	struct document d = { .about = ABOUT_JUDGED };

	(void)state;
	doc_add(&d, BLOCK_HEADING, FOR_ALL, "One");
	doc_add_table(&d, FOR_ALL, "empty", columns, COLUMNS);
	d.about = ABOUT_POWER;
	doc_add(&d, BLOCK_HEADING, FOR_ALL, "Two");
	doc_add(&d, BLOCK_HEADING, FOR_ALL, "Three");
	doc_add(&d, BLOCK_POINT, FOR_ALL, "there");
	doc_add(&d, BLOCK_HEADING, FOR_ALL, "Four");
	check(d, FOR_TEXT, "\nThree\n- there\n");
}

static void add_long(struct document *d)
{
	doc_add(d, BLOCK_PARAGRAPH, FOR_ALL, "%s", LONG)->lead = xstrdup("worse");
	doc_add(d, BLOCK_KEY, FOR_ALL, "%s", LONG)->lead = xstrdup("machine");
	doc_add(d, BLOCK_ITEM, FOR_ALL, "%s", LONG);
	doc_add(d, BLOCK_POINT, FOR_ALL, "%s µ\u20ac", LONG);
	doc_add(d, BLOCK_CHAPTER, FOR_ALL, "a set");
}

static void check_lines(enum doc_form form, size_t width)
{
	struct document d = { 0 };
	CLEANUP_FREE char *text = NULL;

	add_long(&d);
	text = rendered(&d, form);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		assert_true(text_width(line) <= width);
		assert_true(line[strlen(line) - 1] != ' ');
	}
}

static void test_lines_are_short(void **state)
{
	struct document d = { 0 };
	CLEANUP_FREE char *text = NULL;

	(void)state;
	check_lines(FOR_TEXT, 100);
	check_lines(FOR_MAIL, 72);
	add_long(&d);
	text = rendered(&d, FOR_MAIL);
	for (const char *c = text; *c; c++)
		assert_true((unsigned char)*c < 0x80);
	assert_non_null(strstr(text, "u?"));
}

/* Blocks about other things are not there; what is about a set stands between its marks. */
static void test_page(void **state)
{
	struct document d = { .about = ABOUT_JUDGED, .set = 1 };
	struct doc_table *t;

	(void)state;
	doc_add(&d, BLOCK_PARAGRAPH, FOR_PAGE, "<script>");
	d.set = 2;
	t = doc_add_table(&d, FOR_PAGE, "caption", &columns[5], 3);
	t->axis = true;
	doc_row(t, FOR_PAGE);
	doc_cell(t, "100%%")->hint = xstrdup("\"");
	doc_cell(t, "%s", "")->drawn = t;
	doc_cell(t, "same")->tone = TONE_SAME;
	d.about = ABOUT_POWER;
	doc_add(&d, BLOCK_PARAGRAPH, FOR_PAGE, "elsewhere");
	check(d, FOR_PAGE,
	      "<section id=\"1\"><p class=\"note\"><bdi>&lt;script&gt;</bdi></p>\n</section>"
	      "<section id=\"2\">"
	      "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-labelledby=\"changes-1\">\n"
	      "<table cellpadding=\"4\"><caption id=\"changes-1\" align=\"left\">caption</caption>\n"
	      "<thead><tr align=\"right\"><th scope=\"col\" align=\"left\">huge"
	      "<th scope=\"col\" align=\"left\">drawn<th scope=\"col\" align=\"left\">verdict"
	      "</tr></thead>\n<tbody>\n<tr align=\"right\"><td title=\"&quot;\">100%"
	      "<td align=\"left\">{cell 3 2}<td align=\"left\"><span class=\"verdict same\">same</span>"
	      "\n<tr align=\"right\"><td colspan=\"1\"><td align=\"left\">{axis 3 2}<td colspan=\"1\">"
	      "\n</tbody></table></div>\n</section>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_what_says_nothing),
		cmocka_unit_test(test_lines_are_short),
		cmocka_unit_test(test_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
