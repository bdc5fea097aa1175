// SPDX-License-Identifier: MIT
/*
 * Fills in the options of the commands, which the tables know: into a man page (scdoc) or into
 * the completion. Reads the page on standard input and copies it; a line "@options NAME@" becomes
 * what belongs there, of command NAME or of the test ("test").
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options/run_options.h"
#include "pinlat.h"

static const struct option_page test_page = {
	.name = "test",
	.table = { { .rows = run_option_rows } },
};

static const struct option_page *find_page(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	if (strcmp(name, "test") == 0)
		return &test_page;
	fprintf(stderr, "options: there is no command %s\n", name);
	exit(1);
}

/* Whether an option's name, "--walker-rate", begins at @text; its length. */
static size_t option_length(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz-");

	return strncmp(text, "--", 2) == 0 && n > 2 ? n : 0;
}

/* @text for scdoc: options in bold, @argument underlined; nothing else means anything. */
static void print_text(const char *text, const char *argument)
{
	char before = ' ';
	size_t n;

	for (; *text; before = text[-1]) {
		n = option_length(text);
		if (n > 0) {
			printf("*%.*s*", (int)n, text);
			text += n;
			continue;
		}
		n = argument ? strlen(argument) : 0;
		if (n > 0 && strncmp(text, argument, n) == 0 &&
		    !isalnum((unsigned char)before) && !isalnum((unsigned char)text[n])) {
			printf("_%s_", argument);
			text += n;
			continue;
		}
		if (strchr("*_\\<>#[]~", *text))
			putchar('\\');
		putchar(*text++);
	}
}

/* Values are written as they are typed, also where a sentence begins. */
static bool begins_with_value(const struct option_row *row)
{
	char word[64];

	snprintf(word, sizeof(word), "%.*s", (int)strcspn(row->help, " ,"), row->help);
	return row->words && list_has(row->words, word);
}

static void print_entry(const struct option_row *row)
{
	const char *standard = row->usual ? row->usual : row->standard;

	if (row->letter)
		printf("*-%c*, ", row->letter);
	printf("*--%s*", row->name);
	if (row->argument)
		printf(" _%s_", row->argument);
	printf("\n\t%c",
	       begins_with_value(row) ? *row->help : toupper((unsigned char)*row->help));
	print_text(row->help + 1, row->argument);
	printf(".");
	if (standard) {
		printf(" Default: ");
		print_text(standard, NULL);
		printf(".");
	}
	if (row->more) {
		printf("\n\t");
		print_text(row->more, row->argument);
	}
	printf("\n\n");
}

static void print_man(const struct option_page *page)
{
	for (const struct option_table *t = page->table; t->rows; t++)
		for (const struct option_row *row = t->rows; row->name; row++)
			if (option_belongs(t, row))
				print_entry(row);
}

/* The names that `pinlat NAME -` offers. */
static void print_names(const struct option_page *page)
{
	printf("\t%s) echo", page->name);
	for (const struct option_table *t = page->table; t->rows; t++)
		for (const struct option_row *row = t->rows; row->name; row++)
			if (option_belongs(t, row))
				printf(" --%s", row->name);
	printf("%s ;;\n", page == &test_page ? "" : " --help");
}

static void print_words(const char *words)
{
	char word[64];
	size_t at = 0;

	while (next_item(words, &at, word, sizeof(word)))
		printf(" %s", word);
}

/* What may follow @row: a case of the shell's, which takes nothing where any value may be right. */
static void print_values(const struct option_page *page, const struct option_row *row)
{
	if (!row->argument && !row->words)
		return;
	printf("\t");
	if (row->letter)
		printf("%s-%c | ", page->name, row->letter);
	printf("%s--%s) ", page->name, row->name);
	if (row->words) {
		printf("_pinlat_offer%s \"$current\"",
		       row->flags & OPTION_LIST ? "_list" : "");
		print_words(row->words);
		printf(" ");
	}
	if (row->flags & (OPTION_FILE | OPTION_DIRECTORY)) {
		if (row->words)
			printf("; ");
		printf("_pinlat_files \"$current\"%s ",
		       row->flags & OPTION_DIRECTORY ? " -d" : "");
	}
	printf(";;\n");
}

static void print_page_values(const struct option_page *page)
{
	for (const struct option_table *t = page->table; t->rows; t++)
		for (const struct option_row *row = t->rows; row->name; row++)
			if (option_belongs(t, row))
				print_values(page, row);
}

/* Functions of the completion, of all commands. */
static void print_completion(void)
{
	printf("_pinlat_commands() {\n\techo");
	for (size_t i = 0; commands[i]; i++)
		printf(" %s", commands[i]->name);
	printf("\n}\n\n# Those that take files.\n_pinlat_takes_files() {\n\tcase $1 in\n");
	for (size_t i = 0; commands[i]; i++)
		if (commands[i]->operands)
			printf("\t%s) return 0 ;;\n", commands[i]->name);
	printf("\tesac\n\treturn 1\n}\n\n_pinlat_table_names() {\n\tcase $1 in\n");
	for (size_t i = 0; commands[i]; i++)
		print_names(commands[i]);
	print_names(&test_page);
	printf("\tesac\n}\n\n# _pinlat_table_values OPTION CURRENT: \"run--probes\"; false: it takes no value.\n");
	printf("_pinlat_table_values() {\n\tlocal current=$2\n\tcase $1 in\n");
	for (size_t i = 0; commands[i]; i++)
		print_page_values(commands[i]);
	print_page_values(&test_page);
	printf("\t*) return 1 ;;\n\tesac\n\treturn 0\n}\n");
}

int main(void)
{
	char line[1000], name[32];

	while (fgets(line, sizeof(line), stdin)) {
		if (strcmp(line, "# @options@\n") == 0)
			print_completion();
		else if (sscanf(line, "@options %31[a-z]@", name) == 1)
			print_man(find_page(name));
		else
			fputs(line, stdout);
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
