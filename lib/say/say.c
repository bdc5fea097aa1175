// SPDX-License-Identifier: MIT
#include "say/say.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "say/attribution.h"
#include "sets/provenance.h"
#include "summary/changes.h"
#include "summary/machines.h"
#include "say/say_answer.h"
#include "say/say_set.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"
#include "system/units.h"

/* From so many sets on, a page has no sentence and no facts of each. */
#define SENTENCES_OF 4
#define FACTS_OF     6
/* Characters of a label that are said. */
#define LABEL_SHOWN 40

/* What this is about, as the title of a page, after @word. */
static void say_title(struct document *d, const struct comparison *c, const char *word,
		      enum doc_tone tone, const char *text)
{
	struct doc_block *b = doc_add(d, BLOCK_TITLE, FOR_PAGE, "%s", text);
	CLEANUP_FREE char *lead = xstrdup(word);

	*lead = (char)toupper((unsigned char)*lead);
	doc_lead(b, lead, tone);
	b->name = c->sets == 2
			  ? xasprintf("%s against %s", c->set[1]->name, c->set[0]->name)
			  : xasprintf("%zu kernels against %s", c->sets - 1,
				      c->set[0]->name);
}

static bool is_proven(enum verdict v)
{
	return v == VERDICT_WORSE || v == VERDICT_BETTER || v == VERDICT_MIXED;
}

char *say_line(const struct comparison *c)
{
	CLEANUP(text_list_free) struct text_list parts = { 0 };
	CLEANUP_FREE char *headline = changes_headline(c, true);
	CLEANUP_FREE char *units = say_units(c);
	struct memstream m;
	FILE *out = memstream_open(&m);

	provenance_parts(&parts, c->set, c->sets);
	fprintf(out, "pinlat: %s: %s", overall_text(c->verdict), headline);
	if (units)
		fprintf(out, "; %s", units);
	for (size_t i = 0; i < parts.n; i++)
		if (provenance_is_caution(parts.text[i]))
			fprintf(out, "; %s", parts.text[i]);
	return memstream_close(&m);
}

/*
 * The answer. A page and a mail begin with the headline. They have the sentence where nothing is
 * proven, since it says what to do; else a page has it beside the numbers.
 */
static void say_verdict(struct document *d, const struct comparison *c)
{
	const char *word = overall_text(c->verdict);
	CLEANUP_FREE char *headline = changes_headline(c, true);
	CLEANUP_FREE char *title = changes_headline(c, false);
	bool proven = is_proven(c->verdict), same = strcmp(headline, c->sentence) == 0;

	say_title(d, c, word, tone_of(c->verdict), title);
	doc_add(d, BLOCK_PARAGRAPH, FOR_MAIL, "pinlat: %s: %s", word, headline);
	if (!proven && !same)
		doc_add(d, BLOCK_PARAGRAPH, FOR_MAIL | FOR_PAGE, "%s", c->sentence);
	doc_lead(doc_add(d, BLOCK_PARAGRAPH, FOR_TEXT | FOR_MARKDOWN, "%s", c->sentence),
		 word, tone_of(c->verdict));
	d->about = ABOUT_JUDGED;
	if (proven && !same)
		doc_add(d, BLOCK_PARAGRAPH, FOR_PAGE, "%s", c->sentence);
	for (size_t s = 1; c->sets > 2 && s < c->sets; s++) {
		const struct compare_result *of = &c->result[s];

		doc_lead(doc_add(d, BLOCK_ITEM,
				 c->sets <= SENTENCES_OF ? FOR_TEXT | FOR_PAGE : FOR_TEXT,
				 "%s", of->sentence),
			 overall_text(of->verdict), tone_of(of->verdict));
	}
	d->about = ABOUT_VERDICT;
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
		say_title(
			d, c, "not compared", TONE_NONE,
			"these kernels may not be compared, so they only stand side by side");
		say_list(d, FOR_PAGE, &c->refusals);
		return;
	}
	for (size_t i = 0; i < c->sets; i++)
		runs += set_runs(c->set[i], NULL);
	doc_add(d, BLOCK_TITLE, FOR_PAGE, "%zu valid run%s of %zu subtest%s", runs,
		PLURAL(runs), s->subtests, PLURAL(s->subtests))
		->name =
		c->sets == 1 ? xstrdup(c->set[0]->name) : xasprintf("%zu sets", c->sets);
	doc_add(d, BLOCK_PARAGRAPH, FOR_PAGE, "What was measured; nothing is compared.");
}

static void say_where(struct document *d, const struct comparison *c)
{
	CLEANUP_FREE char *where = provenance_of_sets(c->set, c->sets);

	doc_add(d, BLOCK_WHERE, FOR_READING, "Measured on: %s", where);
}

static struct doc_block *say_key(struct document *d, unsigned int form, const char *key,
				 const char *text)
{
	struct doc_block *b = doc_add(d, BLOCK_KEY, form, "%s", text);

	doc_lead(b, key, TONE_NONE);
	return b;
}

/* "6.1.0 (preempt voluntary), 48 of 50 runs valid, 1 boot" */
static char *set_words(const struct set *set)
{
	size_t runs = set->records - set->duplicates;
	char kernel[LINE_SIZE], valid[32] = "";

	kernel_text(set, "unknown kernel", kernel, sizeof(kernel));
	if (set->invalid.n > 0)
		snprintf(valid, sizeof(valid), "%zu of ", runs - set->invalid.n);
	return xasprintf("%s, %s%zu run%s%s, %zu boot%s", kernel, valid, runs,
			 PLURAL(runs), set->invalid.n > 0 ? " valid" : "", set->boot.n,
			 PLURAL(set->boot.n));
}

/* "20s a run, as scheduled, thp at one every 5ms": of the base's runs. */
static char *setup_words(const struct comparison *c)
{
	const struct record_config *config = NULL;
	const struct record_config *thp = NULL;
	char duration[32], pace[32] = "";

	for (size_t i = 0; i < c->rows; i++) {
		const struct record_config *of_row = &c->row[i].cell[DECIDE_BASE]->config;

		if (!config || c->row[i].d->primary)
			config = of_row;
		if (metric_is_of_faults(compare_metric(c, &c->row[i])))
			thp = of_row;
	}
	if (thp && !c->options->woken)
		pace_text(thp, pace, sizeof(pace));
	if (!config)
		return xstrdup("");
	return xasprintf("%s a run, %s%s%s",
			 format_duration(config->duration_ns, duration, sizeof(duration)),
			 c->options->woken ? "as woken" : "as scheduled",
			 *pace ? ", thp at one every " : "", pace);
}

/* "2026-01-31 10:00 to 11:30": when the first and the last run of @set began. */
static void say_times(struct doc_table *t, const struct set *set)
{
	struct set_times times = set_times(set);
	char from[40], to[40];

	time_text(times.first, from, sizeof(from));
	time_text(times.last, to, sizeof(to));
	if (strcmp(from, to) == 0)
		doc_cell(t, "%s", from);
	else
		doc_cell(t, "%s to %s", from, strncmp(from, to, 11) == 0 ? to + 11 : to);
}

static void say_set_row(struct doc_table *t, const struct set *set, size_t s,
			const char *link)
{
	size_t runs = set->records - set->duplicates;
	/* the label as it is: the name of a set is cut, and plain */
	bool whole =
		strcmp(set->name, set->label) == 0 || strlen(set->label) > LABEL_SHOWN;

	doc_set_row(t, whole ? set->label : set->name, s);
	doc_cell(t, "%s", set_fact(set, "kernel.release"));
	doc_cell(t, "%s", set_fact(set, "kernel.preempt"));
	if (set->invalid.n > 0)
		doc_cell(t, "%zu of %zu", runs - set->invalid.n, runs);
	else
		doc_cell(t, "%zu", runs);
	doc_cell(t, "%zu", set->boot.n);
	say_times(t, set);
	doc_cell(t, "%s", set->shown_path)->link = link;
}

static void say_sets_table(struct document *d, const struct saying *s)
{
	static const struct doc_column columns[] = {
		PAGE_COLUMN(COLUMN_SET, "set",
			    .hint = "the label that the runs were given"),
		PAGE_COLUMN(COLUMN_WORDS, "kernel"),
		PAGE_COLUMN(COLUMN_WORDS, "preempt", .hint = "its preemption model"),
		PAGE_COLUMN(COLUMN_NUMBER, "valid runs"),
		PAGE_COLUMN(COLUMN_NUMBER, "boots"),
		PAGE_COLUMN(COLUMN_WORDS, "measured (UTC)"),
		PAGE_COLUMN(COLUMN_WORDS, "records"),
	};
	const struct comparison *c = s->c;
	unsigned int fold = c->sets > SETS_DRAWN ? FOR_PAGE : 0;
	CLEANUP_FREE char *base = s->compared ? compare_base_text(c) : NULL;
	CLEANUP_FREE char *caption =
		base ? xasprintf("The base is %s; the others are compared with it.", base)
		     : xstrdup("What was measured.");
	struct doc_table *t;

	doc_add(d, BLOCK_FOLD, fold, "All %zu sets", c->sets);
	t = doc_table(d, FOR_PAGE, caption, columns);
	for (size_t i = 0; i < c->sets; i++)
		say_set_row(t, c->set[i], i, s->link ? s->link[i] : NULL);
	doc_add(d, BLOCK_FOLD_END, fold, "%s", "");
}

/* What the quantiles of a page are of; of thp they are of time, and depend on the pace. */
static void say_samples(struct document *d, const struct comparison *c)
{
	const struct record_config *thp = NULL;
	CLEANUP_FREE char *text = NULL;
	char pace[32];

	for (size_t i = 0; i < c->sets; i++)
		for (size_t k = 0; k < c->set[i]->cells && !thp; k++)
			if (strncmp(c->set[i]->cell[k].subtest, "thp-", 4) == 0)
				thp = &c->set[i]->cell[k].config;
	if (c->options->woken)
		text = xstrdup(
			"as woken: wake-ups that happened, as cyclictest counts them");
	else if (thp && *pace_text(thp, pace, sizeof(pace)))
		text = xasprintf(
			"as scheduled: every planned instant, also those that fell into a stall; those of thp, planned every %s on each CPU, are percentiles of time",
			pace);
	else
		text = xstrdup(
			"as scheduled: every planned instant, also those that fell into a stall");
	say_key(d, FOR_PAGE, "samples", text);
}

/* What @set was measured on. */
static void say_machine(struct document *d, unsigned int form, const struct set *set)
{
	CLEANUP_FREE char *names = machines_names(set);
	char buf[LINE_SIZE];

	machine_text(set, buf, sizeof(buf));
	if (set->machines > 1)
		doc_lead(doc_add(d, BLOCK_KEY, form, "%zu (%s), the first: %s",
				 set->machines, names, buf),
			 "machines", TONE_NONE);
	else
		say_key(d, form, "machine", buf);
}

static void say_sets(struct document *d, const struct saying *s)
{
	const struct comparison *c = s->c;

	d->about = ABOUT_SETS;
	say_sets_table(d, s);
	for (size_t i = 0; i < c->sets; i++) {
		CLEANUP_FREE char *words = set_words(c->set[i]);

		say_key(d, FOR_TEXT | FOR_MARKDOWN, i ? "new" : "base", words)->name =
			i ? xstrdup(c->set[i]->name) : compare_base_text(c);
	}
	if (c->sets > 0)
		say_machine(d, FOR_ALL & ~FOR_MAIL, c->set[0]);
	if (s->compared) {
		CLEANUP_FREE char *words = setup_words(c);

		say_key(d, FOR_ALL & ~FOR_MAIL, "setup", words);
	}
	if (s->command)
		say_key(d, FOR_MARKDOWN, "command", s->command);
	say_samples(d, c);
}

/* What a mail ends with: the kernels, the machine, and how to get the same from the records. */
static void say_mail_end(struct document *d, const struct saying *s)
{
	const struct comparison *c = s->c;
	char buf[LINE_SIZE], first[LINE_SIZE];
	bool alike = !say_names_are_long(c), numbered = !alike;

	d->about = ABOUT_SETS;
	kernel_text(c->set[0], "unknown kernel", first, sizeof(first));
	for (size_t i = 1; i < c->sets; i++)
		alike &= strcmp(first, kernel_text(c->set[i], "unknown kernel", buf,
						   sizeof(buf))) == 0;
	for (size_t i = 0; i < c->sets && (i == 0 || !alike); i++) {
		const char *text =
			kernel_text(c->set[i], "unknown kernel", buf, sizeof(buf));
		char key[16];

		snprintf(key, sizeof(key),
			 !numbered ? "kernel"
			 : i == 0  ? "base"
				   : "new %zu",
			 i);
		say_key(d, FOR_MAIL, key, text)->name =
			alike ? NULL : xstrdup(c->set[i]->name);
	}
	say_machine(d, FOR_MAIL, c->set[0]);
	if (s->command)
		say_key(d, FOR_MAIL, "command", s->command);
}

static void say_overview(struct document *d, const struct comparison *c)
{
	static const struct doc_column columns[] = {
		PAGE_COLUMN(COLUMN_SET, "set"),
		PAGE_COLUMN(COLUMN_VERDICT, "verdict"),
		PAGE_COLUMN(COLUMN_NUMBER, "worse", .hint = "judged numbers"),
		PAGE_COLUMN(COLUMN_NUMBER, "better"),
		PAGE_COLUMN(COLUMN_NUMBER, "same"),
		PAGE_COLUMN(COLUMN_NUMBER, "unclear"),
		PAGE_COLUMN(COLUMN_WORDS, "in words"),
	};
	struct doc_table *t =
		doc_table(d, FOR_PAGE, "Each set against the base", columns);

	for (size_t s = 1; c->sets > 2 && s < c->sets; s++) {
		doc_set_row(t, c->set[s]->name, s);
		doc_cell(t, "%s", verdict_name(c->result[s].verdict))->tone =
			tone_of(c->result[s].verdict);
		doc_cell(t, "%zu", compare_count(c, s, VERDICT_WORSE));
		doc_cell(t, "%zu", compare_count(c, s, VERDICT_BETTER));
		doc_cell(t, "%zu", compare_count(c, s, VERDICT_SAME));
		doc_cell(t, "%zu", compare_count(c, s, VERDICT_UNCLEAR));
		doc_cell(t, "%s", c->result[s].sentence);
	}
}

/* What the tables of judged numbers of a page say that is not plain. */
static void say_page_legend(struct document *d, const struct comparison *c)
{
	const struct decide_options *o = &c->options->decide;
	CLEANUP_FREE char *pair = say_pair(c);
	char margin[40];

	d->about = ABOUT_JUDGED;
	doc_add(d, BLOCK_PARAGRAPH, FOR_PAGE,
		"Change: %s; pp: percentage points. p and the interval (the line) are after Holm's correction for %zu numbers; the band is the margin%s. Worse or better: p is at most %.3g. Of huge pages, requests and walker, less is worse. Same: the change's %.0f%% interval lies within the margin, and there are enough %s to exclude that some are bad. Unclear: neither.",
		pair, c->primary, margin_text(c, margin, sizeof(margin)), o->alpha,
		100 * (1 - 2 * o->alpha), units_name(c, 1));
}

static void say_facts(struct document *d, const struct set *set)
{
	static const struct doc_column columns[] = { PAGE_COLUMN(COLUMN_NAME, "fact"),
						     PAGE_COLUMN(COLUMN_LONG, "value") };
	unsigned int form = set->facts.n > 0 ? FOR_PAGE : 0;
	struct doc_table *t;

	doc_add(d, BLOCK_FOLD, form, "All facts of %s", set->name);
	t = doc_table(d, form, "As in the first record that has them", columns);
	for (size_t i = 0; i < set->facts.n; i++) {
		doc_row(t, form);
		doc_cell(t, "%s", set->facts.fact[i].path);
		doc_cell(t, "%s", set->facts.fact[i].text);
	}
	doc_add(d, BLOCK_FOLD_END, form, "%s", "");
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

static void add_tag(struct document *d, bool caution, const char *text)
{
	doc_add(d, BLOCK_TAG, FOR_PAGE, "%s", text)->tone =
		caution ? TONE_UNKNOWN : TONE_NONE;
}

static void tag_comparison(struct document *d, const struct comparison *c)
{
	const char *environment = say_common_environment(c);
	CLEANUP_FREE char *units = say_units(c);

	if (units)
		add_tag(d, strstr(units, "NOT") || strstr(units, "ONE"), units);
	if (c->view)
		return;
	if (!environment)
		add_tag(d, true, "environments differ");
	else
		add_tag(d, strcmp(environment, "only the kernel differs") != 0,
			environment);
}

/* How far to trust a page: mock, machine, engine; of a comparison also boots, differences. */
static void say_tags(struct document *d, const struct comparison *c, bool compared)
{
	CLEANUP(text_list_free) struct text_list parts = { 0 };
	size_t runs = 0, invalid = 0;
	char text[64];

	provenance_parts(&parts, c->set, c->sets);
	for (size_t i = 0; i < parts.n; i++)
		add_tag(d, provenance_is_caution(parts.text[i]), parts.text[i]);
	if (compared)
		tag_comparison(d, c);
	for (size_t s = 0; s < c->sets; s++) {
		runs += c->set[s]->records - c->set[s]->duplicates;
		invalid += c->set[s]->invalid.n;
	}
	snprintf(text, sizeof(text), "%zu of %zu runs valid", runs - invalid, runs);
	add_tag(d, false, text);
}

void say(struct document *d, const struct saying *s)
{
	const struct comparison *c = s->c;

	*d = (struct document){ .about = ABOUT_VERDICT };
	say_where(d, c);
	if (s->compared)
		say_verdict(d, c);
	else
		say_no_verdict(d, s);
	say_tags(d, c, s->compared);
	if (s->compared) {
		say_measured(d, c);
		say_kernels(d, c);
	}
	say_sets(d, s);
	if (s->compared) {
		d->about = ABOUT_OTHER;
		doc_add(d, BLOCK_PARAGRAPH, c->sets > SETS_DRAWN ? 0 : FOR_PAGE,
			"For information: these numbers get no verdict, and some will differ by chance.");
		d->about = c->sets > KERNELS_ON_PAGE ? ABOUT_KERNELS : ABOUT_JUDGED;
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
	if (s->compared)
		say_page_legend(d, c);
	d->about = ABOUT_ENVIRONMENT;
	for (size_t i = 0; i < c->sets && c->sets <= FACTS_OF; i++)
		say_facts(d, c->set[i]);
	say_warnings(d, c);
	if (s->compared)
		say_mail_end(d, s);
}
