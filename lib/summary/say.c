// SPDX-License-Identifier: MIT
#include "summary/say.h"

#include <stdlib.h>
#include <string.h>

#include "summary/attribution.h"
#include "summary/say_tables.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"

/* From so many sets on, a page has no sentence and no facts of each. */
#define SENTENCES_OF 4
#define FACTS_OF     6

static const char attribution_title[] =
	"Where the time of the slow samples went (the largest hundredth)";

/* What this is about, as the title of a page, after @word. */
static void say_title(struct document *d, const struct comparison *c, const char *word,
		      enum doc_tone tone)
{
	struct doc_block *b;

	if (c->sets == 2)
		b = doc_add(d, BLOCK_TITLE, FOR_PAGE, word, "%s against %s",
			    c->set[1]->name, c->set[0]->name);
	else
		b = doc_add(d, BLOCK_TITLE, FOR_PAGE, word, "%zu sets against %s",
			    c->sets - 1, c->set[0]->name);
	b->tone = tone;
}

static void say_verdict(struct document *d, const struct comparison *c)
{
	const char *word = overall_text(c->verdict);

	say_title(d, c, word, tone_of(c->verdict));
	doc_add(d, BLOCK_PARAGRAPH, FOR_MAIL, NULL, "pinlat: %s", word);
	doc_add(d, BLOCK_PARAGRAPH, FOR_MAIL | FOR_PAGE, NULL, "%s", c->sentence);
	doc_add(d, BLOCK_PARAGRAPH, FOR_TEXT | FOR_MARKDOWN, word, "%s", c->sentence)
		->tone = tone_of(c->verdict);
	for (size_t s = 1; c->sets > 2 && s < c->sets; s++) {
		const struct compare_result *of = &c->result[s];

		doc_add(d, BLOCK_PARAGRAPH, FOR_MAIL, NULL, "%s", of->sentence);
		doc_add(d, BLOCK_ITEM, FOR_TEXT, NULL, "%s", of->sentence);
		if (c->sets <= SENTENCES_OF)
			doc_add(d, BLOCK_ITEM, FOR_PAGE, overall_text(of->verdict), "%s",
				of->sentence)
				->tone = tone_of(of->verdict);
	}
}

static void say_list(struct document *d, unsigned int form, const struct text_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		doc_add(d, BLOCK_POINT, form, NULL, "%s", list->text[i]);
}

/* Why nothing is compared, or that it was not asked for. */
static void say_no_verdict(struct document *d, const struct saying *s)
{
	const struct comparison *c = s->c;
	struct doc_block *title;
	size_t runs = 0;

	if (c->refusals.n > 0 && c->sets > 1) {
		say_title(d, c, "not compared", TONE_NONE);
		doc_add(d, BLOCK_PARAGRAPH, FOR_PAGE, NULL,
			"Nothing is judged; the sets stand side by side:");
		say_list(d, FOR_PAGE, &c->refusals);
		return;
	}
	for (size_t i = 0; i < c->sets; i++)
		for (size_t j = 0; j < c->set[i]->cells; j++)
			runs += c->set[i]->cell[j].runs;
	title = doc_add(d, BLOCK_TITLE, FOR_PAGE, NULL,
			"%zu valid run%s of %zu subtest%s", runs, PLURAL(runs),
			s->subtests, PLURAL(s->subtests));
	title->name =
		c->sets == 1 ? xstrdup(c->set[0]->name) : xasprintf("%zu sets", c->sets);
	doc_add(d, BLOCK_PARAGRAPH, FOR_PAGE, NULL,
		"What was measured; nothing is compared.");
}

static void tag_machine(struct text_list *tags, const struct set *set)
{
	_cleanup_free_ char *hypervisor = text_plain(set_fact(set, "hypervisor"), 40);
	_cleanup_free_ char *tag = NULL;

	if (strcmp(set_fact(set, "virtual"), "true") == 0)
		tag = xasprintf("virtual machine%s%s%s%s", *hypervisor ? " (" : "",
				hypervisor, *hypervisor ? ")" : "",
				strncmp(hypervisor, "qemu", 4) == 0
					? ": emulated, trust ratios alone"
					: ": trust ratios, not microseconds");
	else if (set->facts.n == 0)
		tag = xstrdup("machine unknown");
	if (tag && !text_list_has(tags, tag))
		text_list_add(tags, "%s", tag);
}

static void tag_engines(struct text_list *tags, const struct set *set)
{
	for (size_t i = 0; i < set->cells; i++) {
		_cleanup_free_ char *engine = text_plain(set->cell[i].config.engine, 20);
		_cleanup_free_ char *tag = xasprintf(
			"engine %s%s", engine,
			strcmp(engine, "uring") == 0 ? ": io_uring, no GPU" : "");

		if (*engine && !text_list_has(tags, tag))
			text_list_add(tags, "%s", tag);
	}
}

/* What no reader may overlook: numbers of a virtual machine, or without a GPU. */
static void say_tags(struct document *d, const struct comparison *c)
{
	_cleanup_(text_list_free) struct text_list tags = { 0 };

	for (size_t s = 0; s < c->sets; s++) {
		tag_machine(&tags, c->set[s]);
		tag_engines(&tags, c->set[s]);
	}
	for (size_t i = 0; i < tags.n; i++)
		doc_add(d, BLOCK_TAG, FOR_PAGE, NULL, "%s", tags.text[i]);
}

static void say_sets(struct document *d, const struct saying *s)
{
	const struct comparison *c = s->c;
	char buf[LINE_SIZE];

	doc_about(d, ABOUT_SETS, 0);
	say_sets_table(d, s);
	for (size_t i = 0; i < c->sets; i++)
		doc_add(d, BLOCK_KEY, FOR_READING, i ? "new" : "base", "%s",
			set_text(c->set[i], buf, sizeof(buf)))
			->name = xstrdup(c->set[i]->name);
	if (c->sets > 0)
		doc_add(d, BLOCK_KEY, FOR_ALL, "machine", "%s",
			machine_text(c->set[0], buf, sizeof(buf)));
	if (s->compared)
		doc_add(d, BLOCK_KEY, FOR_ALL, "setup", "%s",
			setup_text(c, buf, sizeof(buf)));
	if (s->command)
		doc_add(d, BLOCK_KEY, FOR_MAIL | FOR_MARKDOWN, "command", "%s",
			s->command);
	doc_add(d, BLOCK_KEY, FOR_PAGE, "samples", "%s",
		c->options->woken
			? "as woken: wake-ups that happened, as cyclictest counts them"
			: "as scheduled: every planned instant, also those that fell into a stall");
}

/* Some row of set @s that cannot be significant, or NULL. */
static const struct decide_row *find_hopeless(const struct comparison *c, size_t s)
{
	for (size_t i = 0; i < c->rows; i++)
		if (c->row[i].set == s && c->row[i].d->hopeless)
			return c->row[i].d;
	return NULL;
}

/* " of 5%", where one margin holds for all rows. */
static const char *margin_text(const struct comparison *c, char *buf, size_t size)
{
	if (c->options->thresholds)
		*buf = '\0';
	else
		snprintf(buf, size, " of %.3g%%", 100 * c->options->margin);
	return buf;
}

/* What the table of judged rows of set @set says that is not plain. */
static void say_legend(struct document *d, const struct comparison *c, size_t set)
{
	const struct decide_options *o = &c->options->decide;
	const struct decide_row *hopeless = find_hopeless(c, set);
	char margin[40];

	doc_add(d, BLOCK_PARAGRAPH, FOR_TEXT | FOR_MAIL, NULL,
		"change: median over all pairs of %s; p: after Holm, %zu rows, alpha %.3g%%; same: %.0f%% interval within the margin%s",
		units_name(c, set), c->primary, 100 * o->alpha, 100 * (1 - 2 * o->alpha),
		margin_text(c, margin, sizeof(margin)));
	if (hopeless && hopeless->least > 0)
		doc_add(d, BLOCK_PARAGRAPH, FOR_TEXT | FOR_MAIL, NULL,
			"n<%zu: so few %s cannot be significant among %zu rows, %zu a side can",
			hopeless->least, units_name(c, set), c->primary, hopeless->least);
}

/* The same, once for the tables of all sets. */
static void say_page_legend(struct document *d, const struct comparison *c)
{
	const struct decide_options *o = &c->options->decide;
	char margin[40];

	doc_about(d, ABOUT_JUDGED, 0);
	doc_add(d, BLOCK_PARAGRAPH, FOR_PAGE, NULL,
		"Change: median over all pairs of %s. The line is its %.0f%% interval, the band the margin%s. p: after Holm's correction for %zu rows. Worse or better: p is at most %.3g. Same: the change's %.0f%% interval lies within the margin. Unclear: neither.",
		units_name(c, 1), 100 * o->level, margin_text(c, margin, sizeof(margin)),
		c->primary, o->alpha, 100 * (1 - 2 * o->alpha));
}

static void say_judged(struct document *d, const struct saying *s, size_t set)
{
	doc_about(d, ABOUT_JUDGED, set);
	if (!compare_is_set_judged(s->c, set))
		return;
	doc_add(d, BLOCK_HEADING, FOR_TEXT, NULL, "Judged");
	say_rows(d, s, set, ROWS_JUDGED, "Judged: quantiles of the runs");
	say_legend(d, s->c, set);
}

static void say_attribution(struct document *d, const struct comparison *c, size_t set)
{
	static const char *const side[] = { "base", "new" };
	const struct cell *before = NULL;
	char buf[LINE_SIZE];

	doc_about(d, ABOUT_ATTRIBUTION, set);
	if (!compare_has_attribution(c, set))
		return;
	doc_add(d, BLOCK_HEADING, FOR_READING, NULL, "%s", attribution_title);
	for (size_t i = 0; i < c->rows; i++) {
		const struct compare_row *row = &c->row[i];

		if (!is_chosen(c, row, set, ROWS_JUDGED) ||
		    row->cell[DECIDE_BASE] == before)
			continue;
		before = row->cell[DECIDE_BASE];
		for (int k = 0; k < DECIDE_SIDES; k++)
			doc_add(d, BLOCK_ENTRY, FOR_READING, side[k], "%s",
				compare_attribution_text(row->cell[k], buf, sizeof(buf)))
				->name = compare_cell_name(c, before);
	}
}

/* What is not judged. */
static void say_rest(struct document *d, const struct saying *s, size_t set)
{
	doc_add(d, BLOCK_FOLD, FOR_MARKDOWN, NULL,
		"Not judged: other subtests, and what may explain it");
	doc_about(d, ABOUT_OTHER, set);
	if (has_rows(s, set, ROWS_OTHER_QUANTILES, FOR_ALL)) {
		doc_add(d, BLOCK_HEADING, FOR_TEXT, NULL, "Not judged, for information");
		say_rows(d, s, set, ROWS_OTHER_QUANTILES, "Quantiles of the runs");
	}
	doc_about(d, ABOUT_COUNTERS, set);
	if (has_rows(s, set, ROWS_EXPLAINING, FOR_MAIL))
		doc_add(d, BLOCK_HEADING, FOR_MAIL, NULL,
			"What may explain it (medians; what moved by less than 1%% is left out)");
	if (has_rows(s, set, ROWS_EXPLAINING, FOR_ALL)) {
		doc_add(d, BLOCK_HEADING, FOR_TEXT, NULL,
			"What may explain it (medians, not judged)");
		say_rows(d, s, set, ROWS_EXPLAINING,
			 "Medians of the judged subtests' runs, not judged themselves");
	}
	doc_add(d, BLOCK_FOLD_END, FOR_MARKDOWN, NULL, "%s", "");
}

static void say_difference(void *data, const char *path, const char *base,
			   const char *other)
{
	doc_add(data, BLOCK_ITEM, FOR_READING, NULL, "%s: %s against %s", path, base,
		other);
}

static void say_environment(struct document *d, const struct saying *s, size_t set)
{
	const char *environment = s->c->result[set].environment;

	doc_about(d, ABOUT_ENVIRONMENT, set);
	if (s->compared) {
		doc_add(d, BLOCK_HEADING, FOR_TEXT, NULL, "Environment");
		doc_add(d, BLOCK_PARAGRAPH, FOR_TEXT | FOR_PAGE, NULL, "%s", environment);
		doc_add(d, BLOCK_PARAGRAPH, FOR_MAIL | FOR_MARKDOWN, "Environment", "%s",
			environment);
	}
	each_difference(s->c, set, say_difference, d);
	say_differences_table(d, s->c, set);
}

static void say_power(struct document *d, const struct saying *s, size_t set)
{
	const struct comparison *c = s->c;

	doc_about(d, ABOUT_POWER, set);
	if (!compare_is_set_judged(c, set))
		return;
	doc_add(d, BLOCK_HEADING, FOR_TEXT, NULL,
		"What these %s could have shown, with a power of %.0f%%",
		units_name(c, set), 100 * c->options->decide.power);
	say_power_table(d, s, set);
	if (*c->result[set].advice)
		doc_add(d, BLOCK_PARAGRAPH, FOR_TEXT | FOR_PAGE, NULL, "%s",
			c->result[set].advice);
}

/* All about one new set. */
static void say_set(struct document *d, const struct saying *s, size_t set)
{
	const struct comparison *c = s->c;
	const char *name = c->set[set]->name;

	doc_about(d, ABOUT_VERDICT, set);
	if (c->sets > 2) {
		doc_add(d, BLOCK_CHAPTER, FOR_TEXT | FOR_MARKDOWN, NULL, "%s", name);
		doc_add(d, BLOCK_CHAPTER, FOR_MAIL, NULL, "%s against %s", name,
			c->set[0]->name);
		doc_add(d, BLOCK_PARAGRAPH, FOR_MARKDOWN, NULL, "%s",
			c->result[set].sentence);
	}
	say_judged(d, s, set);
	say_attribution(d, c, set);
	say_rest(d, s, set);
	say_environment(d, s, set);
	say_power(d, s, set);
}

static void say_warnings(struct document *d, const struct comparison *c)
{
	static const struct text_list none;
	const struct text_list *problems = c->problems ? c->problems : &none;

	doc_about(d, ABOUT_WARNINGS, 0);
	if (c->warnings.n > 0) {
		doc_add(d, BLOCK_HEADING, FOR_TEXT | FOR_MARKDOWN, NULL, "Warnings");
		doc_add(d, BLOCK_HEADING, FOR_MAIL, NULL, "%s", "");
	}
	if (c->warnings.n > 0 || problems->n > 0)
		doc_add(d, BLOCK_HEADING, FOR_PAGE, NULL, "What to know");
	say_list(d, FOR_ALL, &c->warnings);
	if (problems->n > 0)
		doc_add(d, BLOCK_PARAGRAPH, FOR_PAGE, NULL,
			"Left out, since it could not be read:");
	say_list(d, FOR_PAGE, problems);
}

/* What a page has of all sets together. */
static void say_page(struct document *d, const struct saying *s)
{
	const struct comparison *c = s->c;

	if (s->compared)
		say_page_legend(d, c);
	doc_about(d, ABOUT_ATTRIBUTION, 0);
	say_attribution_table(d, s);
	doc_about(d, ABOUT_ENVIRONMENT, 0);
	for (size_t i = 0; i < c->sets && c->sets <= FACTS_OF; i++)
		say_facts_table(d, c->set[i]);
}

void say(struct document *d, const struct saying *s)
{
	const struct comparison *c = s->c;

	*d = (struct document){ 0 };
	doc_about(d, ABOUT_VERDICT, 0);
	if (s->compared)
		say_verdict(d, c);
	else
		say_no_verdict(d, s);
	say_tags(d, c);
	say_sets(d, s);
	doc_about(d, ABOUT_JUDGED, 0);
	if (s->compared && c->sets > 2)
		say_overview(d, c);
	doc_about(d, ABOUT_OTHER, 0);
	if (s->compared)
		doc_add(d, BLOCK_PARAGRAPH, FOR_PAGE, NULL,
			"For information: what is looked at beside the judged rows will now and then differ by chance.");
	for (size_t i = 1; i < c->sets; i++) {
		if (s->compared)
			say_set(d, s, i);
		else
			say_environment(d, s, i);
	}
	say_page(d, s);
	say_warnings(d, c);
}
