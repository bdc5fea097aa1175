// SPDX-License-Identifier: MIT
/* What a report tells of itself. */
#include "report/index.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "summary/words.h"

const char *index_fact_name(enum index_fact fact)
{
	static const char *const name[INDEX_FACTS] = { "verdict", "sentence", "sets",
						       "measured", "machine" };

	return name[fact];
}

static double last_start(const struct comparison *c)
{
	double last = NAN;

	for (size_t s = 0; s < c->sets; s++)
		for (size_t i = 0; i < c->set[s].cells; i++)
			for (size_t r = 0; r < c->set[s].cell[i].runs; r++)
				last = fmax(last, c->set[s].cell[i].run[r].start);
	return last;
}

static char *measured(const struct comparison *c)
{
	double last = last_start(c);
	time_t t = isnan(last) ? 0 : (time_t)last;
	char text[40] = "";
	struct tm tm;

	if (!isnan(last) && gmtime_r(&t, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return strdup(text);
}

/* Names of sets, the first and the last few. */
static char *sets(const struct comparison *c)
{
	struct text_list names = { 0 };
	char *joined = NULL;
	int ret = 0;

	for (size_t s = 0; s < c->sets && ret == 0; s++) {
		if (c->sets > 6 && s == 2)
			ret = text_list_add(&names, "%zu more", c->sets - 4);
		if (c->sets <= 6 || s < 2 || s + 2 >= c->sets)
			ret = ret ? ret : text_list_add(&names, "%s", c->set[s].name);
	}
	if (ret == 0)
		joined = text_list_join(&names, "; ");
	text_list_free(&names);
	return joined;
}

static const char *verdict(const struct page *page)
{
	if (page->compared)
		return overall_text(page->c->verdict);
	return page->c->sets > 1 ? "not compared" : "";
}

int index_facts_of(char *fact[INDEX_FACTS], const struct page *page)
{
	const struct comparison *c = page->c;
	char machine[LINE_SIZE] = "";

	if (c->sets > 0)
		machine_text(&c->set[0], machine, sizeof(machine));
	fact[INDEX_VERDICT] = strdup(verdict(page));
	fact[INDEX_SENTENCE] = strdup(page->compared && c->sentence ? c->sentence : "");
	fact[INDEX_SETS] = sets(c);
	fact[INDEX_MEASURED] = measured(c);
	fact[INDEX_MACHINE] = strdup(machine);
	for (size_t i = 0; i < INDEX_FACTS; i++)
		if (!fact[i])
			return -ENOMEM;
	return 0;
}

void index_facts_free(char *fact[INDEX_FACTS])
{
	for (size_t i = 0; i < INDEX_FACTS; i++)
		free(fact[i]);
}
