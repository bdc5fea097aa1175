// SPDX-License-Identifier: MIT
#include "options/table.h"

#include <errno.h>
#include <string.h>

#include "system/sysfile.h"
#include "system/text.h"

#define OPTIONS_MAX 64
#define HELP_WIDTH  80
/* Where the texts of --help begin. */
#define HELP_COLUMN 22

bool next_item(const char *list, size_t *at, char *buf, size_t size)
{
	size_t n;

	if (*at > strlen(list))
		return false;
	n = strcspn(list + *at, ",");
	snprintf(buf, size, "%.*s", (int)n, list + *at);
	*at += n + 1;
	return true;
}

bool list_has(const char *list, const char *item)
{
	char other[64];
	size_t at = 0;

	while (next_item(list, &at, other, sizeof(other)))
		if (strcmp(item, other) == 0)
			return true;
	return false;
}

const struct option_row *option_find(const struct option_row *rows, const char *name)
{
	while (rows->name && strcmp(rows->name, name) != 0)
		rows++;
	return rows->name ? rows : NULL;
}

int option_takes(const struct option_row *row)
{
	if (row->argument)
		return required_argument;
	return row->words ? optional_argument : no_argument;
}

/* What a value of @row must be, in words: "4k or thp"; @buf. */
static const char *wanted_words(const struct option_row *row, char *buf, size_t size)
{
	char word[64];
	size_t at = 0, n = 0;

	if (row->wanted || !row->words)
		return row->wanted ? row->wanted : "given";
	while (next_item(row->words, &at, word, sizeof(word)) && n < size)
		n += (size_t)snprintf(buf + n, size - n, "%s%s",
				      n == 0			? ""
				      : at > strlen(row->words) ? " and "
								: ", ",
				      word);
	return buf;
}

/* Whether @value is made of the words of @row; else what is not one of them is in @item. */
static bool is_of_words(const struct option_row *row, const char *value, char *item,
			size_t size)
{
	size_t at = 0;

	if (!(row->flags & OPTION_LIST)) {
		snprintf(item, size, "%s", value);
		return list_has(row->words, value);
	}
	while (next_item(value, &at, item, size))
		if (!list_has(row->words, item))
			return false;
	return true;
}

static int take_number(const struct option_row *row, uint64_t *field, const char *value)
{
	int ret = row->parse(value, field);

	if (ret < 0 || *field < row->least || (row->most > 0 && *field > row->most) ||
	    (row->flags & OPTION_PAGES && *field % page_size() != 0))
		return -EINVAL;
	return 0;
}

int option_take(const struct option_row *row, void *settings, const char *value)
{
	char *field = (char *)settings + row->field;

	if (!*value)
		return -EINVAL;
	if (row->set)
		return row->set(settings, value);
	if (row->parse)
		return take_number(row, (uint64_t *)(void *)field, value);
	if (row->argument)
		*(const char **)(void *)field = value;
	else if (strcmp(value, "on") == 0 || strcmp(value, "off") == 0)
		*(bool *)(void *)field = value[1] == 'n';
	else
		return -EINVAL;
	return 0;
}

/* Gives @value to @row. Returns 0, or -EINVAL with a line in @why. */
static int set_option(const struct option_row *row, void *settings, const char *value,
		      char *why, size_t size)
{
	char wanted[200], item[64];

	if (!row->wanted && row->words && !is_of_words(row, value, item, sizeof(item))) {
		snprintf(why, size, "--%s knows %s, not \"%s\"", row->name,
			 wanted_words(row, wanted, sizeof(wanted)), item);
		return -EINVAL;
	}
	if (option_take(row, settings, value) == 0)
		return 0;
	snprintf(why, size, "--%s must be %s, not \"%s\"", row->name,
		 wanted_words(row, wanted, sizeof(wanted)), value);
	return -EINVAL;
}

/* "  -o, --output DIR" and the blanks up to the text, or a new line where it is too long. */
static void print_name(FILE *out, const struct option_row *row)
{
	int n = row->letter ? fprintf(out, "  -%c, --%s", row->letter, row->name)
			    : fprintf(out, "  --%s", row->name);

	if (row->argument)
		n += fprintf(out, " %s", row->argument);
	if (n + 1 < HELP_COLUMN)
		fprintf(out, "%*s", HELP_COLUMN - n, "");
	else
		fprintf(out, "\n%*s", HELP_COLUMN, "");
}

/* Words of @text one after the other; @column is where the line has come to. */
static void print_words(FILE *out, const char *text, size_t *column)
{
	while (*text) {
		size_t n = strcspn(text, " ");

		if (*column > HELP_COLUMN && *column + 1 + n > HELP_WIDTH) {
			fprintf(out, "\n%*s", HELP_COLUMN, "");
			*column = HELP_COLUMN;
		} else if (*column > HELP_COLUMN) {
			fputc(' ', out);
			++*column;
		}
		fprintf(out, "%.*s", (int)n, text);
		*column += n;
		text += n + strspn(text + n, " ");
	}
}

static void print_row(FILE *out, const struct option_row *row)
{
	const char *standard = row->usual ? row->usual : row->standard;
	size_t column = HELP_COLUMN;
	char text[200];

	print_name(out, row);
	print_words(out, row->help, &column);
	if (standard) {
		snprintf(text, sizeof(text), "(%s)", standard);
		print_words(out, text, &column);
	}
	fputc('\n', out);
}

void option_print_rows(FILE *out, const struct option_table *table)
{
	for (const struct option_row *row = table->rows; row->name; row++)
		if (option_belongs(table, row))
			print_row(out, row);
}

void option_print_page(FILE *out, const struct option_page *page)
{
	fprintf(out, "Usage: %s\n\n%s\n", page->usage, page->about);
	for (const struct option_table *t = page->table; t->rows; t++)
		option_print_rows(out, t);
	fprintf(out, "  -h, --help          print this text\n%s%s",
		*page->notes ? "\n" : "", page->notes);
}

/* The options of a page as getopt_long() wants them, each with its row and table. */
struct known {
	struct option option[OPTIONS_MAX + 2];
	const struct option_row *row[OPTIONS_MAX];
	const struct option_table *table[OPTIONS_MAX];
	char letters[2 * OPTIONS_MAX + 3];
	size_t n;
};

/* What getopt_long() returns for option @i: no letter. */
#define FIRST_OPTION 1000

static void know(struct known *k, const struct option_table *table,
		 const struct option_row *row)
{
	size_t n = strlen(k->letters);

	k->option[k->n] = (struct option){ row->name, option_takes(row), NULL,
					   FIRST_OPTION + (int)k->n };
	k->row[k->n] = row;
	k->table[k->n++] = table;
	if (row->letter)
		snprintf(k->letters + n, sizeof(k->letters) - n, "%c%s", row->letter,
			 row->argument ? ":" : "");
}

static void know_page(struct known *k, const struct option_page *page)
{
	*k = (struct known){ .letters = ":h" };
	for (const struct option_table *t = page->table; t->rows; t++)
		for (const struct option_row *row = t->rows; row->name; row++)
			if (option_belongs(t, row) && k->n < OPTIONS_MAX)
				know(k, t, row);
	k->option[k->n] = (struct option){ "help", no_argument, NULL, 'h' };
}

/* @given is "--NAME" or "--NAME=VALUE". */
static void refuse_unknown(const struct option_page *page, const struct known *k,
			   const char *given, char *why, size_t size)
{
	const char *names[OPTIONS_MAX + 1], *meant;
	char name[64];

	for (size_t i = 0; i <= k->n; i++)
		names[i] = k->option[i].name;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(given + 2, "="), given + 2);
	meant = text_nearest(name, names, k->n + 1);
	if (meant)
		snprintf(why, size, "there is no option --%s; did you mean --%s?", name,
			 meant);
	else
		snprintf(why, size, "there is no option --%s; see `pinlat %s --help`",
			 name, page->name);
}

/* Why getopt_long() refused what is before optind: @c is ':' for a missing value, else '?'. */
static int refuse(const struct option_page *page, const struct known *k, int c,
		  char **argv, char *why, size_t size)
{
	const char *given = argv[optind - 1];

	if (c == ':')
		snprintf(why, size, "%s needs a value; see `pinlat %s --help`", given,
			 page->name);
	else if (optopt && given[1] != '-')
		snprintf(why, size, "there is no option -%c; see `pinlat %s --help`",
			 optopt, page->name);
	else if (optopt)
		snprintf(why, size, "%s takes no value; see `pinlat %s --help`", given,
			 page->name);
	else
		refuse_unknown(page, k, given, why, size);
	return -EINVAL;
}

static const char **given_texts(void *settings, const struct option_table *table)
{
	return (const char **)(void *)((char *)settings + table->given);
}

int option_parse(const struct option_page *page, void *settings, int argc, char **argv,
		 char *why, size_t size)
{
	struct known k;
	const char *value;
	int c, ret = 0;

	know_page(&k, page);
	opterr = 0;
	while (ret == 0 &&
	       (c = getopt_long(argc, argv, k.letters, k.option, NULL)) != -1) {
		size_t i = 0;

		if (c == 'h')
			return OPTION_HELP;
		if (c == ':' || c == '?')
			return refuse(page, &k, c, argv, why, size);
		while (k.option[i].val != c && k.row[i]->letter != c)
			i++;
		value = optarg ? optarg : "on";
		ret = set_option(k.row[i], (char *)settings + k.table[i]->settings, value,
				 why, size);
		if (k.table[i]->given)
			given_texts(settings, k.table[i])[k.row[i] - k.table[i]->rows] =
				value;
	}
	return ret;
}
