// SPDX-License-Identifier: MIT
#include "trace/trace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <kbuffer.h>
#include <tracefs.h>

#include "system/cleanup.h"
#include "system/sysfile.h"
#include "system/text.h"
#include "system/units.h"
#include "trace/events.h"
#include "trace/notifier.h"

/* A probe's process that scans pinned memory all the time was seen to make 3.3 MiB a second. */
#define BYTES_A_SECOND (4 * MIB)
#define BUFFER_MIN     (4 * MIB)
#define BUFFER_MAX     (64 * MIB)
/* All buffers together take no more than this part of the memory. */
#define MEMORY_PART 64
/* Emptied every 20 ms: of a tenth of a second at millions of pages. */
#define RECLAIM_BUFFER (2 * MIB)
/* The kernel's sub-buffers are of a page by default, and never larger than this. */
#define READ_SIZE (64 * KIB)
/* Of a process id, with a blank. */
#define PID_DIGITS 12
/*
 * kthreadd's, which is always there and hardly ever runs. A first process switches the filter
 * on, and that rewrites code of the scheduler; others that are added later do not.
 */
#define FIRST_PID "2 "

struct instance {
	char path[PATH_MAX];
	struct tracefs_instance *it;
	int on_fd;
	size_t cpus;
};

struct trace {
	struct tep_handle *tep;
	struct instance samples, reclaim;
	struct decoder decoder[SOURCES_MAX];
	size_t decoders;
	char name[SOURCES_MAX][64];
	const char *have[SOURCES_MAX + 1], *missing[SOURCES_MAX + 1];

	/* Of "reclaim": what is added up while the window is open. */
	const struct decoder *drained[SOURCES_MAX];
	size_t drains;
	struct notifier *notifier; /* NULL: no driver has events of its own */
	struct kbuffer *kbuffer;
	int *pipe; /* of each CPU of "reclaim" */
	struct trace_summary summary;
	char page[READ_SIZE];
};

static int open_instance(struct instance *i, const struct tracing *place,
			 const char *name)
{
	int ret = tracing_make_instance(place, name, i->path, sizeof(i->path));

	if (ret < 0)
		return ret;
	i->it = tracefs_instance_alloc(place->root, strrchr(i->path, '/') + 1);
	if (!i->it)
		return errno ? -errno : -EIO;
	i->on_fd = tracefs_trace_on_get_fd(i->it);
	if (i->on_fd < 0)
		return -errno;
	tracefs_trace_off_fd(i->on_fd);
	return tracefs_instance_file_write(i->it, "trace_clock", "mono") < 0 ? -errno : 0;
}

static size_t count_cpus(const struct instance *i)
{
	CLEANUP_CLOSEDIR DIR *d = NULL;
	const struct dirent *entry;
	char path[PATH_MAX + 16];
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/per_cpu", i->path);
	d = opendir(path);
	while (d && (entry = readdir(d))) {
		unsigned int cpu;

		if (sscanf(entry->d_name, "cpu%u", &cpu) == 1 && cpu + 1 > n)
			n = cpu + 1;
	}
	return n;
}

static int set_buffer(struct instance *i, uint64_t bytes)
{
	char kib[24];

	i->cpus = count_cpus(i);
	if (i->cpus == 0)
		return -ENOENT;
	snprintf(kib, sizeof(kib), "%llu", (unsigned long long)(bytes / KIB));
	return tracefs_instance_file_write(i->it, "buffer_size_kb", kib) < 0 ? -errno : 0;
}

static uint64_t buffer_for(uint64_t duration_ns, size_t cpus)
{
	uint64_t memory =
		(uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t most = memory / MEMORY_PART / (cpus ? cpus : 1);
	uint64_t bytes = BYTES_A_SECOND * (duration_ns / NSEC_PER_SEC + 2);

	if (bytes > BUFFER_MAX)
		bytes = BUFFER_MAX;
	if (bytes > most)
		bytes = most;
	return bytes < BUFFER_MIN ? BUFFER_MIN : bytes;
}

/* Finds every source that this kernel has. */
static void look_up(struct trace *t)
{
	size_t have = 0, missing = 0;

	t->summary.events = t->have;
	t->summary.missing = t->missing;
	for (const struct source *s = trace_sources; s->name; s++) {
		struct decoder *d = &t->decoder[t->decoders];
		char *name = t->name[have + missing];

		snprintf(name, sizeof(t->name[0]), "%s:%s", s->system, s->name);
		trace_decoder_init(d, t->tep, s);
		if (!d->event) {
			/* That a GPU's driver is not there is nothing that is missing. */
			if (s->kind != TRACE_NOTIFIER_BEGIN &&
			    s->kind != TRACE_NOTIFIER_END)
				t->missing[missing++] = name;
			continue;
		}
		t->have[have++] = name;
		t->decoders++;
	}
}

/* kswapd of each node, which does not change. */
static void find_kswapds(struct notifier *n)
{
	CLEANUP_CLOSEDIR DIR *d = opendir("/proc");
	const struct dirent *entry;
	char path[PATH_MAX], comm[32];

	while (d && (entry = readdir(d))) {
		int pid = atoi(entry->d_name);

		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		if (pid > 0 && sysfile_line(path, comm, sizeof(comm)) > 0 &&
		    strncmp(comm, "kswapd", strlen("kswapd")) == 0)
			notifier_is_kswapd(n, pid);
	}
}

/* Chooses what "reclaim" has. */
static int choose_drained(struct trace *t)
{
	bool has_notifier = false;

	for (size_t i = 0; i < t->decoders; i++)
		has_notifier |= t->decoder[i].source->kind == TRACE_NOTIFIER_END;
	for (size_t i = 0; i < t->decoders; i++) {
		enum trace_kind kind = t->decoder[i].source->kind;

		if (kind == TRACE_SHRINK || (has_notifier && notifier_needs(kind)))
			t->drained[t->drains++] = &t->decoder[i];
	}
	if (!has_notifier)
		return 0;
	t->notifier = notifier_create();
	if (!t->notifier)
		return -ENOMEM;
	find_kswapds(t->notifier);
	t->summary.notifier = notifier_calls(t->notifier);
	return 0;
}

static int enable(struct instance *i, const struct source *s)
{
	errno = 0;
	return tracefs_event_enable(i->it, s->system, s->name) == 0 ? 0
	       : errno						    ? -errno
								    : -EIO;
}

static int enable_all(struct trace *t)
{
	int ret = choose_drained(t);

	for (size_t i = 0; i < t->decoders && ret == 0; i++)
		ret = enable(&t->samples, t->decoder[i].source);
	for (size_t i = 0; i < t->drains && ret == 0; i++)
		ret = enable(&t->reclaim, t->drained[i]->source);
	return ret;
}

static int open_pipes(struct trace *t)
{
	char path[PATH_MAX + 64];

	t->pipe = malloc(t->reclaim.cpus * sizeof(*t->pipe));
	if (!t->pipe)
		return -ENOMEM;
	memset(t->pipe, -1, t->reclaim.cpus * sizeof(*t->pipe));
	t->kbuffer = tep_kbuffer(t->tep);
	if (!t->kbuffer)
		return -ENOMEM;
	for (size_t cpu = 0; cpu < t->reclaim.cpus; cpu++) {
		snprintf(path, sizeof(path), "%s/per_cpu/cpu%zu/trace_pipe_raw",
			 t->reclaim.path, cpu);
		/* Of a CPU that is not there: nothing will come from it. */
		t->pipe[cpu] = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	}
	return 0;
}

static int set_up(struct trace *t, const struct tracing *place, uint64_t duration_ns)
{
	int ret = open_instance(&t->samples, place, "samples");

	if (ret == 0)
		ret = open_instance(&t->reclaim, place, "reclaim");
	if (ret < 0)
		return ret;
	t->summary.buffer_bytes = buffer_for(duration_ns, count_cpus(&t->samples));
	ret = set_buffer(&t->samples, t->summary.buffer_bytes);
	if (ret == 0)
		ret = set_buffer(&t->reclaim, RECLAIM_BUFFER);
	if (ret == 0)
		ret = open_pipes(t);
	if (ret == 0 &&
	    tracefs_instance_file_write(t->samples.it, "set_event_pid", FIRST_PID) < 0)
		ret = errno ? -errno : -EIO;
	return ret < 0 ? ret : enable_all(t);
}

int trace_possible(char *why, size_t size)
{
	return tracing_possible(why, size);
}

int trace_create(struct trace **trace, const struct tracing *place, uint64_t duration_ns,
		 char *why, size_t size)
{
	static const char *const systems[] = { "vmscan", "compaction",	"sched",
					       "irq",	 "irq_vectors", "xe",
					       NULL };
	const char *what = "the events", *done = "read";
	struct trace *t = calloc(1, sizeof(*t));
	int ret;

	*trace = NULL;
	if (!t)
		return -ENOMEM;
	t->samples.on_fd = t->reclaim.on_fd = -1;
	/* They would speak of formats whose text they cannot print; only fields are read here. */
	tracefs_set_loglevel(TEP_LOG_NONE);
	tep_set_loglevel(TEP_LOG_NONE);
	errno = 0;
	t->tep = tracefs_local_events_system(place->root, systems);
	ret = t->tep ? 0 : errno ? -errno : -EIO;
	if (ret == 0) {
		what = "a tracing instance";
		done = "set up";
		look_up(t);
		ret = set_up(t, place, duration_ns);
	}
	if (ret == 0) {
		*trace = t;
		return 0;
	}
	trace_free(t);
	return why_not(why, size, ret, "%s in %s cannot be %s: %s%s", what, place->root,
		       done, strerror(-ret),
		       ret == -EACCES || ret == -EPERM ? " (only root may)" : "");
}

/* In one write: the kernel waits for all its CPUs after each. */
int trace_follow(struct trace *t, const pid_t *pids, size_t n)
{
	CLEANUP_FREE char *text = malloc(n * PID_DIGITS + 1);
	size_t at = 0;

	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(text + at, PID_DIGITS + 1, "%d ", (int)pids[i]);
	if (tracefs_instance_file_append(t->samples.it, "set_event_pid", text) < 0)
		return errno ? -errno : -EIO;
	return 0;
}

int trace_start(struct trace *t)
{
	int ret = tracefs_trace_on_fd(t->reclaim.on_fd) < 0 ? -errno : 0;

	return ret < 0 ? ret : tracefs_trace_on_fd(t->samples.on_fd) < 0 ? -errno : 0;
}

static void add_batch(struct trace *t, const struct trace_shrink *s)
{
	struct trace_pages *p = s->file ? &t->summary.file : &t->summary.anon;

	p->batches++;
	p->scanned += s->scanned;
	p->reclaimed += s->reclaimed;
	p->activated += s->activated;
	p->referenced += s->referenced;
	p->unmap_failed += s->unmap_failed;
	p->writeback += s->writeback;
}

static void add_event(struct trace *t, struct tep_record *record)
{
	struct trace_event e = { .t_ns = record->ts };
	int id = tep_data_type(t->tep, record);

	for (size_t i = 0; i < t->drains; i++) {
		if (t->drained[i]->event->id != id)
			continue;
		trace_decode(t->drained[i], record, &e);
		if (e.kind == TRACE_SHRINK)
			add_batch(t, &e.shrink);
		else
			notifier_take(t->notifier, &e);
		return;
	}
}

static void add_page(struct trace *t)
{
	unsigned long long ts;
	void *data;

	if (kbuffer_load_subbuffer(t->kbuffer, t->page) < 0)
		return;
	for (data = kbuffer_read_event(t->kbuffer, &ts); data;
	     data = kbuffer_next_event(t->kbuffer, &ts)) {
		struct tep_record record = { .data = data,
					     .ts = ts,
					     .size = kbuffer_event_size(t->kbuffer) };

		add_event(t, &record);
	}
}

void trace_drain(struct trace *t)
{
	uint64_t now = monotonic_ns();

	for (size_t cpu = 0; t->drains && cpu < t->reclaim.cpus; cpu++) {
		while (t->pipe[cpu] >= 0 &&
		       read(t->pipe[cpu], t->page, sizeof(t->page)) > 0)
			add_page(t);
	}
	/* Of what was traced before, each CPU has given all. */
	if (t->notifier)
		notifier_settle(t->notifier, now);
}

void trace_owner(struct trace *t, pid_t pid)
{
	CLEANUP_CLOSEDIR DIR *d = NULL;
	const struct dirent *entry;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	d = t->notifier ? opendir(path) : NULL;
	while (d && (entry = readdir(d)))
		if (atoi(entry->d_name) > 0)
			notifier_is_owner(t->notifier, atoi(entry->d_name));
}

static uint64_t lost(const struct instance *i)
{
	uint64_t sum = 0;

	for (size_t cpu = 0; cpu < i->cpus; cpu++) {
		char path[PATH_MAX + 64], text[1024];
		uint64_t n;

		snprintf(path, sizeof(path), "%s/per_cpu/cpu%zu/stats", i->path, cpu);
		if (sysfile_read(path, text, sizeof(text)) < 0)
			continue;
		sum += sysfile_find_u64(text, "overrun", &n) == 0 ? n : 0;
		sum += sysfile_find_u64(text, "dropped events", &n) == 0 ? n : 0;
	}
	return sum;
}

void trace_end_window(struct trace *t)
{
	tracefs_trace_off_fd(t->reclaim.on_fd);
	trace_drain(t);
	t->summary.lost_batches = lost(&t->reclaim);
	if (!t->notifier)
		return;
	notifier_settle(t->notifier, UINT64_MAX);
	t->summary.lost_calls = notifier_lost(t->notifier);
}

void trace_stop(struct trace *t)
{
	tracefs_trace_off_fd(t->samples.on_fd);
	t->summary.lost = lost(&t->samples);
}

const struct trace_summary *trace_summary(const struct trace *t)
{
	return &t->summary;
}

int trace_keep(struct trace *t, const char *path)
{
	int fd = tracefs_instance_file_open(t->samples.it, "trace", O_RDONLY), ret;
	CLEANUP_FCLOSE FILE *from = fd < 0 ? NULL : fdopen(fd, "r");

	if (from)
		return trace_keep_text(from, path);
	ret = -errno;
	if (fd >= 0)
		close(fd);
	return ret;
}

struct reading {
	struct trace *t;
	int (*take)(const struct trace_event *e, void *data);
	void *data;
	int ret;
};

static int read_record(struct tep_event *event, struct tep_record *record, int cpu,
		       void *data)
{
	struct reading *r = data;
	struct trace_event e = { .t_ns = record->ts };

	(void)cpu;
	for (size_t i = 0; i < r->t->decoders; i++) {
		if (r->t->decoder[i].event->id != event->id)
			continue;
		trace_decode(&r->t->decoder[i], record, &e);
		r->ret = r->take(&e, r->data);
		break;
	}
	return r->ret < 0;
}

int trace_read(struct trace *t, int (*take)(const struct trace_event *e, void *data),
	       void *data)
{
	struct reading r = { .t = t, .take = take, .data = data };
	int ret;

	errno = 0;
	ret = tracefs_iterate_raw_events(t->tep, t->samples.it, NULL, 0, read_record, &r);
	if (r.ret < 0)
		return r.ret;
	return ret < 0 ? (errno ? -errno : -EIO) : 0;
}

static void close_instance(struct instance *i)
{
	if (i->on_fd >= 0)
		close(i->on_fd);
	tracefs_instance_free(i->it);
}

void trace_free(struct trace *t)
{
	for (size_t cpu = 0; t->pipe && cpu < t->reclaim.cpus; cpu++)
		if (t->pipe[cpu] >= 0)
			close(t->pipe[cpu]);
	free(t->pipe);
	kbuffer_free(t->kbuffer);
	notifier_free(t->notifier);
	close_instance(&t->samples);
	close_instance(&t->reclaim);
	tep_free(t->tep);
	free(t);
}
