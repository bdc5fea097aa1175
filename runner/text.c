// SPDX-License-Identifier: MIT
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *make_printable(char *text)
{
	unsigned char *u = (unsigned char *)text;

	for (; *u; u++) {
		if (*u < 0x20 || *u == 0x7f)
			*u = '?';
		/* U+0080 to U+009F: some terminals obey them like ESC sequences */
		else if (u[0] == 0xc2 && u[1] >= 0x80 && u[1] <= 0x9f)
			u[0] = u[1] = '?';
	}
	return text;
}

const char *printable(const char *text, char *buf, size_t size)
{
	size_t n = strlen(text);

	if (n >= size) {
		n = size - 1;
		while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--; /* not within a character */
	}
	memcpy(buf, text, n);
	buf[n] = '\0';
	return make_printable(buf);
}

size_t text_width(const char *text)
{
	size_t n = 0;

	while (*text) {
		if (*text == '\033') {
			text += strcspn(text, "m"); /* ours: labels hold none */
			text += *text == 'm';
			continue;
		}
		n += ((unsigned char)*text++ & 0xc0) != 0x80;
	}
	return n;
}

bool use_colour(void)
{
	const char *no = getenv("NO_COLOR"); /* no-color.org: present and not empty */

	return isatty(STDOUT_FILENO) && !(no && *no);
}

bool put_entity(FILE *out, char c)
{
	if (c != '<' && c != '>' && c != '&')
		return false;
	fprintf(out, "&%s;", c == '<' ? "lt" : c == '>' ? "gt" : "amp");
	return true;
}
