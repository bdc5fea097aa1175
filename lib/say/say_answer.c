// SPDX-License-Identifier: MIT
#include "say/say_answer.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "say/attribution.h"
#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"
#include "system/units.h"

/* So many new kernels, with such names, fit beside the base into the width of a mail. */
#define MAIL_NEW  2
#define NAME_MOST 15

/* The units of the judged rows: the least and the most of a side, and whether all took turns. */
struct units {
	size_t least, most;
	bool in_turn;
};

static struct units find_units(const struct comparison *c)
{
	struct units u = { 0, 0, true };

	for (const struct compare_row *row = NULL;
	     (row = compare_next_judged(c, 0, row));) {
		for (int side = 0; side < DECIDE_SIDES; side++) {
			size_t n = row->d->side[side].n;

			u.least = u.most > 0 ? MIN(u.least, n) : n;
			u.most = MAX(u.most, n);
		}
		u.in_turn &= row->d->in_rounds;
	}
	return u;
}

char *say_units(const struct comparison *c)
{
	const struct compare_row *row = compare_next_judged(c, 0, NULL);
	struct units u = find_units(c);
	const char *turns = u.in_turn ? "in turn" : "NOT in turn";
	const char *of = c->view ? "load" : "kernel";

	if (!row)
		return NULL;
	if (row->d->unit == UNIT_ONE_BOOT)
		return xasprintf("ONE BOOT of each kernel, %zu runs", u.most);
	if (u.least < u.most)
		return xasprintf("%zu to %zu %s of each %s, %s", u.least, u.most,
				 units_name(c, row->set), of, turns);
	return xasprintf("%zu %s of each %s, %s", u.most, units_name(c, row->set), of,
			 turns);
}

const char *say_common_environment(const struct comparison *c)
{
	for (size_t s = 2; s < c->sets; s++)
		if (strcmp(c->result[s].environment, c->result[1].environment) != 0)
			return NULL;
	return c->result[1].environment;
}

/* The first judged cell of @probe, or NULL. */
static const struct cell *judged_cell(const struct comparison *c, const char *probe)
{
	for (const struct compare_row *row = NULL;
	     (row = compare_next_judged(c, 0, row));)
		if (strncmp(row->cell[0]->subtest, probe, strlen(probe)) == 0)
			return row->cell[DECIDE_NEW];
	return NULL;
}

/* "440M of 737M", of what is filled before the window. */
static const char *fill_text(const struct comparison *c, const struct cell *cell,
			     char *buf, size_t size)
{
	const char *total = set_fact(c->set[0], "memory.total");
	const char *arena = strchr(cell->config.arena, ':');
	char fill[32], all[32] = "";

	if (arena)
		snprintf(all, sizeof(all), "%s", arena + 1);
	else if (*total)
		format_size(strtoull(total, NULL, 10), all, sizeof(all));
	format_size(cell->config.fill_bytes, fill, sizeof(fill));
	snprintf(buf, size, "%s%s%s", fill, *all ? " of " : "", all);
	return buf;
}

/* What the new side's memory and device do. */
static void tell_load(FILE *out, const struct comparison *c, const struct cell *cell)
{
	const char *subtest = c->view ? c->set[1]->name : cell->subtest;
	const char *load = strchr(subtest, '-'), *device = plain_device(cell);
	const char *began =
		load && strcmp(load, "-idle") != 0 && strcmp(load, "-base") != 0 ? load
										 : "";
	char fill[64] = "memory", walker[64];

	if (cell->config.fill_bytes > 0)
		fill_text(c, cell, fill, sizeof(fill));
	load = load ? load : "";
	if (c->view)
		fprintf(out, " Meanwhile %s of memory is filled: %s, against %s", fill,
			plain_load(cell, subtest), plain_load(cell, c->set[0]->name));
	else if (strcmp(load, "-busy") == 0)
		fprintf(out, " Meanwhile a busy %s holds %s pinned", device, fill);
	else if (strcmp(load, "-pinned") == 0)
		fprintf(out, " Meanwhile a quiet %s holds %s pinned", device, fill);
	else if (strcmp(load, "-locked") == 0)
		fprintf(out, " Meanwhile %s is mlocked", fill);
	snprintf(walker, sizeof(walker), "%.*s", (int)strcspn(cell->config.walker, ":"),
		 cell->config.walker);
	if (*walker && strcmp(walker, "none") != 0)
		fprintf(out, "%s the walker (%s) fills the page cache",
			c->view	 ? ";"
			: *began ? " and"
				 : " Meanwhile",
			walker);
	fputc('.', out);
}

static void tell_measured(FILE *out, const struct comparison *c)
{
	const struct cell *thp = judged_cell(c, "thp"), *timer = judged_cell(c, "timer");
	const struct cell *pageout = judged_cell(c, "pageout");
	const struct cell *cell = thp ? thp : timer ? timer : pageout;
	const char *environment = say_common_environment(c);
	CLEANUP_FREE char *units = say_units(c);
	char text[32];

	if (thp && *pace_text(&thp->config, text, sizeof(text)))
		fprintf(out, " Fault: first touch of a 2 MiB page, one per %s and CPU.",
			text);
	else if (thp)
		fputs(" Fault: first touch of a 2 MiB page.", out);
	if (timer)
		fputs(" Timer: wake-up of a SCHED_FIFO task.", out);
	if (pageout)
		fputs(" Reclaim: of one page that the device uses.", out);
	if (!cell)
		return;
	tell_load(out, c, cell);
	fprintf(out, " %c%s; %s a run%s%s.", toupper((unsigned char)*units), units + 1,
		format_duration(cell->config.duration_ns, text, sizeof(text)),
		environment && !c->view ? "; " : "",
		environment && !c->view ? environment : "");
}

void say_measured(struct document *d, const struct comparison *c)
{
	CLEANUP_FREE char *text = NULL;
	struct memstream m;

	tell_measured(memstream_open(&m), c);
	text = memstream_close(&m);
	if (*text)
		doc_add(d, BLOCK_PARAGRAPH, FOR_MAIL | FOR_PAGE, "%s", text + 1);
}

/* A judged number, by one of the rows that are about it. */
struct numbers {
	size_t n;
	const struct compare_row **row; /* owned */
};

/* Where @row stands: faults, what else is timed, work. */
static int place_of(const struct comparison *c, const struct compare_row *row)
{
	if (metric_is_work(compare_metric(c, row)))
		return 2;
	return strncmp(row->cell[0]->subtest, "thp", 3) == 0 ? 0 : 1;
}

/* The row of new set @s that is about the same as @row of another one, or NULL. */
static const struct compare_row *same_row(const struct comparison *c, size_t s,
					  const struct compare_row *row)
{
	for (const struct compare_row *other = NULL;
	     (other = compare_next_row(c, s, other));)
		if (other->cell[DECIDE_BASE] == row->cell[DECIDE_BASE] &&
		    other->metric == row->metric)
			return other;
	return NULL;
}

/* Whether something of the load of @row is judged. */
static bool is_under_judged_load(const struct comparison *c,
				 const struct compare_row *row)
{
	const char *dash = strchr(row->cell[0]->subtest, '-');

	for (const struct compare_row *judged = NULL;
	     (judged = compare_next_judged(c, row->set, judged));) {
		const char *other = strchr(judged->cell[0]->subtest, '-');

		if (strcmp(dash ? dash : "", other ? other : "") == 0)
			return true;
	}
	return false;
}

static void add_number(struct numbers *numbers, const struct compare_row *row)
{
	for (size_t i = 0; i < numbers->n; i++)
		if (numbers->row[i]->cell[DECIDE_BASE] == row->cell[DECIDE_BASE] &&
		    numbers->row[i]->metric == row->metric)
			return;
	numbers->row[numbers->n++] = row;
}

/* The judged ones; with @more also percentiles as scheduled under the same load, of a mail. */
static struct numbers find_numbers(const struct comparison *c, bool more)
{
	struct numbers numbers = { 0, xcalloc(c->rows + 1, sizeof(*numbers.row)) };

	for (int place = 0; place < 6; place++)
		for (const struct compare_row *row = NULL;
		     (row = compare_next_row(c, 0, row));)
			if (place_of(c, row) == place / 2 &&
			    row->d->primary == (place % 2 == 0) &&
			    (row->d->primary ||
			     (more && is_chosen(c, row, ROWS_OTHER_QUANTILES) &&
			      is_under_judged_load(c, row))))
				add_number(&numbers, row);
	return numbers;
}

static char mark_of(enum verdict v)
{
	return v == VERDICT_WORSE || v == VERDICT_BETTER ? '*'
	       : v == VERDICT_SAME			 ? '='
	       : v == VERDICT_UNCLEAR			 ? '?'
							 : ' ';
}

/* What @row has in its new set; "-" where it has none. */
static void say_new(struct doc_table *t, const struct comparison *c,
		    const struct compare_row *row, enum doc_form form)
{
	char value[CELL_SIZE], change[CELL_SIZE];
	struct doc_cell *cell;
	enum verdict v;

	if (!row) {
		doc_cell(t, "-");
		return;
	}
	v = row->d->verdict;
	side_text(c, row, DECIDE_NEW, value, sizeof(value));
	row_change_text(c, row, change, sizeof(change));
	if (isinf(row->d->median[DECIDE_NEW]))
		snprintf(change, sizeof(change), "%s", form == FOR_MAIL ? "-" : "");
	if (form == FOR_MAIL) {
		doc_cell(t, "%s%c %7s", value, mark_of(v), change);
		return;
	}
	cell = doc_cell(t, "%s", value);
	cell->tone = v == VERDICT_WORSE || v == VERDICT_BETTER ? tone_of(v) : TONE_NONE;
	if (v == VERDICT_UNCLEAR)
		cell->below = xasprintf("%s?", change);
	else
		cell->below = xasprintf("%s%s%s", change,
					*change && v != VERDICT_NONE ? " " : "",
					v == VERDICT_NONE ? "" : verdict_name(v));
}

/* Whether @row counts faults that a stall delayed, beside one that counts those that were made. */
static bool is_planned(const struct comparison *c, const struct compare_row *row)
{
	return !row->d->primary && !c->options->woken &&
	       strncmp(row->cell[0]->subtest, "thp", 3) == 0;
}

/* "Fault p99" */
static void mail_name(const struct comparison *c, const struct compare_row *row,
		      char *buf, size_t size)
{
	const struct metric *m = compare_metric(c, row);
	const char *probe = row->cell[0]->subtest;
	const char *word = strncmp(probe, "thp", 3) == 0     ? "Fault"
			   : strncmp(probe, "timer", 5) == 0 ? "Timer"
							     : "Reclaim";
	char words[CELL_SIZE];

	metric_words(m, words, sizeof(words));
	if (m->kind == METRIC_REQUESTS)
		snprintf(buf, size, "%s requests", plain_device(row->cell[0]));
	else if (metric_is_work(m) || m->kind == METRIC_FAULT_TIME)
		snprintf(buf, size, "%s", words);
	else if (m->kind == METRIC_FAULT_QUANTILE || m->kind == METRIC_FAULT_MEAN)
		snprintf(buf, size, "%s %.*s", word, (int)strcspn(words, " "), words);
	else if (m->kind == METRIC_STALLS)
		snprintf(buf, size, "%s %s", word, words + strlen("stalls "));
	else
		snprintf(buf, size, "%s %s%s", word, words,
			 is_planned(c, row) ? " planned" : "");
}

/* Whether two numbers of a mail would have one name. */
static bool is_ambiguous(const struct comparison *c, const struct numbers *numbers)
{
	char a[CELL_SIZE], b[CELL_SIZE];

	for (size_t i = 0; i < numbers->n; i++) {
		mail_name(c, numbers->row[i], a, sizeof(a));
		for (size_t k = 0; k < i; k++) {
			mail_name(c, numbers->row[k], b, sizeof(b));
			if (strcmp(a, b) == 0)
				return true;
		}
	}
	return false;
}

/* The title above the rows of the page that begin with @row. */
static void say_group(struct doc_table *t, const struct comparison *c,
		      const struct compare_row *row)
{
	const struct cell *cell = row->cell[DECIDE_NEW];
	char words[CELL_SIZE + 40];
	CLEANUP_FREE char *title = NULL;

	plain_subtest(cell, words, sizeof(words));
	if (metric_is_work(compare_metric(c, row)))
		title = xstrdup("Work done meanwhile: more is better");
	else
		title = xasprintf("%s: less is better", words);
	doc_group(t, title);
}

static bool begins_group(const struct comparison *c, const struct numbers *numbers,
			 size_t i)
{
	const struct compare_row *row = numbers->row[i],
				 *before = i > 0 ? numbers->row[i - 1] : NULL;

	return !before || place_of(c, before) != place_of(c, row) ||
	       before->cell[DECIDE_BASE] != row->cell[DECIDE_BASE];
}

static void say_name(struct doc_table *t, const struct comparison *c,
		     const struct compare_row *row, enum doc_form form, bool full)
{
	const struct metric *m = compare_metric(c, row);
	char words[CELL_SIZE], plain[CELL_SIZE + 40];
	CLEANUP_FREE char *name = compare_cell_name(c, row->cell[DECIDE_BASE]);
	struct doc_cell *cell;

	metric_words(m, words, sizeof(words));
	if (full) {
		doc_cell(t, "%s", name);
		doc_cell(t, "%s", words);
	} else if (form == FOR_MAIL) {
		mail_name(c, row, plain, sizeof(plain));
		doc_cell(t, "%s", plain);
	} else {
		cell = doc_cell(t, "%s",
				plain_number(row->cell[0], m, plain, sizeof(plain)));
		cell->below = xasprintf("%s %s", name, words);
	}
}

/* Of the slow samples of @cell, the share that cause @cause took; "-" if that is not recorded. */
static void say_share(struct doc_table *t, const struct cell *cell, int cause)
{
	struct compare_attribution a;

	if (compare_attribution(cell, &a) == 0 || a.slow.total_ns == 0)
		doc_cell(t, "-");
	else
		doc_cell(t, "%.0f%%",
			 100 * (double)a.slow.cause_ns[cause] / (double)a.slow.total_ns);
}

/* The cause that took the most of one kernel's slow samples; CAUSES: none is recorded. */
static int find_cause(const struct comparison *c, const struct compare_row *row)
{
	int found = CAUSES;
	double most = 0;

	for (size_t s = 1; s < c->sets; s++) {
		const struct compare_row *of = same_row(c, s, row);

		for (int side = 0; of && side < DECIDE_SIDES; side++) {
			struct compare_attribution a;

			if (compare_attribution(of->cell[side], &a) == 0 ||
			    a.slow.total_ns == 0)
				continue;
			for (int i = 0; i < CAUSES; i++) {
				double share = (double)a.slow.cause_ns[i] /
					       (double)a.slow.total_ns;

				if (share <= most)
					continue;
				most = share;
				found = i;
			}
		}
	}
	return found;
}

/* Where the slowest hundredth of what the first number is about waited. */
static void say_cause(struct doc_table *t, const struct comparison *c, enum doc_form form,
		      const struct compare_row *row, size_t from, size_t to)
{
	CLEANUP_FREE char *title =
		xasprintf("Of the slowest 1%% of the %s, time spent in",
			  plain_many(row->cell[0]->subtest));
	int cause = find_cause(c, row);

	if (cause == CAUSES)
		return;
	if (form == FOR_PAGE)
		doc_group(t, title);
	doc_row(t, form);
	doc_cell(t, form == FOR_PAGE ? "%s" : "slow 1%%: %s", attribution_words(cause));
	say_share(t, row->cell[DECIDE_BASE], cause);
	for (size_t s = from; s < to; s++) {
		const struct compare_row *of = same_row(c, s, row);

		if (of)
			say_share(t, of->cell[DECIDE_NEW], cause);
		else
			doc_cell(t, "-");
	}
	if (t->cells < t->columns)
		doc_cell(t, "%s", "");
}

bool say_names_are_long(const struct comparison *c)
{
	for (size_t s = 0; s < c->sets; s++)
		if (text_width(c->set[s]->name) > NAME_MOST)
			return true;
	return false;
}

/* The title of the column of set @s: its name, or where names are long which it is. */
static void name_column(const struct comparison *c, size_t s, enum doc_form form,
			char *title, size_t size)
{
	const char *load = c->view ? plain_load(c->set[s]->cell, c->set[s]->name) : "";

	if (form == FOR_MAIL && say_names_are_long(c))
		snprintf(title, size, s == 0 ? "base" : "new %zu", s);
	else if (form == FOR_PAGE)
		snprintf(title, size, "%s%s", *load ? load : c->set[s]->name,
			 s > 0	   ? ""
			 : c->view ? " (control)"
				   : " (base)");
	else
		snprintf(title, size, "%s", c->set[s]->name);
}

/* Whether a judged cell has no value because its runs were too slow for one. */
static bool has_too_slow(const struct comparison *c)
{
	for (const struct compare_row *row = NULL;
	     (row = compare_next_judged(c, 0, row));)
		if (isinf(row->d->median[0]) || isinf(row->d->median[1]))
			return true;
	return false;
}

char *say_pair(const struct comparison *c)
{
	return xasprintf("that of the median pair of %s, not of the medians",
			 units_name(c, 1));
}

/* What the last table says that is not plain: of a page its caption, of a mail a paragraph. */
static void say_legend(struct document *d, const struct comparison *c, enum doc_form form)
{
	CLEANUP_FREE char *base = compare_base_text(c), *pair = say_pair(c);
	struct doc_block *table = &d->block[d->n - 1];
	const char *slow = has_too_slow(c) ? " too slow: too few faults made." : "";
	double alpha = c->options->decide.alpha;

	if (form == FOR_MAIL) {
		doc_add(d, BLOCK_PARAGRAPH, FOR_MAIL,
			"Medians. Change against %s: %s. *: proven (p <= %.3g, Holm, %zu numbers). ?: unclear. =: same. No mark: not judged. /min: a CPU-minute. planned: with faults that a stall delayed. slow 1%%: of their time. %s Less is better; of huge pages, requests, walker more is.",
			base, pair, alpha, c->primary,
			c->sets > 2 ? "-: unknown." : "interval: after Holm too.");
		return;
	}
	free(table->text);
	table->text = xasprintf(
		"Medians; below each the change against %s: %s. worse, better: proven (p at most %.3g after Holm's correction for %zu numbers). same: proven to be within its margin. ?: unclear. -: unknown.%s",
		base, pair, alpha, c->primary, slow);
}

/* The base and new sets @from up to @to. */
static void say_table(struct document *d, const struct comparison *c,
		      const struct numbers *numbers, enum doc_form form, size_t from,
		      size_t to)
{
	struct doc_column column[KERNELS_ON_PAGE + 4] = {
		DOC_COLUMN(form, COLUMN_NAME, form == FOR_PAGE ? "number" : ""),
	};
	bool full = form == FOR_MAIL && is_ambiguous(c, numbers);
	bool interval = form == FOR_MAIL && c->sets == 2;
	struct doc_table *t;
	char buf[CELL_SIZE];
	size_t n = 1;

	if (full) {
		column[0].type = COLUMN_GROUP;
		column[n++] = (struct doc_column)DOC_COLUMN(form, COLUMN_WORDS, "");
	}
	for (size_t s = 0; s < to; s++) {
		if (s > 0 && s < from)
			continue;
		column[n] = (struct doc_column)DOC_COLUMN(form, COLUMN_NUMBER, "");
		name_column(c, s, form, column[n].named, sizeof(column[n].named));
		n++;
	}
	if (interval)
		column[n++] =
			(struct doc_column)DOC_COLUMN(form, COLUMN_INTERVAL, "interval");
	t = doc_add_table(d, form, "", column, n);
	if (form == FOR_PAGE)
		say_legend(d, c, form);
	for (size_t i = 0; i < numbers->n; i++) {
		const struct compare_row *row = numbers->row[i];

		if (form == FOR_PAGE && begins_group(c, numbers, i))
			say_group(t, c, row);
		doc_row(t, form);
		say_name(t, c, row, form, full);
		doc_cell(t, "%s", side_text(c, row, DECIDE_BASE, buf, sizeof(buf)));
		for (size_t s = from; s < to; s++)
			say_new(t, c, same_row(c, s, row), form);
		if (interval)
			doc_cell(t, "%s", range_text(row, buf, sizeof(buf)));
	}
	if (!full)
		say_cause(t, c, form, numbers->row[0], from, to);
}

void say_kernels(struct document *d, const struct comparison *c)
{
	struct numbers judged = find_numbers(c, false), all = find_numbers(c, true);

	d->about = ABOUT_KERNELS;
	if (judged.n > 0) {
		if (c->sets <= KERNELS_ON_PAGE)
			say_table(d, c, &judged, FOR_PAGE, 1, c->sets);
		for (size_t s = 1; s < c->sets; s += MAIL_NEW)
			say_table(d, c, &all, FOR_MAIL, s, MIN(s + MAIL_NEW, c->sets));
		say_legend(d, c, FOR_MAIL);
	}
	d->about = ABOUT_VERDICT;
	free(judged.row);
	free(all.row);
}
