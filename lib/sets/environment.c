// SPDX-License-Identifier: MIT
#include "sets/environment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "system/alloc.h"
#include "system/cleanup.h"

/* A record's environment is three levels deep. */
#define DEPTH_MAX 8

#define CMDLINE "kernel.cmdline"
#define MOCK	"device.mock"

static void add_fact(struct fact_list *facts, const char *path, const char *text)
{
	facts->fact = xgrow(facts->fact, facts->n, sizeof(*facts->fact));
	facts->fact[facts->n++] = (struct fact){ xstrdup(path), xstrdup(text) };
}

/* Adds the leaves of @o, which is at @path. */
static void add_leaves(struct fact_list *facts, json_object *o, const char *path,
		       int depth)
{
	if (json_object_get_type(o) != json_type_object) {
		add_fact(facts, path, o ? json_object_get_string(o) : "");
		return;
	}
	json_object_object_foreach(o, key, member) {
		CLEANUP_FREE char *longer = NULL;

		if (depth == DEPTH_MAX)
			return;
		longer = xasprintf("%s%s%s", path, *path ? "." : "", key);
		add_leaves(facts, member, longer, depth + 1);
	}
}

static int by_path(const void *a, const void *b)
{
	const struct fact *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static void sort_facts(struct fact_list *facts)
{
	if (facts->n > 1)
		qsort(facts->fact, facts->n, sizeof(*facts->fact), by_path);
}

/* The leaves of @tree (may be NULL). */
static struct fact_list facts_from_tree(json_object *tree)
{
	struct fact_list facts = { 0 };

	if (tree)
		add_leaves(&facts, tree, "", 0);
	sort_facts(&facts);
	return facts;
}

static const struct fact *find(const struct fact *fact, size_t n, const char *path)
{
	const struct fact wanted = { (char *)path, NULL };

	return n > 0 ? bsearch(&wanted, fact, n, sizeof(wanted), by_path) : NULL;
}

const char *facts_find(const struct fact_list *facts, const char *path)
{
	const struct fact *f = find(facts->fact, facts->n, path);

	return f ? f->text : "";
}

static bool has_device(const struct fact_list *facts)
{
	for (size_t i = 0; i < facts->n; i++)
		if (strncmp(facts->fact[i].path, "device.", strlen("device.")) == 0)
			return true;
	return false;
}

bool record_counts_mock(const struct record *r)
{
	return json_object_object_get_ex(r->counters, "mock", NULL);
}

struct fact_list facts_of_record(const struct record *r)
{
	struct fact_list facts = facts_from_tree(r->environment);
	bool mock = record_counts_mock(r);

	if (!*facts_find(&facts, MOCK) && (mock || has_device(&facts))) {
		add_fact(&facts, MOCK, mock ? "true" : "false");
		sort_facts(&facts);
	}
	return facts;
}

/* Splits @text at @between. */
static void split(struct text_list *words, const char *text, const char *between)
{
	while (*text) {
		const char *end = strstr(text, between);
		size_t length = end ? (size_t)(end - text) : strlen(text);

		if (length > 0)
			text_list_add(words, "%.*s", (int)length, text);
		text += length + (end ? strlen(between) : 0);
	}
}

/* The words of @a that @b does not have, joined. */
static char *only_in(const struct text_list *a, const struct text_list *b,
		     const char *between)
{
	CLEANUP_FREE char **text = xcalloc(a->n, sizeof(*text));
	struct text_list only = { 0, text };

	for (size_t i = 0; i < a->n; i++)
		if (!text_list_has(b, a->text[i]))
			text[only.n++] = a->text[i];
	return text_list_join(&only, between);
}

/*
 * Parameters that say where a kernel boots from and where it prints: no run is another for them. One that
 * ends in a dot stands for all that begin so.
 */
static const char *const harmless[] = {
	"BOOT_IMAGE",  "biosdevname", "boot",	       "console",   "earlycon",
	"fsck.",       "fstab",	      "initrd",	       "ip",	    "loglevel",
	"net.ifnames", "nfsroot",     "panic",	       "plymouth.", "quiet",
	"rd.",	       "resume",      "resume_offset", "ro",	    "root",
	"rootdelay",   "rootflags",   "rootfstype",    "rootwait",  "rw",
	"splash",      "systemd.",    "vt.handoff",
};

static bool is_harmless(const char *word)
{
	size_t name = strcspn(word, "=");

	for (size_t i = 0; i < sizeof(harmless) / sizeof(*harmless); i++) {
		size_t length = strlen(harmless[i]);
		bool group = harmless[i][length - 1] == '.';

		if (strncmp(word, harmless[i], length) == 0 && (group || name == length))
			return true;
	}
	return false;
}

/* The parameters of command line @text that can change a number. */
static void split_cmdline(struct text_list *words, const char *text)
{
	CLEANUP(text_list_free) struct text_list all = { 0 };

	split(&all, text, " ");
	for (size_t i = 0; i < all.n; i++)
		if (!is_harmless(all.text[i]))
			text_list_add(words, "%s", all.text[i]);
}

void fact_words(const char *path, const char *a, const char *b, char **only_a,
		char **only_b)
{
	CLEANUP(text_list_free) struct text_list x = { 0 }, y = { 0 };
	bool cmdline = strcmp(path, CMDLINE) == 0;
	const char *between = cmdline ? " " : "; ";

	if (cmdline) {
		split_cmdline(&x, a);
		split_cmdline(&y, b);
	} else {
		split(&x, a, between);
		split(&y, b, between);
	}
	*only_a = only_in(&x, &y, between);
	*only_b = only_in(&y, &x, between);
}

static bool cmdline_differs(const char *a, const char *b)
{
	CLEANUP_FREE char *only_a = NULL, *only_b = NULL;

	fact_words(CMDLINE, a, b, &only_a, &only_b);
	return *only_a || *only_b;
}

bool fact_differs(const char *path, const char *a, const char *b)
{
	if (strcmp(path, "memory.swap_free") == 0 || strcmp(a, b) == 0)
		return false;
	if (strcmp(path, CMDLINE) == 0 && *a && *b)
		return cmdline_differs(a, b);
	/* The kernel's own size comes off the total: a patch alters it a little. */
	if (strcmp(path, "memory.total") == 0 && *a && *b) {
		double x = strtod(a, NULL), y = strtod(b, NULL);

		return !(fabs(x - y) <= 0.01 * fmax(x, y));
	}
	return true;
}

void facts_merge(struct fact_list *facts, const struct fact_list *more,
		 struct text_list *differing)
{
	size_t before = facts->n;

	for (size_t i = 0; i < more->n; i++) {
		const struct fact *f = &more->fact[i];
		const struct fact *mine = find(facts->fact, before, f->path);

		if (!mine)
			add_fact(facts, f->path, f->text);
		else if (fact_differs(f->path, mine->text, f->text) &&
			 !text_list_has(differing, f->path))
			text_list_add(differing, "%s", f->path);
	}
	if (facts->n > before)
		sort_facts(facts);
}

/* Whether both lists tell the same at @path, or not both tell. */
static bool agree(const struct fact_list *a, const struct fact_list *b, const char *path)
{
	const char *x = facts_find(a, path), *y = facts_find(b, path);

	return !*x || !*y || strcmp(x, y) == 0;
}

static const char *const of_kernel[] = { "kernel.release", "kernel.version",
					 "kernel.build_id" };

bool is_of_kernel(const char *path)
{
	for (size_t i = 0; i < sizeof(of_kernel) / sizeof(*of_kernel); i++)
		if (strcmp(path, of_kernel[i]) == 0)
			return true;
	return false;
}

bool is_same_kernel(const struct fact_list *a, const struct fact_list *b)
{
	for (size_t i = 0; i < sizeof(of_kernel) / sizeof(*of_kernel); i++)
		if (!agree(a, b, of_kernel[i]))
			return false;
	return true;
}

bool is_same_machine(const struct fact_list *a, const struct fact_list *b)
{
	static const char *const path[] = { "kernel.release", "kernel.version",
					    "cpu.model",      "cpu.online",
					    "memory.total",   "virtual" };

	for (size_t i = 0; i < sizeof(path) / sizeof(*path); i++)
		if (strcmp(facts_find(a, path[i]), facts_find(b, path[i])) != 0)
			return false;
	/* What older records lack tells nothing. */
	return is_same_kernel(a, b) && agree(a, b, "machine_id") && agree(a, b, MOCK) &&
	       agree(a, b, "cpu.measured");
}

void facts_free(struct fact_list *facts)
{
	for (size_t i = 0; i < facts->n; i++) {
		free(facts->fact[i].path);
		free(facts->fact[i].text);
	}
	free(facts->fact);
	*facts = (struct fact_list){ 0 };
}
