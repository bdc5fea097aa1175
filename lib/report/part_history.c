// SPDX-License-Identifier: MIT
/* History: kernels in order, where their levels change, and each beside the one before it. */
#include "report/history-private.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "report/html.h"
#include "system/cleanup.h"

static void put_name(FILE *out, const struct view *v, size_t s)
{
	fputs("<bdi>", out);
	html_text(out, v->c->set[s].name);
	fputs("</bdi>", out);
}

/* "v6.8 to v6.10" */
static void put_place(const struct view *v, const struct history_series *series,
		      size_t low, size_t high)
{
	html_open_cell(v->out);
	put_name(v->out, v, series->set[low]);
	if (high > low) {
		fputs(" to ", v->out);
		put_name(v->out, v, series->set[high]);
	}
}

static void put_level(const struct view *v, const struct history_series *series, size_t i)
{
	double level = _history_level(series, i);
	char buf[CELL_SIZE], hint[100];

	snprintf(hint, sizeof(hint), "median of %zu kernels: %.9g ns",
		 _history_end(series, i) - _history_first(series, i), level);
	html_cell_hint(v->out,
		       value_text(&v->c->options->metrics.metric[series->metric], level,
				  buf, sizeof(buf)),
		       hint);
}

/* A word of a command, as a shell needs it. */
static void put_word(FILE *out, const char *word)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_";
	bool quote = !*word || word[strspn(word, plain)];

	fputs(quote ? " &#39;" : " ", out);
	for (size_t n; *word; word += n) {
		_cleanup_free_ char *part = strndup(word, strcspn(word, "'"));

		if (part)
			html_text(out, part);
		n = strcspn(word, "'");
		if (word[n] == '\'')
			fputs("&#39;\\&#39;&#39;", out);
		n += word[n] == '\'';
	}
	fputs(quote ? "&#39;" : "", out);
}

/* Where sets @s and the one before it are compared: the pair's page, if there is one. */
static void put_pair(const struct view *v, size_t before, size_t s)
{
	const char *link = v->page->pair ? v->page->pair[s] : NULL;

	html_open_cell(v->out);
	if (link && before + 1 == s) {
		fputs("<a href=\"", v->out);
		html_text(v->out, link);
		fputs("\">", v->out);
		put_name(v->out, v, before);
		fputs(" and ", v->out);
		put_name(v->out, v, s);
		fputs("</a>", v->out);
	} else if (strcmp(v->c->set[before].path, v->c->set[s].path) != 0) {
		fputs("<code>pinlat compare", v->out);
		put_word(v->out, v->c->set[before].shown_path);
		put_word(v->out, v->c->set[s].shown_path);
		fputs("</code>", v->out);
	}
}

static void put_change(const struct view *v, const struct history_series *series,
		       size_t i)
{
	const struct changepoint *c = &series->found.change[i];
	struct interval change = _history_change(series, i);
	char buf[CELL_SIZE], hint[100];

	html_row(v->out);
	html_head_cell(v->out, series->name);
	put_place(v, series, c->at, c->at);
	if (c->low < c->high)
		put_place(v, series, c->low, c->high);
	else
		html_text_cell(v->out, "just there", 20);
	html_open_cell(v->out);
	fprintf(v->out, "<span class=\"verdict %s\">%s</span>",
		change.estimate > 0 ? "worse" : "better",
		text_change(change.estimate, buf, sizeof(buf)));
	html_cell(v->out,
		  text_change_interval(change.low, change.high, buf, sizeof(buf)));
	put_level(v, series, i);
	put_level(v, series, i + 1);
	snprintf(hint, sizeof(hint), "p %.4g, counted in random orders", c->p);
	html_cell_hint(v->out, p_text(c->p, buf, sizeof(buf)), hint);
	put_pair(v, series->set[c->at - 1], series->set[c->at]);
}

static void put_changes(struct view *v, const struct history *h)
{
	static const struct html_column columns[] = {
		{ "metric", NULL },
		{ HTML_WORDS "since", "the first kernel of the new level" },
		{ HTML_WORDS "or somewhere in", "where the change is, with 95 %" },
		{ HTML_WORDS "change", "Hodges-Lehmann, of the kernels' medians" },
		{ "95% interval",
		  "of the change; its place was chosen to make it large" },
		{ "before", "median of the kernels of this level" },
		{ "after", "median of the kernels of this level" },
		{ "p", "how often random orders of these kernels show as much" },
		{ HTML_WORDS "compared",
		  "the last kernel of the level before with the first of the next" },
	};
	char id[ID_SIZE];

	if (h->changes == 0)
		return;
	html_table_begin(v->out, _next_table(v, id), "Change points", columns,
			 sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < h->n; i++)
		for (size_t k = 0; k < h->series[i].found.n; k++)
			put_change(v, &h->series[i], k);
	html_table_end(v->out);
}

/* A paragraph. */
static void say(const struct view *v, const char *class, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void say(const struct view *v, const char *class, const char *format, ...)
{
	char text[800];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	page_text(v->out, class, text);
}

static void put_summary(const struct view *v, const struct history *h)
{
	size_t metrics = 0, drifting = 0;

	for (size_t i = 0; i < h->n; i++) {
		metrics += h->series[i].found.n > 0;
		drifting += h->series[i].found.drift <= h->alpha;
	}
	if (h->longest < h->least)
		say(v, NULL,
		    "%zu kernels %s. Among fewer than %zu no change point could be significant (%zu metrics at alpha %g): compare neighbours instead.",
		    v->c->sets, v->page->order, h->least, h->n,
		    v->c->options->decide.alpha);
	else if (h->changes == 0)
		say(v, NULL,
		    "%zu kernels %s: no change point in any of the %zu judged metrics.",
		    v->c->sets, v->page->order, h->n);
	else
		say(v, NULL,
		    "%zu kernels %s: %zu change point%s, in %zu of %zu judged metrics.",
		    v->c->sets, v->page->order, h->changes, h->changes == 1 ? "" : "s",
		    metrics, h->n);
	if (drifting > 0)
		say(v, NULL,
		    "In %zu of them the kernels drift within a level: there the steps are a slope's, and their places mean little.",
		    drifting);
	say(v, "note",
	    "A large dot is a kernel, the median of its runs (small dots); a line is a level, the median of its kernels. Dashed: a change point, the best cut by Mann and Whitney's exact test in seeded parts of the series (Pettitt 1979; Kovács et al. 2023); its p is counted in random orders of the kernels. All charts together show a change that is none with a chance of at most %g. One kernel off its neighbours is none.",
	    v->c->options->decide.alpha);
}

bool _has_history(const struct view *v)
{
	size_t sets = v->c->sets;

	if (!v->page->compared || sets < 2)
		return false;
	return v->page->history || sets >= changepoint_least(v->c->options->decide.alpha);
}

int _part_history(struct view *v)
{
	struct history h;
	int ret;

	if (!_has_history(v))
		return 0;
	ret = _history_make(&h, v);
	if (ret == 0) {
		page_section(v->out, "history", "History");
		put_summary(v, &h);
		put_changes(v, &h);
		ret = _history_draw(v, &h);
		ret = ret ? ret : _history_neighbours(v, &h);
		page_section_end(v->out);
	}
	_history_free(&h);
	return ret;
}
