// SPDX-License-Identifier: MIT
/* From record to JSON, and from text to disk. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/file.h"
#include "record/internal.h"
#include "system/cleanup.h"
#include "system/json.h"

static void put_field(struct json_out *out, json_object *to, const struct field *f,
		      const void *base)
{
	const void *at = (const char *)base + f->offset;

	switch (f->kind) {
	case FIELD_TEXT:
		json_put_text(out, to, f->name, at);
		break;
	case FIELD_I32:
		json_put_i64(out, to, f->name, *(const int32_t *)at);
		break;
	case FIELD_U64:
		json_put_u64(out, to, f->name, *(const uint64_t *)at);
		break;
	case FIELD_REAL:
		json_put_real(out, to, f->name, *(const double *)(const void *)at);
		break;
	}
}

/* The fields of @f as object @key; returns that. */
static json_object *put_fields(struct json_out *out, json_object *to, const char *key,
			       const struct field *f, const void *base)
{
	json_object *o = json_put_object(out, to, key);

	for (; f->name; f++)
		put_field(out, o, f, base);
	return o;
}

static void put_distribution(struct json_out *out, json_object *to, const char *key,
			     const struct distribution *d)
{
	json_object *o = json_put_object(out, to, key), *quantiles, *buckets, *pair;

	json_put_u64(out, o, "count", d->count);
	json_put_u64(out, o, "min", d->min);
	json_put_u64(out, o, "max", d->max);
	json_put_u64(out, o, "sum", d->sum);
	quantiles = json_put_object(out, o, "quantiles");
	for (size_t i = 0; i < RECORD_QUANTILES; i++) {
		const char *name = record_quantile[i].name;
		double p = record_quantile[i].p;

		if (distribution_supports(d, p))
			json_put_u64(out, quantiles, name, distribution_quantile(d, p));
		else
			json_put_null(out, quantiles, name);
	}
	buckets = json_put_array(out, o, "buckets");
	for (size_t i = 0; i < d->buckets; i++) {
		pair = json_put_array(out, buckets, NULL);
		json_put_u64(out, pair, NULL, d->bucket[i].lower);
		json_put_u64(out, pair, NULL, d->bucket[i].count);
	}
}

static void put_validity(struct json_out *out, const struct record *r)
{
	json_object *o = json_put_object(out, out->root, "validity");

	json_put_bool(out, o, "valid", r->valid);
	json_put_texts(out, o, "reasons", (const char *const *)r->reason, r->reasons);
	json_put_texts(out, o, "notes", (const char *const *)r->note, r->notes);
}

static void put_latency(struct json_out *out, const struct record *r)
{
	json_object *o = json_put_object(out, out->root, "latency"), *array;

	json_put_text(out, o, "unit", "ns");
	put_distribution(out, o, "scheduled", &r->scheduled);
	put_distribution(out, o, "woken", &r->woken);
	array = json_put_array(out, o, "per_cpu");
	for (size_t i = 0; i < r->cpus; i++) {
		json_object *cpu = json_put_object(out, array, NULL);

		json_put_i64(out, cpu, "cpu", r->cpu[i].cpu);
		put_distribution(out, cpu, "scheduled", &r->cpu[i].scheduled);
		put_fields(out, cpu, "rusage", record_rusage_fields, &r->cpu[i]);
	}
}

static void put_split(struct json_out *out, json_object *to, const char *key,
		      const struct attribution_split *split, unsigned int seen)
{
	json_object *o = put_fields(out, to, key, record_split_sums, split);

	for (int i = 0; i < CAUSES; i++)
		if (seen & 1u << i)
			put_field(out, o, &record_split_causes[i], split);
}

static void put_attribution(struct json_out *out, const struct record_attribution *a)
{
	json_object *o = json_put_object(out, out->root, "attribution");

	json_put_u64(out, o, "slow_from_ns", a->slow_from_ns);
	put_split(out, o, "all", &a->all, a->seen);
	put_split(out, o, "slow", &a->slow, a->seen);
	json_put_kept(out, o, "sources", a->sources);
}

static void put_pageout(struct json_out *out, const struct record_pageout *p)
{
	json_object *array = json_put_array(out, out->root, "pageout");

	for (size_t i = 0; i < p->rows; i++) {
		json_object *row =
			put_fields(out, array, NULL, record_pageout_fields, &p->row[i]);

		put_distribution(out, row, "time", &p->row[i].time);
	}
}

/* Who, where and when. What is not known is left out. */
static void put_identity(struct json_out *out, const struct record *r)
{
	json_put_text(out, out->root, "schema", RECORD_SCHEMA);
	json_put_text(out, out->root, "subtest", r->subtest);
	json_put_text(out, out->root, "label", r->label);
	if (r->boot_id && *r->boot_id)
		json_put_text(out, out->root, "boot_id", r->boot_id);
	json_put_u64(out, out->root, "seq", r->seq);
	json_put_u64(out, out->root, "seed", r->seed);
	if (*r->start)
		json_put_text(out, out->root, "start", r->start);
}

static void put_record(struct json_out *out, const struct record *r)
{
	json_object *root = out->root, *o;

	put_identity(out, r);
	put_fields(out, root, "config", record_config_fields, &r->config);
	json_put_kept(out, root, "environment", r->environment);
	put_validity(out, r);
	put_latency(out, r);
	if (r->subtest && strncmp(r->subtest, "thp-", 4) == 0) {
		o = json_put_object(out, root, "thp");
		put_distribution(out, o, "huge", &r->huge);
		put_distribution(out, o, "fallback", &r->fallback);
		if (r->after_window_ns != UINT64_MAX)
			json_put_u64(out, o, "after_window_ns", r->after_window_ns);
	}
	if (r->pageout.rows)
		put_pageout(out, &r->pageout);
	put_fields(out, root, "periods", record_periods_fields, r);
	if (r->attribution.present)
		put_attribution(out, &r->attribution);
	o = put_fields(out, root, "load", record_load_fields, &r->load);
	put_fields(out, o, "walker", record_walker_fields, &r->load);
	json_put_kept(out, root, "counters", r->counters);
	json_put_kept(out, root, "timeline", r->timeline);
	json_put_kept(out, root, "explain", r->explain);
	json_put_kept(out, root, "stopped", r->stopped);
}

char *record_to_line(const struct record *r)
{
	CLEANUP(json_release) json_object *root = NULL;
	struct json_out out;
	const char *text;

	json_begin(&out);
	put_record(&out, r);
	if (json_end(&out, &root) < 0)
		return NULL;
	text = json_object_to_json_string_ext(
		root, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	return text ? strdup(text) : NULL;
}

/* A name beside @path that no directory listing takes for a record. */
static int temporary_name(const char *path, char *buf, size_t size)
{
	const char *base = strrchr(path, '/');
	int n;

	base = base ? base + 1 : path;
	n = snprintf(buf, size, "%.*s.%s.%d", (int)(base - path), path, base,
		     (int)getpid());
	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

static int write_all(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, text, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		length -= (size_t)n;
	}
	return 0;
}

/* Makes the new name itself last: without it a crash may bring the old file back. */
static int sync_directory(const char *path)
{
	char dir[PATH_MAX] = ".";
	const char *slash = strrchr(path, '/');
	CLEANUP_CLOSE int fd = -1;

	if (slash)
		snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path) + 1, path);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* Some file systems cannot sync a directory; they need not. */
	return fsync(fd) < 0 && errno != EINVAL ? -errno : 0;
}

static int write_new(const char *path, const char *text, size_t length)
{
	CLEANUP_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	int ret;

	if (fd < 0)
		return -errno;
	ret = write_all(fd, text, length);
	if (ret == 0 && fsync(fd) < 0)
		ret = -errno;
	return ret;
}

/* A device, a pipe, or a descriptor of this process: there is nothing to replace. */
static int write_through(const char *path, const char *text, size_t length)
{
	CLEANUP_CLOSE int fd = open(path, O_WRONLY | O_TRUNC | O_NOCTTY | O_CLOEXEC);

	return fd < 0 ? -errno : write_all(fd, text, length);
}

static bool is_standard_output(const struct stat *file)
{
	struct stat out;

	return fstat(STDOUT_FILENO, &out) == 0 && out.st_dev == file->st_dev &&
	       out.st_ino == file->st_ino;
}

static int replace_plain(const char *path, const char *text, size_t length)
{
	char temporary[PATH_MAX];
	int ret = temporary_name(path, temporary, sizeof(temporary));

	if (ret < 0)
		return ret;
	unlink(temporary); /* of an earlier process with our id, which is gone */
	ret = write_new(temporary, text, length);
	if (ret == 0 && rename(temporary, path) < 0)
		ret = -errno;
	if (ret < 0) {
		unlink(temporary);
		return ret;
	}
	return sync_directory(path);
}

int file_replace(const char *path, const char *text, size_t length)
{
	CLEANUP_FREE char *target = NULL;
	struct stat st;

	/* A link that leads nowhere is left alone. */
	if (stat(path, &st) < 0)
		return lstat(path, &st) == 0 ? -ENOENT
					     : replace_plain(path, text, length);
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (is_standard_output(&st))
		return fflush(stdout) == 0 ? write_all(STDOUT_FILENO, text, length)
					   : -errno;
	if (!S_ISREG(st.st_mode) || strncmp(path, "/dev/", 5) == 0 ||
	    strncmp(path, "/proc/", 6) == 0)
		return write_through(path, text, length);
	/* What a link names is replaced, not the link. */
	target = realpath(path, NULL);
	return target ? replace_plain(target, text, length) : -errno;
}
