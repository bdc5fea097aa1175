// SPDX-License-Identifier: MIT
/* Where the time of the slow samples went: for each subtest and set a bar and its words. */
#include "report/internal.h"

#include "summary/attribution.h"
#include "render/html.h"
#include "report/svg.h"
#include "system/cleanup.h"
#include "system/numbers.h"

#define BAR_WIDTH  160
#define BAR_HEIGHT 12

static const struct html_column columns[] = {
	{ "set", NULL },
	{ HTML_WORDS "subtest", NULL },
	{ "runs", "that recorded it" },
	{ "slow samples", "the largest hundredth of each run" },
	{ "mean", "latency of these" },
	{ HTML_WORDS "of their time", NULL },
	{ HTML_WORDS "went to", NULL },
};

static bool is_shown(const struct view *v, const struct group *group)
{
	return group->judged || !v->page->compared;
}

bool part_has_attribution(const struct view *v)
{
	struct compare_attribution a;

	for (size_t i = 0; i < v->groups; i++)
		for (size_t s = 0; is_shown(v, &v->group[i]) && s < v->c->sets; s++)
			if (v->group[i].cell[s] &&
			    compare_attribution(v->group[i].cell[s], &a) > 0)
				return true;
	return false;
}

/* Says nothing that the words beside it do not say. */
static void put_bar(FILE *out, const struct compare_attribution *a)
{
	double at = 0, scale = BAR_WIDTH / (double)a->slow.total_ns;

	fprintf(out,
		"<svg width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" aria-hidden=\"true\">",
		BAR_WIDTH, BAR_HEIGHT, BAR_WIDTH, BAR_HEIGHT);
	for (int i = 0; i <= CAUSES; i++) {
		uint64_t ns = i < CAUSES ? a->slow.cause_ns[i] : a->slow.unexplained_ns;
		double width = scale * (double)ns;

		if (width >= 0.1)
			svg_rect(out, at, 0, width, BAR_HEIGHT, palette_cause(i), 1);
		at += width;
	}
	fputs("</svg>", out);
}

static void put_row(const struct view *v, const struct group *group, size_t s,
		    const struct compare_attribution *a)
{
	char buf[300];

	html_row(v->out);
	fputs("<th scope=\"row\" align=\"left\">", v->out);
	view_swatch(v, s);
	html_isolated(v->out, v->c->set[s]->name, TEXT_SHOWN);
	fputs("</th>", v->out);
	html_text_cell(v->out, group->name, TEXT_SHOWN);
	snprintf(buf, sizeof(buf), "%zu", a->runs);
	html_cell(v->out, buf);
	snprintf(buf, sizeof(buf), "%ju", (uintmax_t)a->slow.count);
	html_cell(v->out, buf);
	html_cell(v->out,
		  format_time(a->slow.total_ns / a->slow.count, buf, sizeof(buf)));
	html_open_cell(v->out);
	put_bar(v->out, a);
	fputs("</td>", v->out);
	html_text_cell(v->out, attribution_describe(&a->slow, a->seen, buf, sizeof(buf)),
		       sizeof(buf));
}

static void put_key(FILE *out)
{
	fputs("<ul class=\"key\">\n", out);
	for (int i = 0; i <= CAUSES; i++) {
		fputs("<li><svg width=\"10\" height=\"10\" viewBox=\"0 0 10 10\" aria-hidden=\"true\">",
		      out);
		svg_rect(out, 0, 0, 10, 10, palette_cause(i), 1);
		fprintf(out, "</svg> %s</li>\n",
			i < CAUSES ? attribution_words(i) : "unexplained");
	}
	fputs("</ul>\n", out);
}

int part_attribution(struct view *v)
{
	struct compare_attribution a;
	char id[ID_SIZE];

	if (!part_has_attribution(v))
		return 0;
	page_section(v->out, "attribution", "Where the time of the slow samples went");
	fputs("<p>Of the largest hundredth of each run's samples, as the kernel accounts for it. What is waited for in a delay is the delay's; what no source accounts for is unexplained. A timer sleeps until it is woken: what lies before that, and its way back from the kernel, is unexplained.</p>\n",
	      v->out);
	put_key(v->out);
	html_table_begin(v->out, view_table_id(v, id),
			 "Time of the slow samples by cause", columns,
			 sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < v->groups; i++)
		for (size_t s = 0; is_shown(v, &v->group[i]) && s < v->c->sets; s++)
			if (v->group[i].cell[s] &&
			    compare_attribution(v->group[i].cell[s], &a) > 0 &&
			    a.slow.total_ns > 0)
				put_row(v, &v->group[i], s, &a);
	html_table_end(v->out);
	page_section_end(v->out);
	return 0;
}
