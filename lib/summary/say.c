// SPDX-License-Identifier: MIT
#include "summary/say.h"

#include <string.h>

#include "summary/attribution.h"
#include "summary/say_tables.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"
#include "system/units.h"

/* From so many sets on, a page has no sentence and no facts of each. */
#define SENTENCES_OF 4
#define FACTS_OF     6

/* Gives @b a word before its text. */
static void lead(struct doc_block *b, const char *word, enum doc_tone tone)
{
	b->lead = xstrdup(word);
	b->tone = tone;
}

/* What this is about, as the title of a page, after @word. */
static void say_title(struct document *d, const struct comparison *c, const char *word,
		      enum doc_tone tone)
{
	CLEANUP_FREE char *sets = c->sets == 2 ? xstrdup(c->set[1]->name)
					       : xasprintf("%zu sets", c->sets - 1);

	lead(doc_add(d, BLOCK_TITLE, FOR_PAGE, "%s against %s", sets, c->set[0]->name),
	     word, tone);
}

static void say_verdict(struct document *d, const struct comparison *c)
{
	const char *word = overall_text(c->verdict);

	say_title(d, c, word, tone_of(c->verdict));
	doc_add(d, BLOCK_PARAGRAPH, FOR_MAIL, "pinlat: %s", word);
	doc_add(d, BLOCK_PARAGRAPH, FOR_MAIL | FOR_PAGE, "%s", c->sentence);
	lead(doc_add(d, BLOCK_PARAGRAPH, FOR_TEXT | FOR_MARKDOWN, "%s", c->sentence),
	     word, tone_of(c->verdict));
	for (size_t s = 1; c->sets > 2 && s < c->sets; s++) {
		const struct compare_result *of = &c->result[s];

		doc_add(d, BLOCK_PARAGRAPH, FOR_MAIL, "%s", of->sentence);
		lead(doc_add(d, BLOCK_ITEM,
			     c->sets <= SENTENCES_OF ? FOR_TEXT | FOR_PAGE : FOR_TEXT,
			     "%s", of->sentence),
		     overall_text(of->verdict), tone_of(of->verdict));
	}
}

static void say_list(struct document *d, unsigned int form, const struct text_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		doc_add(d, BLOCK_POINT, form, "%s", list->text[i]);
}

/* Why nothing is compared, or that it was not asked for. */
static void say_no_verdict(struct document *d, const struct saying *s)
{
	const struct comparison *c = s->c;
	size_t runs = 0;

	if (c->refusals.n > 0 && c->sets > 1) {
		say_title(d, c, "not compared", TONE_NONE);
		doc_add(d, BLOCK_PARAGRAPH, FOR_PAGE,
			"Nothing is judged; the sets stand side by side:");
		say_list(d, FOR_PAGE, &c->refusals);
		return;
	}
	for (size_t i = 0; i < c->sets; i++)
		for (size_t j = 0; j < c->set[i]->cells; j++)
			runs += c->set[i]->cell[j].runs;
	doc_add(d, BLOCK_TITLE, FOR_PAGE, "%zu valid run%s of %zu subtest%s", runs,
		PLURAL(runs), s->subtests, PLURAL(s->subtests))
		->name =
		c->sets == 1 ? xstrdup(c->set[0]->name) : xasprintf("%zu sets", c->sets);
	doc_add(d, BLOCK_PARAGRAPH, FOR_PAGE, "What was measured; nothing is compared.");
}

static void tag_machine(struct text_list *tags, const struct set *set)
{
	CLEANUP_FREE char *hypervisor = text_plain(set_fact(set, "hypervisor"), 40);
	bool emulated = strncmp(hypervisor, "qemu", 4) == 0;

	if (strcmp(set_fact(set, "virtual"), "true") == 0)
		text_list_add(tags, "virtual machine%s%s%s: %s", *hypervisor ? " (" : "",
			      hypervisor, *hypervisor ? ")" : "",
			      emulated ? "emulated, trust ratios alone"
				       : "trust ratios, not microseconds");
	else if (set->facts.n == 0)
		text_list_add(tags, "machine unknown");
}

static void tag_engines(struct text_list *tags, const struct set *set)
{
	for (size_t i = 0; i < set->cells; i++) {
		CLEANUP_FREE char *engine = text_plain(set->cell[i].config.engine, 20);

		if (*engine)
			text_list_add(tags, "engine %s%s", engine,
				      strcmp(engine, "uring") ? ""
							      : ": io_uring, no GPU");
	}
}

/* What no reader may overlook: numbers of a virtual machine, or without a GPU. */
static void say_tags(struct document *d, const struct comparison *c)
{
	CLEANUP(text_list_free) struct text_list tags = { 0 };

	for (size_t s = 0; s < c->sets; s++) {
		tag_machine(&tags, c->set[s]);
		tag_engines(&tags, c->set[s]);
	}
	for (size_t i = 0; i < tags.n; i++) {
		const struct text_list before = { i, tags.text };

		if (!text_list_has(&before, tags.text[i]))
			doc_add(d, BLOCK_TAG, FOR_PAGE, "%s", tags.text[i]);
	}
}

static struct doc_block *say_key(struct document *d, unsigned int form, const char *key,
				 const char *text)
{
	struct doc_block *b = doc_add(d, BLOCK_KEY, form, "%s", text);

	lead(b, key, TONE_NONE);
	return b;
}

/* "6.1.0 (preempt voluntary), 48 of 50 runs valid, 1 boot" */
static char *set_words(const struct set *set)
{
	CLEANUP_FREE char *release =
		text_plain(set_fact(set, "kernel.release"), FACT_SHOWN);
	CLEANUP_FREE char *preempt =
		text_plain(set_fact(set, "kernel.preempt"), FACT_SHOWN);
	size_t runs = set->records - set->duplicates;
	char valid[32] = "";

	if (set->invalid.n > 0)
		snprintf(valid, sizeof(valid), "%zu of ", runs - set->invalid.n);
	return xasprintf("%s%s%s%s, %s%zu run%s%s, %zu boot%s",
			 *release ? release : "unknown kernel",
			 *preempt ? " (preempt " : "", preempt, *preempt ? ")" : "",
			 valid, runs, PLURAL(runs), set->invalid.n > 0 ? " valid" : "",
			 set->boot.n, PLURAL(set->boot.n));
}

/* "arena cgroup:2G, engine uring, 20s a run, as scheduled": of the base's runs. */
static char *setup_words(const struct comparison *c)
{
	const struct record_config *config = NULL;
	CLEANUP_FREE char *arena = NULL, *engine = NULL;
	const char *of = "none";
	char duration[32];

	for (size_t i = 0; i < c->rows; i++) {
		const struct record_config *of_row = &c->row[i].cell[DECIDE_BASE]->config;

		if (!config || c->row[i].d->primary)
			config = of_row;
		of = *of_row->engine ? of_row->engine : of;
	}
	if (!config)
		return xstrdup("");
	arena = text_plain(*config->arena ? config->arena : "unknown", FACT_SHOWN);
	engine = text_plain(of, FACT_SHOWN);
	return xasprintf("arena %s, engine %s, %s a run, %s", arena, engine,
			 format_duration(config->duration_ns, duration, sizeof(duration)),
			 c->options->woken ? "as woken" : "as scheduled");
}

static void say_sets(struct document *d, const struct saying *s)
{
	const struct comparison *c = s->c;
	char buf[LINE_SIZE];

	d->about = ABOUT_SETS;
	say_sets_table(d, s);
	for (size_t i = 0; i < c->sets; i++) {
		CLEANUP_FREE char *words = set_words(c->set[i]);

		say_key(d, FOR_READING, i ? "new" : "base", words)->name =
			xstrdup(c->set[i]->name);
	}
	if (c->sets > 0)
		say_key(d, FOR_ALL, "machine", machine_text(c->set[0], buf, sizeof(buf)));
	if (s->compared) {
		CLEANUP_FREE char *words = setup_words(c);

		say_key(d, FOR_ALL, "setup", words);
	}
	if (s->command)
		say_key(d, FOR_MAIL | FOR_MARKDOWN, "command", s->command);
	say_key(d, FOR_PAGE, "samples",
		c->options->woken
			? "as woken: wake-ups that happened, as cyclictest counts them"
			: "as scheduled: every planned instant, also those that fell into a stall");
}

/* What a table of judged rows says that is not plain: of set @set, or of all on a page (0). */
static void say_legend(struct document *d, const struct comparison *c, size_t set)
{
	const struct decide_options *o = &c->options->decide;
	const char *units = units_name(c, set ? set : 1);
	const struct compare_row *row = NULL;
	char margin[40] = "";

	if (!c->options->thresholds)
		snprintf(margin, sizeof(margin), " of %.3g%%", 100 * c->options->margin);
	if (set == 0) {
		doc_add(d, BLOCK_PARAGRAPH, FOR_PAGE,
			"Change: median over all pairs of %s. The line is its %.0f%% interval, the band the margin%s. p: after Holm's correction for %zu rows. Worse or better: p is at most %.3g. Same: the change's %.0f%% interval lies within the margin. Unclear: neither.",
			units, 100 * o->level, margin, c->primary, o->alpha,
			100 * (1 - 2 * o->alpha));
		return;
	}
	doc_add(d, BLOCK_PARAGRAPH, FOR_TEXT | FOR_MAIL,
		"change: median over all pairs of %s; p: after Holm, %zu rows, alpha %.3g%%; same: %.0f%% interval within the margin%s",
		units, c->primary, 100 * o->alpha, 100 * (1 - 2 * o->alpha), margin);
	while ((row = compare_next_judged(c, set, row)))
		if (row->d->hopeless)
			break;
	if (row && row->d->least > 0)
		doc_add(d, BLOCK_PARAGRAPH, FOR_TEXT | FOR_MAIL,
			"n<%zu: so few %s cannot be significant among %zu rows, %zu a side can",
			row->d->least, units, c->primary, row->d->least);
}

/* What the parts of a page about all sets begin with. */
static void begin_attribution(struct document *d)
{
	size_t set = d->set;

	for (size_t i = 0; i < d->n; i++)
		if (d->block[i].about == ABOUT_ATTRIBUTION && d->block[i].form & FOR_PAGE)
			return;
	d->set = 0;
	doc_add(d, BLOCK_PARAGRAPH, FOR_PAGE,
		"Of the largest hundredth of each run's samples, as the kernel accounts for it. What is waited for in a delay is the delay's; what no source accounts for is unexplained. A timer sleeps until it is woken: what lies before that, and its way back from the kernel, is unexplained.");
	doc_add(d, BLOCK_FIGURE, FOR_PAGE, "%s", "");
	d->set = set;
}

/* Where the time of the slow samples of set @set and of the base went. */
static void say_attribution(struct document *d, const struct comparison *c, size_t set)
{
	static const char *const side[] = { "base", "new" };
	const struct cell *before = NULL;
	struct doc_table *t;
	char buf[LINE_SIZE];

	d->about = ABOUT_ATTRIBUTION;
	if (!compare_has_attribution(c, set))
		return;
	begin_attribution(d);
	t = say_attribution_table(d);
	doc_add(d, BLOCK_HEADING, FOR_READING,
		"Where the time of the slow samples went (the largest hundredth)");
	for (const struct compare_row *row = NULL;
	     (row = compare_next_judged(c, set, row));) {
		for (int k = 0; row->cell[0] != before && k < DECIDE_SIDES; k++) {
			lead(doc_add(d, BLOCK_ENTRY, FOR_READING, "%s",
				     compare_attribution_text(row->cell[k], buf,
							      sizeof(buf))),
			     side[k], TONE_NONE);
			d->block[d->n - 1].name = compare_cell_name(c, row->cell[0]);
			say_attributed(t, c, k ? set : 0, row->cell[k]);
		}
		before = row->cell[0];
	}
}

/* The same of all cells, where nothing is compared. */
static void say_attributions(struct document *d, const struct comparison *c)
{
	struct compare_attribution a;
	struct doc_table *t = NULL;

	d->about = ABOUT_ATTRIBUTION;
	for (size_t s = 0; s < c->sets; s++) {
		for (size_t i = 0; i < c->set[s]->cells; i++) {
			if (compare_attribution(&c->set[s]->cell[i], &a) == 0)
				continue;
			begin_attribution(d);
			t = t ? t : say_attribution_table(d);
			say_attributed(t, c, s, &c->set[s]->cell[i]);
		}
	}
}

static void say_environment(struct document *d, const struct saying *s, size_t set)
{
	const char *environment = s->c->result[set].environment;

	d->about = ABOUT_ENVIRONMENT;
	if (s->compared) {
		doc_add(d, BLOCK_HEADING, FOR_TEXT, "Environment");
		doc_add(d, BLOCK_PARAGRAPH, FOR_TEXT | FOR_PAGE, "%s", environment);
		lead(doc_add(d, BLOCK_PARAGRAPH, FOR_MAIL | FOR_MARKDOWN, "%s",
			     environment),
		     "Environment", TONE_NONE);
	}
	say_differences(d, s->c, set);
}

/* All about new set @set. */
static void say_set(struct document *d, const struct saying *s, size_t set)
{
	const struct comparison *c = s->c;

	d->about = ABOUT_VERDICT;
	if (c->sets > 2) {
		doc_add(d, BLOCK_CHAPTER, FOR_TEXT | FOR_MARKDOWN, "%s",
			c->set[set]->name);
		doc_add(d, BLOCK_CHAPTER, FOR_MAIL, "%s against %s", c->set[set]->name,
			c->set[0]->name);
		doc_add(d, BLOCK_PARAGRAPH, FOR_MARKDOWN, "%s", c->result[set].sentence);
	}
	d->about = ABOUT_JUDGED;
	doc_add(d, BLOCK_HEADING, FOR_TEXT, "Judged");
	say_rows(d, s, ROWS_JUDGED, "Judged: quantiles of the runs");
	if (compare_is_set_judged(c, set))
		say_legend(d, c, set);
	say_attribution(d, c, set);
	doc_add(d, BLOCK_FOLD, FOR_MARKDOWN,
		"Not judged: other subtests, and what may explain it");
	d->about = ABOUT_OTHER;
	doc_add(d, BLOCK_HEADING, FOR_TEXT, "Not judged, for information");
	say_rows(d, s, ROWS_OTHER_QUANTILES, "Quantiles of the runs");
	d->about = ABOUT_COUNTERS;
	doc_add(d, BLOCK_HEADING, FOR_TEXT, "What may explain it (medians, not judged)");
	doc_add(d, BLOCK_HEADING, FOR_MAIL,
		"What may explain it (medians; what moved by less than 1%% is left out)");
	say_rows(d, s, ROWS_EXPLAINING,
		 "Medians of the judged subtests' runs, not judged themselves");
	doc_add(d, BLOCK_FOLD_END, FOR_MARKDOWN, "%s", "");
	say_environment(d, s, set);
	d->about = ABOUT_POWER;
	doc_add(d, BLOCK_HEADING, FOR_TEXT,
		"What these %s could have shown, with a power of %.0f%%",
		units_name(c, set), 100 * c->options->decide.power);
	say_power(d, s);
	if (*c->result[set].advice)
		doc_add(d, BLOCK_PARAGRAPH, FOR_TEXT | FOR_PAGE, "%s",
			c->result[set].advice);
}

static void say_warnings(struct document *d, const struct comparison *c)
{
	static const struct text_list none;
	const struct text_list *problems = c->problems ? c->problems : &none;

	d->about = ABOUT_WARNINGS;
	doc_add(d, BLOCK_HEADING, FOR_TEXT | FOR_MARKDOWN, "Warnings");
	doc_add(d, BLOCK_HEADING, FOR_MAIL, "%s", "");
	doc_add(d, BLOCK_HEADING, FOR_PAGE, "What to know");
	say_list(d, FOR_ALL, &c->warnings);
	if (problems->n > 0)
		doc_add(d, BLOCK_PARAGRAPH, FOR_PAGE,
			"Left out, since it could not be read:");
	say_list(d, FOR_PAGE, problems);
}

void say(struct document *d, const struct saying *s)
{
	const struct comparison *c = s->c;

	*d = (struct document){ .about = ABOUT_VERDICT };
	if (s->compared)
		say_verdict(d, c);
	else
		say_no_verdict(d, s);
	say_tags(d, c);
	say_sets(d, s);
	if (s->compared) {
		d->about = ABOUT_OTHER;
		doc_add(d, BLOCK_PARAGRAPH, FOR_PAGE,
			"For information: what is looked at beside the judged rows will now and then differ by chance.");
		d->about = ABOUT_JUDGED;
		say_overview(d, c);
	} else {
		say_attributions(d, c);
	}
	for (d->set = 1; d->set < c->sets; d->set++) {
		if (s->compared)
			say_set(d, s, d->set);
		else
			say_environment(d, s, d->set);
	}
	d->set = 0;
	d->about = ABOUT_JUDGED;
	if (s->compared)
		say_legend(d, c, 0);
	d->about = ABOUT_ENVIRONMENT;
	for (size_t i = 0; i < c->sets && c->sets <= FACTS_OF; i++)
		say_facts(d, c->set[i]);
	say_warnings(d, c);
}
