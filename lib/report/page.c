// SPDX-License-Identifier: MIT
#include "report/page.h"

#include "report/html.h"
#include "style.h"

void page_head(FILE *out, const char *title)
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

void page_body(FILE *out)
{
	fprintf(out, "<style>\n%s</style>\n</head>\n<body>\n<main>\n", report_style);
}

void page_begin(FILE *out, const char *title)
{
	page_head(out, title);
	page_body(out);
}

void page_section(FILE *out, const char *id, const char *title)
{
	fprintf(out,
		"\n<section id=\"%s\" aria-labelledby=\"%s-title\">\n<h2 id=\"%s-title\">",
		id, id, id);
	html_text(out, title);
	fputs("</h2>\n", out);
}

void page_text(FILE *out, const char *class, const char *text)
{
	if (class)
		fprintf(out, "<p class=\"%s\">", class);
	else
		fputs("<p>", out);
	html_text(out, text);
	fputs("</p>\n", out);
}

void page_section_end(FILE *out)
{
	fputs("</section>\n", out);
}

void page_end(FILE *out)
{
	fputs("\n</main>\n<footer>pinlat " PINLAT_VERSION "</footer>\n</body>\n</html>\n",
	      out);
}
