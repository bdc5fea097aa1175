// SPDX-License-Identifier: MIT
/* The verdicts in words, and what to do next. */
#include "summary/sentence.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "stats/ranktest.h"
#include "summary/changes.h"
#include "summary/machines.h"
#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"

/* No family needs more boots. */
#define BOOTS_MAX 100
/* So many changes are named in a sentence, the largest ones. */
#define CHANGES_NAMED 3
/* More sets of one verdict are not all named in a sentence: there is a row of each. */
#define SETS_NAMED 4

/* The reason that stands before all others: what it asks for, the others need too. */
static const enum decide_reason first_reason[] = {
	REASON_ONE_BOOT, REASON_FEW_BOOTS, REASON_FEW,	REASON_ORDER, REASON_EMPTY,
	REASON_ZEROS,	 REASON_SPREAD,	   REASON_TAIL, REASON_OPEN,
};

/* What the rows of one new set that have the same reason say together. */
struct unclear {
	enum decide_reason reason;
	size_t rows;		/* that have it */
	size_t n[DECIDE_SIDES]; /* units, of the row that has fewest */
	size_t least;		/* units a side that all of them need; 0: not known */
	bool never;		/* no number of units would do */
	bool bad;		/* units far off the others were seen */
};

static void add_row(struct unclear *u, const struct decide_row *d)
{
	size_t least = u->reason == REASON_OPEN	  ? d->needed
		       : u->reason == REASON_TAIL ? d->same_least
						  : d->least;

	for (int side = 0; side < DECIDE_SIDES; side++) {
		size_t n = d->side[side].n;

		u->n[side] = u->rows > 0 ? MIN(u->n[side], n) : n;
		u->bad |= d->bad[side] > 0;
	}
	u->never |= least == 0;
	u->least = MAX(u->least, least);
	u->rows++;
}

/* Why @d has no verdict whatever its values are. */
static enum decide_reason hindrance_of(const struct comparison *c,
				       const struct decide_row *d)
{
	switch (d->reason) {
	case REASON_ONE_BOOT:
	case REASON_FEW_BOOTS:
	case REASON_EMPTY:
	case REASON_ZEROS:
		return d->reason;
	default:
		if (d->hopeless)
			return REASON_FEW;
		return d->in_rounds || c->options->allow[REFUSE_ORDER] ||
				       d->unit == UNIT_ONE_BOOT
			       ? REASON_NONE
			       : REASON_ORDER;
	}
}

/* Whether no row of set @s can have a verdict: then more of the same will not help. */
static bool is_hindered(const struct comparison *c, size_t s)
{
	for (const struct compare_row *row = NULL;
	     (row = compare_next_judged(c, s, row));)
		if (hindrance_of(c, row->d) == REASON_NONE)
			return false;
	return true;
}

static struct unclear find_unclear(const struct comparison *c, size_t s)
{
	bool hindered = is_hindered(c, s);
	struct unclear u = { 0 };

	for (size_t i = 0;
	     i < sizeof(first_reason) / sizeof(*first_reason) && u.rows == 0; i++) {
		u.reason = first_reason[i];
		for (const struct compare_row *row = NULL;
		     (row = compare_next_judged(c, s, row));)
			if (u.reason ==
			    (hindered ? hindrance_of(c, row->d) : row->d->reason))
				add_row(&u, row->d);
	}
	return u;
}

/* ". Largest difference, not proven: …", where there is one. */
static void tell_largest(FILE *out, const struct comparison *c,
			 const struct changes *changes)
{
	if (changes->n == 0)
		return;
	fprintf(out, ". Not proven, but the largest difference: ");
	changes_tell(out, c, &(struct changes){ 1, changes->row }, 1);
}

/* How many boots of each kernel could show something in this family. */
static size_t boots_needed(const struct comparison *c)
{
	double alpha = c->options->decide.alpha / (double)c->primary;
	size_t n = DECIDE_BOOTS;

	while (n < BOOTS_MAX && mann_whitney_floor(n, n) > alpha)
		n++;
	return n;
}

static void tell_one_boot(FILE *out, const struct comparison *c,
			  const struct changes *changes)
{
	if (changes->n > 0) {
		fprintf(out,
			"these two boots differ, because of the kernel or of the boot: ");
		changes_tell(out, c, &(struct changes){ 1, changes->row }, 1);
	} else {
		fprintf(out, "there is only one boot of each");
	}
	fprintf(out,
		". Boot each kernel %zu times or more (--allow one-boot judges these)",
		boots_needed(c));
}

/* Why, and what to make. */
static void tell_reason(FILE *out, const struct comparison *c, size_t s,
			const struct unclear *u)
{
	const char *base = c->set[0]->name, *name = c->set[s]->name;
	const char *units = units_name(c, s);

	switch (u->reason) {
	case REASON_FEW_BOOTS:
		fprintf(out,
			"%zu boot%s of %s and %zu of %s are too few. Boot each kernel %zu times or more",
			u->n[0], PLURAL(u->n[0]), base, u->n[1], name, boots_needed(c));
		break;
	case REASON_FEW:
		fprintf(out,
			"%zu %s of %s and %zu of %s are too few for %zu numbers. Make ",
			u->n[0], units, base, u->n[1], name, c->primary);
		if (u->least > 0)
			fprintf(out, "%zu or more of each", u->least);
		else
			fprintf(out, "more, or judge fewer numbers (--primary)");
		break;
	case REASON_ORDER:
		fprintf(out,
			"%s and %s did not take turns, so a drift of the machine would look like a change. Measure them in turn (--allow order judges these)",
			base, name);
		break;
	case REASON_EMPTY:
	case REASON_ZEROS:
		fprintf(out, "%zu of %zu numbers have no value that can be compared",
			u->rows, c->primary);
		break;
	case REASON_SPREAD:
		fprintf(out,
			"the %s of one side differ much more than those of the other, and a test that allows for that proves no change. Make more %s, as many of each",
			units, units);
		break;
	case REASON_TAIL:
		fprintf(out,
			u->bad ? "no change is proven, but some %s are far off the others"
			       : "no change is proven, but so few %s cannot exclude bad ones",
			units);
		if (u->least > 0)
			fprintf(out, ". Make %zu or more of each", u->least);
		break;
	default:
		fprintf(out,
			"neither a change nor \"no change\" is proven in %zu numbers",
			u->rows);
		if (!u->never)
			fprintf(out,
				". About %zu %s of each would show a change of the margin",
				u->least, units);
	}
}

static void tell_unclear(FILE *out, const struct comparison *c, size_t s)
{
	CLEANUP(changes_free) struct changes changes = changes_find_unproven(c, s);
	struct unclear u = find_unclear(c, s);

	fprintf(out, "no verdict on %s against %s: ", c->set[s]->name, c->set[0]->name);
	if (u.reason == REASON_ONE_BOOT) {
		tell_one_boot(out, c, &changes);
		return;
	}
	tell_reason(out, c, s, &u);
	tell_largest(out, c, &changes);
}

char *compare_hindrance(const struct comparison *c, size_t s)
{
	struct unclear u = find_unclear(c, s);
	struct changes none = { 0 };
	struct memstream m;
	FILE *out;

	if (c->result[s].verdict == VERDICT_NONE)
		return xstrdup(c->result[s].sentence);
	if (!is_hindered(c, s))
		return NULL;
	out = memstream_open(&m);
	fprintf(out, "%s cannot be judged against %s: ", c->set[s]->name,
		c->set[0]->name);
	if (u.reason == REASON_ONE_BOOT)
		tell_one_boot(out, c, &none);
	else
		tell_reason(out, c, s, &u);
	return memstream_close(&m);
}

/* ". Of 9 numbers, 2 are the same and 3 are unclear": the rest, after what was named. */
static void count_rest(FILE *out, const struct comparison *c, size_t s)
{
	size_t same = compare_count(c, s, VERDICT_SAME);
	size_t unclear = compare_count(c, s, VERDICT_UNCLEAR);
	size_t all = same + unclear + compare_count(c, s, VERDICT_WORSE) +
		     compare_count(c, s, VERDICT_BETTER);

	if (same + unclear > 0)
		fprintf(out, ". Of %zu numbers, ", all);
	if (same > 0)
		fprintf(out, "%zu %s the same%s", same, same > 1 ? "are" : "is",
			unclear > 0 ? " and " : "");
	if (unclear > 0)
		fprintf(out, "%zu %s unclear", unclear, unclear > 1 ? "are" : "is");
}

/* Both kinds of changes, the larger one first. */
static void tell_mixed(FILE *out, const struct comparison *c, size_t s,
		       const struct changes *worse, const struct changes *better)
{
	const char *base = c->set[0]->name, *name = c->set[s]->name;
	bool last = changes_largest(better) > changes_largest(worse);

	if (worse->n == 0) {
		fprintf(out,
			"%s did more work than %s, but no latency is proven better. ",
			name, base);
		changes_tell(out, c, better, CHANGES_NAMED);
		return;
	}
	fprintf(out, "%s is worse than %s in %zu number%s and better in %zu. %s: ", name,
		base, worse->n, PLURAL(worse->n), better->n, last ? "Better" : "Worse");
	changes_tell(out, c, last ? better : worse, CHANGES_NAMED);
	fprintf(out, ". %s: ", last ? "Worse" : "Better");
	changes_tell(out, c, last ? worse : better, CHANGES_NAMED);
}

/* The largest share of bad units that some row of set @s, all the same, does not exclude. */
static double bad_share(const struct comparison *c, size_t s)
{
	double share = 0;

	for (const struct compare_row *row = NULL;
	     (row = compare_next_judged(c, s, row));)
		share = fmax(share, row->d->bad_share);
	return share;
}

static void tell_same(FILE *out, const struct comparison *c, size_t s)
{
	size_t n = compare_count(c, s, VERDICT_SAME);

	fprintf(out, "%s is the same as %s: ", c->set[s]->name, c->set[0]->name);
	if (n > 1)
		fprintf(out, "each of %zu numbers", n);
	else
		fprintf(out, "the judged number");
	fprintf(out,
		" stays within its margin, and fewer than %.0f%% of the %s are far off the others (95%% confidence)",
		ceil(100 * bad_share(c, s)), units_name(c, s));
}

static void tell_set(FILE *out, const struct comparison *c, size_t s)
{
	CLEANUP(changes_free) struct changes worse = changes_find(c, s, VERDICT_WORSE);
	CLEANUP(changes_free) struct changes better = changes_find(c, s, VERDICT_BETTER);
	const char *base = c->set[0]->name, *name = c->set[s]->name;

	switch (c->result[s].verdict) {
	case VERDICT_WORSE:
	case VERDICT_BETTER:
		fprintf(out, "%s is %s than %s. ", name,
			verdict_name(c->result[s].verdict), base);
		changes_tell(out, c, worse.n > 0 ? &worse : &better, CHANGES_NAMED);
		count_rest(out, c, s);
		break;
	case VERDICT_MIXED:
		tell_mixed(out, c, s, &worse, &better);
		count_rest(out, c, s);
		break;
	case VERDICT_SAME:
		tell_same(out, c, s);
		break;
	case VERDICT_UNCLEAR:
		tell_unclear(out, c, s);
		break;
	case VERDICT_NONE:
		fprintf(out,
			"%s against %s has no verdict: they share none of the subtests that get one (--primary names others)",
			name, base);
		break;
	}
}

/*
 * The sets with verdict @v: "2 worse (a, b)"; of many the first and the last: "9 same (a, ..., i)".
 * Returns what stands before the next ones.
 */
static const char *list_sets(FILE *out, const struct comparison *c, enum verdict v,
			     const char *between)
{
	size_t n = 0, seen = 0;

	for (size_t s = 1; s < c->sets; s++)
		n += c->result[s].verdict == v;
	if (n == 0)
		return between;
	fprintf(out, "%s%zu %s", between, n,
		v == VERDICT_NONE ? "without verdict" : verdict_name(v));
	for (size_t s = 1; s < c->sets; s++) {
		if (c->result[s].verdict != v)
			continue;
		seen++;
		if (n <= SETS_NAMED || seen == 1 || seen == n)
			fprintf(out, "%s%s", seen == 1 ? " (" : ", ", c->set[s]->name);
		else if (seen == 2)
			fputs(", ...", out);
	}
	fputc(')', out);
	return ", ";
}

static void tell_all(FILE *out, const struct comparison *c, size_t s)
{
	static const enum verdict order[] = { VERDICT_WORSE,   VERDICT_MIXED,
					      VERDICT_BETTER,  VERDICT_SAME,
					      VERDICT_UNCLEAR, VERDICT_NONE };
	const char *between = ": ";

	(void)s;
	fprintf(out, "%zu kernels against %s", c->sets - 1, c->set[0]->name);
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		between = list_sets(out, c, order[i], between);
}

/* What repeating more would make a result of set @s more certain. */
struct spread {
	size_t rows, boots, runs;
	double boot, run; /* shares in the variance of a side's mean, summed over rows */
	bool one_each;	  /* one run of each boot: both together are .boot */
};

/*
 * The share of boots and of runs in the variance of a side's mean, over the judged rows: what is
 * repeated within a level is divided by all repetitions of it and above (Kalibera & Jones, ISMM
 * 2013, doi 10.1145/2464157.2464160).
 */
static struct spread find_spread(const struct comparison *c, size_t s)
{
	struct spread all = { .one_each = true };

	for (const struct compare_row *row = NULL;
	     (row = compare_next_judged(c, s, row));) {
		const struct variance_levels *v = &row->spread;
		double boot = v->boot > 0 ? v->boot / (double)v->boots : 0;
		double run = v->run > 0 ? v->run / (double)v->runs : 0;

		if (v->runs == 0 || !(boot + run > 0))
			continue;
		all.boot += boot / (boot + run);
		all.run += run / (boot + run);
		all.boots = v->boots > all.boots ? v->boots : all.boots;
		all.one_each &= v->boots == v->runs;
		all.rows++;
	}
	return all;
}

/* What to repeat next; nothing where nothing is judged. */
static void tell_advice(FILE *out, const struct comparison *c, size_t s)
{
	struct spread of = find_spread(c, s);
	double boot = 100 * of.boot / (double)of.rows;

	if (of.rows == 0)
		return;
	if (of.boots <= DECIDE_SIDES)
		fprintf(out,
			"each kernel has one boot: how much boots differ is unknown, so more boots help most");
	else if (of.one_each)
		fprintf(out,
			"each boot has one run: the spread is that of boots and runs together, and more boots help most");
	else if (boot >= 50)
		fprintf(out,
			"%.0f%% of the variance of a result comes from boots: more boots help most",
			boot);
	else
		fprintf(out,
			"%.0f%% of the variance of a result comes from the runs of a boot: more runs of each boot help most",
			100 - boot);
}

/* What of @s's environment differs: the kernel itself, or more. */
static void tell_environment(FILE *out, const struct comparison *c, size_t s)
{
	const struct set *base = c->set[0], *set = c->set[s];
	size_t kernel = 0, rest = 0;

	for (size_t i = 0; i < c->differences; i++) {
		const char *path = c->difference[i].path;

		if (c->difference[i].set != s)
			continue;
		if (is_of_kernel(path))
			kernel++;
		else
			rest++;
	}
	if (base->facts.n == 0 || set->facts.n == 0)
		fprintf(out, "the records do not tell");
	else if (kernel + rest == 0)
		fprintf(out, "no difference: the same kernel on the same machine");
	else if (rest == 0)
		fprintf(out, "only the kernel differs");
	else if (kernel == 0)
		fprintf(out, "%zu difference%s, the kernel is the same", rest,
			PLURAL(rest));
	else
		fprintf(out, "the kernel differs, and %zu thing%s besides", rest,
			PLURAL(rest));
}

/* The answer; where machines do not agree in it, that first. */
static void tell_answer(FILE *out, const struct comparison *c, size_t s)
{
	machines_tell(out, c, s);
	tell_set(out, c, s);
}

/* What @tell says of set @s, malloc()ed. */
static char *told(const struct comparison *c, size_t s,
		  void (*tell)(FILE *out, const struct comparison *c, size_t s))
{
	struct memstream m;

	tell(memstream_open(&m), c, s);
	return memstream_close(&m);
}

void compare_say(struct comparison *c)
{
	CLEANUP_FREE enum verdict *verdict = xcalloc(c->sets, sizeof(*verdict));
	const struct decide_row *d = c->decided, *end = c->decided + c->rows;

	for (size_t s = 1; s < c->sets; s++) {
		struct compare_result *result = &c->result[s];
		size_t n = 0;

		/* rows of a set stand together */
		while (d + n < end && c->row[d - c->decided + n].set == s)
			n++;
		verdict[s - 1] = result->verdict = decide_overall(d, n);
		d += n;
		result->sentence = told(c, s, tell_answer);
		result->environment = told(c, s, tell_environment);
		result->advice = told(c, s, tell_advice);
	}
	c->verdict = decide_sets(verdict, c->sets - 1);
	c->sentence =
		c->sets == 2 ? xstrdup(c->result[1].sentence) : told(c, 0, tell_all);
}
