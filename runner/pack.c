// SPDX-License-Identifier: MIT
/* Records as lines that any log can carry, and back. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "message.h"
#include "pinlat.h"
#include "record/file.h"
#include "record/pack.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"

struct pack_command {
	const char *name;   /* NULL: the label of the records */
	const char *output; /* NULL: standard output */
	const char *unpack; /* a folder; NULL: make a pack */
	uint64_t copies;
};

static int set_name(void *settings, const char *value)
{
	struct pack_command *o = settings;

	o->name = value;
	return pack_name_is_good(value) ? 0 : -EINVAL;
}

static int take_count(const char *text, uint64_t *value)
{
	char *end;

	*value = strtoull(text, &end, 10);
	return *end ? -EINVAL : 0;
}

/* clang-format off */
static const struct option_row rows[] = {
	{ .name = "name", .argument = "NAME", .usual = "the label of the records",
	  .help = "name of the pack",
	  .wanted = "a name (up to 40 of A-Z a-z 0-9 . _ + -, the first a letter or a digit)",
	  .set = set_name },
	{ .name = "copies", .argument = "N", .standard = "1",
	  .help = "how often the pack is printed, 1 to 9: lines that a log lost come from another copy",
	  .wanted = "a number of 1 to 9", .field = offsetof(struct pack_command, copies),
	  .parse = take_count, .least = 1, .most = 9 },
	{ .name = "output", .letter = 'o', .argument = "FILE", .flags = OPTION_FILE,
	  .help = "write there instead of to standard output",
	  .more = "It is replaced whole or not at all.", .wanted = "a file",
	  .field = offsetof(struct pack_command, output) },
	{ .name = "unpack", .argument = "DIR", .flags = OPTION_DIRECTORY,
	  .help = "the other way: write the records of each pack in a log to DIR/NAME.jsonl",
	  .more = "A second pack of the same name becomes NAME-2.jsonl. A file that is there with other records is not replaced. Other commands read logs as they are: they need no unpacking.",
	  .wanted = "a directory", .field = offsetof(struct pack_command, unpack) },
	{ 0 },
};
/* clang-format on */

/* Records that are collected for a pack. */
struct collected {
	struct memstream text;
	size_t records, problems;
	char *label;	   /* owned; of all so far */
	bool other_labels; /* there are others */
};

static int collect(struct record *r, void *data)
{
	struct collected *c = data;

	for (size_t i = 0; i < r->json_length; i++)
		putc(r->json[i] == '\n' || r->json[i] == '\r' ? ' ' : r->json[i],
		     c->text.out);
	putc('\n', c->text.out);
	c->records++;
	if (!c->label)
		c->label = xstrdup(r->label);
	c->other_labels |= strcmp(c->label, r->label) != 0;
	return 0;
}

static int say_problem(const char *text, void *data)
{
	struct collected *c = data;

	complain("%s", text);
	c->problems++;
	return 0;
}

/*
 * Reads all of @path, past those that cannot be read: a log may be all that is left of the machine.
 * Returns an exit code.
 */
static int collect_all(struct collected *c, char **path)
{
	const struct record_visitor visitor = { collect, say_problem, c, NULL };
	size_t before;
	int ret, code = PINLAT_OK;

	for (; *path; path++) {
		before = c->records;
		ret = records_visit(*path, &visitor);
		if (ret < 0)
			complain("%s: cannot be read: %s", *path, unread_text(ret));
		else if (c->records == before)
			complain("%s: holds no record", *path);
		if (c->records == before)
			code = PINLAT_USAGE;
	}
	return c->problems > 0 ? PINLAT_USAGE : code;
}

/*
 * A line is one write(2): what else writes to a serial line falls between two of them, and not
 * into one.
 */
static void print_lines(const char *lines)
{
	while (*lines) {
		size_t length = strcspn(lines, "\n") + 1;

		fwrite(lines, 1, length, stdout);
		fflush(stdout);
		lines += length;
	}
}

static int write_copies(const struct pack_command *o, const char *lines)
{
	CLEANUP_FREE char *all = NULL;
	struct memstream m;
	int ret;

	if (!o->output) {
		for (uint64_t i = 0; i < o->copies; i++)
			print_lines(lines);
		return finish_output(PINLAT_OK);
	}
	memstream_open(&m);
	for (uint64_t i = 0; i < o->copies; i++)
		fputs(lines, m.out);
	all = memstream_close(&m);
	ret = file_replace(o->output, all, m.size);
	if (ret < 0)
		complain("%s: cannot be written: %s", o->output, strerror(-ret));
	return ret < 0 ? PINLAT_FAILED : PINLAT_OK;
}

/* What a collection is called. */
static void choose_name(const struct pack_command *o, const struct collected *c,
			char name[PACK_NAME_MAX + 1])
{
	if (o->name)
		pack_name_from(o->name, name);
	else
		pack_name_from(c->label && !c->other_labels ? c->label : "", name);
}

static int make_pack(const struct pack_command *o, char **path)
{
	CLEANUP_FREE char *text = NULL, *lines = NULL;
	struct collected c = { 0 };
	char name[PACK_NAME_MAX + 1];
	int code, ret, written;

	memstream_open(&c.text);
	code = collect_all(&c, path);
	text = memstream_close(&c.text);
	choose_name(o, &c, name);
	free(c.label);
	if (c.records == 0)
		return code;
	ret = pack_make(name, text, c.text.size, &lines);
	if (ret == -ENOMEM)
		alloc_failed();
	if (ret < 0) {
		complain("pack: %zu records take more than %d MiB: make packs of fewer",
			 c.records, PACK_UNPACKED_MAX >> 20);
		return PINLAT_USAGE;
	}
	written = write_copies(o, lines);
	return written != PINLAT_OK ? written : code;
}

/* Where packs are unpacked to. */
struct unpacking {
	const char *folder;
	struct text_list names; /* of the packs so far */
	size_t problems;
	int code;
};

/* Whether file @path holds @text; -errno: it cannot be read. */
static int holds(const char *path, const char *text, size_t length)
{
	CLEANUP_FCLOSE FILE *f = fopen(path, "r");
	CLEANUP_FREE char *there = NULL;

	if (!f)
		return -errno;
	there = xmalloc(length + 1);
	return fread(there, 1, length + 1, f) == length &&
	       memcmp(there, text, length) == 0;
}

/* The name is one that pack_name_is_good(): it leads nowhere else. */
static int write_pack(const char *name, const char *text, size_t length, void *data)
{
	struct unpacking *u = data;
	CLEANUP_FREE char *path = NULL;
	size_t before = 0;
	int there, ret;

	for (size_t i = 0; i < u->names.n; i++)
		before += strcmp(u->names.text[i], name) == 0;
	text_list_add(&u->names, "%s", name);
	path = before == 0 ? xasprintf("%s/%s.jsonl", u->folder, name)
			   : xasprintf("%s/%s-%zu.jsonl", u->folder, name, before + 1);
	there = holds(path, text, length);
	if (there == 0) {
		complain("%s: is there already, with other records; it stays as it is",
			 path);
		u->code = PINLAT_USAGE;
		return 0;
	}
	ret = there > 0 ? 0 : file_replace(path, text, length);
	if (ret < 0) {
		complain("%s: cannot be written: %s", path, strerror(-ret));
		u->code = PINLAT_FAILED;
		return 0;
	}
	printf("%s\n", path);
	return 0;
}

static int leave_record(struct record *r, void *data)
{
	(void)r;
	(void)data;
	return 0;
}

static int say_unpack_problem(const char *text, void *data)
{
	struct unpacking *u = data;

	complain("%s", text);
	u->problems++;
	return 0;
}

static int unpack_all(const struct pack_command *o, char **path)
{
	struct unpacking u = { .folder = o->unpack };
	const struct record_visitor visitor = { leave_record, say_unpack_problem, &u,
						write_pack };

	if (mkdir(o->unpack, 0777) < 0 && errno != EEXIST) {
		complain("%s: cannot be made: %s", o->unpack, strerror(errno));
		return PINLAT_FAILED;
	}
	for (; *path; path++) {
		size_t before = u.names.n;
		int ret = records_visit(*path, &visitor);

		if (ret < 0)
			complain("%s: cannot be read: %s", *path, unread_text(ret));
		else if (u.names.n == before)
			complain("%s: holds no pack", *path);
		if (ret < 0 || u.names.n == before)
			u.code = u.code ? u.code : PINLAT_USAGE;
	}
	text_list_free(&u.names);
	return finish_output(u.code);
}

static int pinlat_pack(int argc, char **argv)
{
	struct pack_command o = { .copies = 1 };

	parse_options(&pack_page, &o, argc, argv);
	if (optind == argc)
		usage_error("pack: which records? See `pinlat pack --help`");
	if (o.unpack && (o.name || o.output || o.copies > 1))
		usage_error(
			"pack: --unpack does not go with --name, --copies and --output");
	return o.unpack ? unpack_all(&o, argv + optind) : make_pack(&o, argv + optind);
}

const struct option_page pack_page = {
	.name = "pack",
	.what = "print records as short lines for a log, or take them out of one",
	.usage = "pinlat pack [OPTION]... RECORD|DIR...\n"
		 "       pinlat pack --unpack DIR LOG...",
	.about =
		"Prints records, compressed with xz, as lines of at most 760 characters that survive a\n"
		"job's log or a serial line. `pinlat show`, `compare` and `report` find them there: in\n"
		"plain text, LAVA's YAML, JSON that holds the log, and .gz of these. Each line has a\n"
		"checksum, and so has the whole: a pack that is not whole is refused, and the missing\n"
		"lines are named. A second copy in the same log repairs it.\n",
	.notes = "Exit status: 0 ok, 2 bad input or usage, 3 it could not be written.\n",
	.operands = true,
	.table = { { .rows = rows } },
	.main = pinlat_pack,
};
