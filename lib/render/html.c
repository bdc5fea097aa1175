// SPDX-License-Identifier: MIT
#include "render/html.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "style.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"

/* One character of @text, which is @length bytes long; 0: no UTF-8. */
static void put_character(FILE *out, const char *text, size_t length, uint32_t code)
{
	if (length == 0)
		fputs("\xef\xbf\xbd", out); /* U+FFFD */
	else if (text_is_control(code) && code != '\n' && code != '\t')
		fprintf(out, "[U+%04" PRIX32 "]", code);
	else if (code == '<')
		fputs("&lt;", out);
	else if (code == '>')
		fputs("&gt;", out);
	else if (code == '&')
		fputs("&amp;", out);
	else if (code == '"')
		fputs("&quot;", out);
	else if (code == '\'')
		fputs("&#39;", out);
	else
		fwrite(text, 1, length, out);
}

void html_text_cut(FILE *out, const char *text, size_t most)
{
	while (*text && most-- > 0) {
		uint32_t code;
		size_t length = text_decode(text, &code);

		put_character(out, text, length, code);
		text += length ? length : 1;
	}
	if (*text)
		fputs("…", out);
}

void html_text(FILE *out, const char *text)
{
	html_text_cut(out, text, SIZE_MAX);
}

/* Whether @text has more than @most characters. */
static bool is_longer(const char *text, size_t most)
{
	for (; *text && most > 0; most--) {
		uint32_t code;
		size_t length = text_decode(text, &code);

		text += length ? length : 1;
	}
	return *text;
}

void html_isolated(FILE *out, const char *text, size_t most)
{
	bool cut = is_longer(text, most);

	if (cut) {
		fputs("<details><summary><bdi>", out);
		html_text_cut(out, text, most);
		fputs("</bdi></summary>", out);
	}
	fputs("<bdi>", out);
	html_text(out, text);
	fputs(cut ? "</bdi></details>" : "</bdi>", out);
}

void html_name(FILE *out, const char *text, size_t most, const char *link)
{
	if (link) {
		fputs("<a href=\"", out);
		html_text(out, link);
		fputs("\">", out);
	}
	fputs("<bdi>", out);
	html_text_cut(out, text, most);
	fputs(link ? "</bdi></a>" : "</bdi>", out);
}

void html_head(FILE *out, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<meta name=\"referrer\" content=\"no-referrer\">\n<title>",
	      out);
	html_text_cut(out, title, 100);
	fputs("</title>\n", out);
}

void html_body(FILE *out)
{
	fprintf(out, "<style>\n%s</style>\n</head>\n<body>\n<main>\n", html_style);
}

void html_section(FILE *out, const char *id, const char *title, bool folded)
{
	fprintf(out,
		"\n<section id=\"%s\" aria-labelledby=\"%s-title\">%s\n<h2 id=\"%s-title\">",
		id, id, folded ? "<details class=\"part\"><summary>" : "", id);
	html_text(out, title);
	fprintf(out, "</h2>%s\n", folded ? "</summary>" : "");
}

void html_paragraph(FILE *out, const char *class, const char *format, ...)
{
	CLEANUP_FREE char *text = NULL;
	va_list args;

	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	if (class)
		fprintf(out, "<p class=\"%s\">", class);
	else
		fputs("<p>", out);
	html_text(out, text);
	fputs("</p>\n", out);
}

void html_section_end(FILE *out, bool folded)
{
	fprintf(out, "%s</section>\n", folded ? "</details>" : "");
}

void html_end(FILE *out)
{
	fputs("\n</main>\n<footer>pinlat " PINLAT_VERSION "</footer>\n</body>\n</html>\n",
	      out);
}

/* Ends a tag; @hint (NULL: none) is shown on hover. */
static void end_tag(FILE *out, const char *hint)
{
	if (hint) {
		fputs(" title=\"", out);
		html_text(out, hint);
		fputs("\"", out);
	}
	fputs(">", out);
}

void html_table_begin(FILE *out, const char *id, const char *caption,
		      const struct html_column *column, size_t columns)
{
	fprintf(out,
		"<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-labelledby=\"%s\">\n"
		"<table cellpadding=\"4\"><caption id=\"%s\" align=\"left\">",
		id, id);
	html_text(out, caption);
	fputs("</caption>\n<thead><tr align=\"right\">", out);
	for (size_t i = 0; i < columns; i++) {
		fprintf(out, "<th scope=\"col\"%s",
			i == 0 || *column[i].title == *HTML_WORDS ? " align=\"left\""
								  : "");
		end_tag(out, column[i].hint);
		html_text(out, column[i].title + (*column[i].title == *HTML_WORDS));
	}
	fputs("</tr></thead>\n<tbody>", out);
}

void html_row(FILE *out)
{
	fputs("\n<tr align=\"right\">", out);
}

void html_open_head_cell(FILE *out)
{
	fputs("<th scope=\"row\" align=\"left\">", out);
}

void html_head_cell(FILE *out, const char *text)
{
	html_open_head_cell(out);
	html_isolated(out, text, SIZE_MAX);
}

void html_cell(FILE *out, const char *text)
{
	html_cell_hint(out, text, NULL);
}

void html_cell_hint(FILE *out, const char *text, const char *hint)
{
	fputs("<td", out);
	end_tag(out, hint);
	html_text(out, text);
}

void html_open_cell(FILE *out)
{
	fputs("<td align=\"left\">", out);
}

void html_text_cell(FILE *out, const char *text, size_t most)
{
	html_open_cell(out);
	html_isolated(out, text, most);
}

void html_table_end(FILE *out)
{
	fputs("\n</tbody></table></div>\n", out);
}
