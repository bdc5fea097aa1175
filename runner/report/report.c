// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "message.h"
#include "pinlat.h"
#include "report.h"
#include "report/page.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"

/* The first is the default. */
static const struct report_format *const formats[] = {
	&report_html,  &report_junit, &report_tap,	   &report_kcidb,
	&report_squad, &report_lava,  &report_openmetrics,
};

#define FORMATS (sizeof(formats) / sizeof(*formats))

static int set_format(void *settings, const char *name)
{
	struct report_command *o = settings;

	for (size_t i = 0; i < FORMATS; i++)
		if (strcmp(name, formats[i]->name) == 0)
			o->format = formats[i];
	return 0;
}

static int set_origin(void *settings, const char *name)
{
	struct report_command *o = settings;

	o->origin = name;
	return kcidb_is_origin(name) ? 0 : -EINVAL;
}

static int set_build(void *settings, const char *id)
{
	struct report_command *o = settings;

	o->build = id;
	return kcidb_is_build(id) ? 0 : -EINVAL;
}

/* Plain, and so fit for every format. */
static bool is_plain(const char *text)
{
	CLEANUP_FREE char *plain = text_plain(text, 1000);

	return *text && strcmp(plain, text) == 0;
}

/* A commit's full hash: SHA-1, as KCIDB has it. */
static int set_commit(void *settings, const char *hash)
{
	struct report_command *o = settings;

	o->kernel.commit = hash;
	return strlen(hash) == 40 && hash[strspn(hash, "0123456789abcdef")] == '\0'
		       ? 0
		       : -EINVAL;
}

static int set_name(const char **name, const char *text)
{
	*name = text;
	return is_plain(text) ? 0 : -EINVAL;
}

static int set_tree(void *settings, const char *name)
{
	return set_name(&((struct report_command *)settings)->kernel.tree, name);
}

static int set_branch(void *settings, const char *name)
{
	return set_name(&((struct report_command *)settings)->kernel.branch, name);
}

static int set_platform(void *settings, const char *name)
{
	return set_name(&((struct report_command *)settings)->kernel.platform, name);
}

/* "https://HOST/...", of characters that an URL may have (RFC 3986). */
static bool is_url(const char *text, bool secure)
{
	size_t scheme = strncmp(text, "https://", 8) == 0	      ? 8
			: !secure && strncmp(text, "http://", 7) == 0 ? 7
								      : 0;
	const char *rest = text + scheme;

	return scheme > 0 && *rest && *rest != '/' &&
	       rest[strspn(rest, TEXT_ALNUM "-._~:/?#[]@!$&'()*+,;=%")] == '\0';
}

static int set_git_url(void *settings, const char *url)
{
	struct report_command *o = settings;

	o->kernel.git_url = url;
	return is_url(url, true) ? 0 : -EINVAL;
}

static int set_log_url(void *settings, const char *url)
{
	struct report_command *o = settings;

	o->kernel.log_url = url;
	return is_url(url, false) ? 0 : -EINVAL;
}

/* Its last part is the name of the file. */
static int set_file_url(void *settings, const char *url)
{
	struct report_command *o = settings;
	const char *host = strstr(url, "//");
	const char *name = strrchr(url, '/');

	text_list_add(&o->kernel.files, "%s", url);
	return is_url(url, false) && name > host + 1 && name[1] ? 0 : -EINVAL;
}

static int set_order(void *settings, const char *name)
{
	struct report_command *o = settings;

	o->ordered = true;
	o->order = set_order_named(name);
	if (o->order != ORDER_GIVEN)
		o->judging.options.base_by = "the first in order";
	return 0;
}

/* Standard output is "-" too. */
static int set_output(void *settings, const char *path)
{
	struct report_command *o = settings;

	o->output = strcmp(path, "-") == 0 ? NULL : path;
	return 0;
}

/* clang-format off */
static const struct option_row rows[] = {
	{ .name = "format", .argument = "FORMAT", .standard = "html",
	  .words = "html,junit,tap,kcidb,squad,lava,openmetrics",
	  .help = "html (a page in one file, for people), junit (JUnit XML: Jenkins, GitLab, most others), tap (TAP 13, details as YAML), kcidb (KCIDB 5.3 of kernelci.org, JSON), squad (SQUAD's metrics.json), lava (a script that calls lava-test-case), openmetrics (for Prometheus' textfile collector)",
	  .set = set_format },
	{ .name = "output", .letter = 'o', .argument = "FILE", .flags = OPTION_FILE,
	  .help = "write there instead of to standard output, which - stands for",
	  .more = "It is replaced whole or not at all.", .wanted = "a file",
	  .set = set_output },
	{ .name = "separate", .help = "compare nothing: each set for itself",
	  .more = "That shows also what may not be compared.",
	  .field = offsetof(struct report_command, separate) },
	{ .name = "order", .argument = "ORDER", .standard = "given",
	  .words = "given,date,release,label",
	  .help = "of the sets, the first of which is the base: given, date (of the kernel's build, else of the first run), release, label",
	  .more = "given is as on the command line; date goes by the build as the kernel's version tells it (if not all do: by each set's first run); release puts -rc before what it is a candidate for; label takes numbers in it by value.",
	  .set = set_order },
	{ .name = "history",
	  .help = "html: kernels in order with change points, though sets are few (from 8 on, and with --order or --pairs: always)",
	  .more = "A smaller --alpha than .05 needs more than 8. See history.md in the documentation.",
	  .field = offsetof(struct report_command, history) },
	{ .name = "pairs", .argument = "DIR", .flags = OPTION_FILE,
	  .help = "html: also write a page of each set and the one before it to DIR",
	  .more = "The page links to them. Needs --output.", .wanted = "a directory",
	  .field = offsetof(struct report_command, pairs) },
	{ .name = "index", .argument = "DIR", .flags = OPTION_FILE,
	  .help = "instead of a report: a page that lists those below DIR",
	  .more = "The last measured comes first. It reads the pages alone, and needs no records.",
	  .wanted = "a directory", .field = offsetof(struct report_command, index) },
	{ .name = "origin", .argument = "NAME", .usual = "pinlat",
	  .help = "kcidb: the CI system that submits, by the name that it has there",
	  .wanted = "of a-z, 0-9 and _ (KCIDB's rule)", .set = set_origin },
	{ .name = "build", .argument = "ID",
	  .help = "kcidb: the build that was tested, if KCIDB knows it (ORIGIN:ID)",
	  .more = "No checkout and no build are told of then; of a base and a new set, the new one alone is.",
	  .wanted = "a build's ID in KCIDB (ORIGIN:ID)", .set = set_build },
	{ .name = "commit", .argument = "HASH",
	  .help = "kcidb, openmetrics: the full hash of the new kernel's commit, ...",
	  .more = "kernelci.org lists kernels of which it knows --commit, --tree, --branch and --git-url. Of a base and a new set, they are those of the new one.",
	  .wanted = "40 hexadecimal digits", .set = set_commit },
	{ .name = "tree", .argument = "NAME", .help = "... the tree, as it is known (mainline, drm-tip), ...",
	  .wanted = "a name", .set = set_tree },
	{ .name = "branch", .argument = "NAME", .help = "... the branch, ...",
	  .wanted = "a name", .set = set_branch },
	{ .name = "git-url", .argument = "URL", .help = "... and (kcidb) the repository",
	  .wanted = "an URL that begins with https:// (KCIDB's rule)", .set = set_git_url },
	{ .name = "platform", .argument = "NAME", .usual = "the machine's name",
	  .help = "kcidb: the kind of machine that kernelci.org lists the tests under",
	  .wanted = "a name", .set = set_platform },
	{ .name = "log-url", .argument = "URL", .help = "kcidb: where the job's log is kept",
	  .wanted = "an URL (https://...)", .set = set_log_url },
	{ .name = "file-url", .argument = "URL",
	  .help = "kcidb: where the records or a page are kept; may be given several times",
	  .more = "Its last part is the file's name.",
	  .wanted = "the URL of a file (https://host/night/records.jsonl.gz)", .set = set_file_url },
	{ .name = "host", .argument = "NAME", .help = "report the records of this machine alone",
	  .more = "SQUAD has an environment for each machine, and wants a report of each.",
	  .field = offsetof(struct report_command, host) },
	{ .name = "timestamps",
	  .help = "openmetrics: each value with the time of its measurement, to back-fill Prometheus",
	  .more = "Sets are not compared then: those of one machine are values of the same series. The time is that of the set's last run.",
	  .field = offsetof(struct report_command, timestamps) },
	{ 0 },
};
/* clang-format on */

/* Options that only some formats have a place for. */
static void check_format(const struct report_command *o)
{
	const struct report_kernel *kernel = &o->kernel;
	bool kcidb = o->format == &report_kcidb;
	bool openmetrics = o->format == &report_openmetrics;

	if (!kcidb && (o->build || o->origin))
		usage_error("report: --origin and --build are for --format kcidb");
	if (!kcidb && (kernel->git_url || kernel->platform || kernel->log_url ||
		       kernel->files.n > 0))
		usage_error(
			"report: --git-url, --platform, --log-url and --file-url are for --format kcidb");
	if (!kcidb && !openmetrics && (kernel->commit || kernel->tree || kernel->branch))
		usage_error(
			"report: --commit, --tree and --branch are for --format kcidb and openmetrics");
	if (o->build &&
	    (kernel->commit || kernel->tree || kernel->branch || kernel->git_url))
		usage_error(
			"report: KCIDB knows of which commit --build is: leave out --commit, --tree, --branch and --git-url");
	if (!openmetrics && o->timestamps)
		usage_error("report: --timestamps is for --format openmetrics");
	if (o->timestamps && o->judging.fail_on != VERDICT_NONE)
		usage_error(
			"report: --timestamps compares nothing, so --fail-on has nothing to fail on; leave one of them out");
}

static void check(const struct report_command *o, int paths)
{
	if (o->index && paths > 0)
		usage_error(
			"report: --index lists the reports in its folder, and takes no sets");
	if (!o->index && paths == 0)
		usage_error(
			"report: give the records of one kernel or several: pinlat report base patched -o report.html");
	if (o->separate && o->judging.fail_on != VERDICT_NONE)
		usage_error(
			"report: --separate compares nothing, so --fail-on has nothing to fail on; leave one of them out");
	if (!o->format->page && (o->history || o->pairs || o->index))
		usage_error(
			"report: --history, --pairs and --index are for --format html");
	if (o->judging.options.base &&
	    (o->separate || o->ordered || o->history || o->pairs))
		usage_error(
			"report: --base goes with none of --separate, --order, --history and --pairs: there the order says what is compared");
	if (o->pairs && !o->output)
		usage_error(
			"report: --pairs links from one file to others; name it: --output FILE");
	check_format(o);
}

static void print(FILE *out, void *data)
{
	struct report *r = data;

	if (!r->o->format->page)
		report_cases_make(r);
	r->o->format->print(r, out);
	report_cases_free(r);
}

static bool has_valid_run(const struct set *set)
{
	for (size_t i = 0; i < set->cells; i++)
		if (set->cell[i].runs > 0)
			return true;
	return false;
}

/* Names the sets of which no run is valid: nothing was measured. Returns the exit code. */
static int check_measured(const struct comparison *c)
{
	int code = PINLAT_OK;

	for (size_t s = 0; s < c->sets; s++) {
		if (has_valid_run(c->set[s]))
			continue;
		complain("report: %s has no valid run", c->set[s]->name);
		code = PINLAT_FAILED;
	}
	return code;
}

/*
 * Compares where there is something to compare. A set without a valid
 * run is no reason to write nothing: whoever reads the report has to see it. A page shows what may
 * not be compared as well, and says why; a gate is all that cannot do without a verdict.
 * Returns 0 to go on, else the exit code.
 */
static int prepare(const struct report_command *o, struct comparison *c, bool *compared)
{
	int ret, code;

	*compared = !o->separate && !o->timestamps && c->sets > 1;
	if (!*compared)
		return 0;
	ret = compare(c);
	if (ret == 0)
		return 0;
	for (size_t s = 0; ret == -ENODATA && s < c->sets; s++) {
		*compared = *compared && has_valid_run(c->set[s]);
		if (!*compared)
			return 0;
	}
	code = judging_refuse(&o->judging, c, ret);
	if (!o->format->page || o->judging.fail_on != VERDICT_NONE)
		return code;
	complain("report: so nothing is judged; the page shows the sets side by side");
	*compared = false;
	return 0;
}

/* What was left out of what was read. */
static void complain_of_rest(const struct report *r)
{
	for (size_t i = 0; i < r->sets->problems.n; i++)
		complain("left out: %s", r->sets->problems.text[i]);
	for (size_t s = 0; s < r->sets->n; s++) {
		const struct set *set = &r->sets->set[s];

		if (set->duplicates > 0)
			complain("left out: copies of other records of %s: %zu",
				 set->name, set->duplicates);
	}
}

/* SQUAD keeps an environment for each machine. Returns the exit code. */
static int check_machines(const struct report_command *o, const struct comparison *c)
{
	CLEANUP(text_list_free) struct text_list names = { 0 };
	CLEANUP_FREE char *joined = NULL;

	for (size_t s = 0; s < c->sets; s++)
		for (size_t i = 0; i < c->set[s]->machines; i++)
			if (!text_list_has(&names, c->set[s]->machine[i].name))
				text_list_add(&names, "%s", c->set[s]->machine[i].name);
	if (names.n < 2 || (o->judging.options.allow[REFUSE_MACHINE] && !o->host))
		return PINLAT_OK;
	joined = text_list_join(&names, ", ");
	complain(
		"report: SQUAD has an environment for each machine, and these are %s: report each with --host NAME",
		joined);
	return PINLAT_USAGE;
}

static int write_report(struct report *r, struct comparison *c)
{
	const struct report_command *o = r->o;
	int code = prepare(o, c, &r->compared);

	if (code > 0)
		return code;
	if ((o->build || o->kernel.commit) && !o->timestamps && c->sets > 2) {
		complain(
			"report: --%s is of one kernel, and there are %zu sets: give it, or a base and it",
			o->build ? "build" : "commit", c->sets);
		return PINLAT_USAGE;
	}
	if (o->format == &report_squad && check_machines(o, c) != PINLAT_OK)
		return PINLAT_USAGE;
	complain_of_rest(r);
	if (o->pairs && c->sets > 1)
		code = report_pairs(r);
	if (code == PINLAT_OK)
		code = write_output(o->output, print, r);
	if (code == PINLAT_OK)
		code = r->compared ? judging_gate(&o->judging, c) : check_measured(c);
	return code;
}

/* Puts what was read in order, compares and writes it. Returns the exit code. */
static int order_and_write(struct report *r, struct sets *sets)
{
	struct comparison c = { 0 };
	int code;

	sets_order(sets, r->o->order);
	sets_finish(sets);
	code = judging_choose_base(&r->o->judging, sets);
	if (code != PINLAT_OK)
		return code;
	compare_begin(&c, &r->o->judging.options, sets);
	r->c = &c;
	code = write_report(r, &c);
	for (size_t s = 0; r->pair && s < c.sets; s++)
		free(r->pair[s]);
	free(r->pair);
	compare_free(&c);
	r->c = NULL;
	return code;
}

static int read_and_write(struct report_command *o)
{
	struct report r = { .o = o };
	struct sets sets = compare_sets(&o->judging.options);
	struct curves
		*part; /* one a path: what a page draws of each record that is read */
	size_t paths = 0;
	int code;

	while (o->path[paths])
		paths++;
	part = xcalloc(paths, sizeof(*part));
	for (size_t i = 0; i < paths; i++)
		part[i].woken = o->judging.options.woken;
	if (o->format->page) {
		sets.watch = curves_watch;
		sets.watched = part;
	}
	r.sets = &sets;
	sets.host = o->host;
	judging_load(&sets, o->path, o->output);
	for (size_t i = 0; i < paths; i++) {
		curves_join(&r.curves, &part[i]);
		curves_free(&part[i]);
	}
	free(part);
	if (sets.n == 0) {
		complain("report: no record is of a machine with the name %s", o->host);
		code = PINLAT_USAGE;
	} else {
		code = order_and_write(&r, &sets);
	}
	sets_free(&sets);
	curves_free(&r.curves);
	return code;
}

static int pinlat_report(int argc, char **argv)
{
	struct report_command o = { .format = formats[0] };
	int code;

	judging_init(&o.judging, "report");
	o.line = typed_line(argc, argv);
	parse_options(&report_page, &o, argc, argv);
	check(&o, argc - optind);
	o.path = argv + optind;
	code = o.index ? report_index(&o) : read_and_write(&o);
	judging_free(&o.judging);
	text_list_free(&o.kernel.files);
	free(o.line);
	return code;
}

const struct option_page report_page = {
	.name = "report",
	.main = pinlat_report,
	.what = "write what sets say as a page, or for CI systems: JUnit, TAP, KCIDB, ...",
	.usage = "pinlat report [OPTION]... SET...",
	.about = "Writes what sets of records say, as a page or for other programs to read. A set is\n"
		 "a directory of records, a file of JSON lines (also .gz), igt_runner's results.json or\n"
		 "a log with packs (pinlat pack); each label in it makes a set, and each kernel of a\n"
		 "label. Two sets or more are compared, with the first, as `pinlat compare` does.\n",
	.notes = "worse is a failure; unclear is none, unless --fail-on unclear. An invalid run is\n"
		 "skipped, with its reason; a subtest without a valid run is an error.\n\n"
		 "Exit status: 0 written, 1 --fail-on, 2 bad input, usage or refused, 3 could not be\n"
		 "written or compared, or a set has no valid run, or --fail-on could judge nothing.\n",
	.operands = true,
	.table = {
		{ .rows = rows },
		{ .rows = judging_rows,
		  .settings = offsetof(struct report_command, judging) },
	},
};
