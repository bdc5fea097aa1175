// SPDX-License-Identifier: MIT
/* From the kernel's records of its tracer to our events, and its text of them, kept with marks. */
#include "trace/events.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "system/cleanup.h"

/* enum of include/trace/events/vmscan.h: RECLAIM_WB_FILE of reclaim_flags */
#define RECLAIM_WB_FILE 0x2
/* TASK_REPORT of include/linux/sched.h; what lies above it says that the task was preempted */
#define TASK_STATES 0xff

/* clang-format off */
#define RECLAIM(scope) \
	{ "vmscan", "mm_vmscan_" scope "_begin", TRACE_RECLAIM_BEGIN, { "order" }, NULL }, \
	{ "vmscan", "mm_vmscan_" scope "_end", TRACE_RECLAIM_END, { "nr_reclaimed" }, NULL }
/* x86's own interrupts: the others go through irq_handler_*. */
#define VECTOR(name) \
	{ "irq_vectors", name "_entry", TRACE_IRQ_ENTRY, { NULL }, name }, \
	{ "irq_vectors", name "_exit", TRACE_IRQ_EXIT, { NULL }, name }

const struct source trace_sources[] = {
	RECLAIM("direct_reclaim"),
	RECLAIM("memcg_reclaim"),
	RECLAIM("node_reclaim"),
	{ "vmscan", "mm_vmscan_lru_shrink_inactive", TRACE_SHRINK,
	  { "nr_scanned", "nr_reclaimed", "nr_activate0", "nr_activate1", "nr_ref_keep",
	    "nr_unmap_fail", "nr_writeback", "reclaim_flags" }, NULL },
	{ "vmscan", "mm_vmscan_throttled", TRACE_THROTTLED, { "usec_delayed" }, NULL },
	{ "compaction", "mm_compaction_begin", TRACE_COMPACTION_BEGIN, { NULL }, NULL },
	{ "compaction", "mm_compaction_end", TRACE_COMPACTION_END, { "status" }, NULL },
	{ "compaction", "mm_compaction_migratepages", TRACE_MIGRATED,
	  { "nr_migrated", "nr_failed" }, NULL },
	{ "sched", "sched_waking", TRACE_WAKING, { "pid" }, NULL },
	{ "sched", "sched_switch", TRACE_SWITCH, { "prev_pid", "next_pid", "prev_state" }, NULL },
	{ "irq", "irq_handler_entry", TRACE_IRQ_ENTRY, { "irq" }, NULL },
	{ "irq", "irq_handler_exit", TRACE_IRQ_EXIT, { "irq" }, NULL },
	{ "irq", "softirq_entry", TRACE_SOFTIRQ_ENTRY, { "vec" }, NULL },
	{ "irq", "softirq_exit", TRACE_SOFTIRQ_EXIT, { "vec" }, NULL },
	VECTOR("local_timer"),
	VECTOR("call_function"),
	VECTOR("call_function_single"),
	VECTOR("reschedule"),
	{ "xe", "xe_vma_userptr_invalidate", TRACE_NOTIFIER_BEGIN, { "vma" }, NULL },
	{ "xe", "xe_vma_userptr_invalidate_complete", TRACE_NOTIFIER_END, { "vma" }, NULL },
	{ 0 },
};
/* clang-format on */

_Static_assert(sizeof(trace_sources) / sizeof(trace_sources[0]) - 1 <= SOURCES_MAX,
	       "more sources than decoders");

void trace_decoder_init(struct decoder *d, struct tep_handle *tep,
			const struct source *source)
{
	*d = (struct decoder){ .source = source };
	d->event = tep_find_event_by_name(tep, source->system, source->name);
	if (!d->event)
		return;
	d->pid = tep_find_common_field(d->event, "common_pid");
	for (size_t i = 0; i < SOURCE_FIELDS && source->field[i]; i++)
		d->field[i] = tep_find_field(d->event, source->field[i]);
	if (source->kind == TRACE_SWITCH) {
		d->comm[0] = tep_find_field(d->event, "prev_comm");
		d->comm[1] = tep_find_field(d->event, "next_comm");
	}
}

static uint64_t number(struct tep_format_field *field, const struct tep_record *record)
{
	unsigned long long value = 0;

	if (!field || field->offset + field->size > record->size ||
	    tep_read_number_field(field, record->data, &value) < 0)
		return 0;
	return value;
}

static void copy_comm(const struct tep_format_field *field,
		      const struct tep_record *record, char comm[16])
{
	size_t n;

	comm[0] = '\0';
	if (!field || field->offset + field->size > record->size)
		return;
	n = (size_t)field->size < 15 ? (size_t)field->size : 15;
	memcpy(comm, (const char *)record->data + field->offset, n);
	comm[n] = '\0';
}

static void decode_shrink(const struct decoder *d, const struct tep_record *r,
			  struct trace_shrink *s)
{
	*s = (struct trace_shrink){
		.scanned = number(d->field[0], r),
		.reclaimed = number(d->field[1], r),
		.activated = number(d->field[2], r) + number(d->field[3], r),
		.referenced = number(d->field[4], r),
		.unmap_failed = number(d->field[5], r),
		.writeback = number(d->field[6], r),
		.file = number(d->field[7], r) & RECLAIM_WB_FILE,
	};
}

static void decode_switch(const struct decoder *d, const struct tep_record *r,
			  struct trace_event *e)
{
	e->switched.prev = (int)number(d->field[0], r);
	e->switched.next = (int)number(d->field[1], r);
	e->switched.runnable = (number(d->field[2], r) & TASK_STATES) == 0;
	copy_comm(d->comm[0], r, e->switched.prev_comm);
	copy_comm(d->comm[1], r, e->switched.next_comm);
}

/* enum in include/linux/interrupt.h */
static const char *softirq_name(uint64_t vector)
{
	static const char *const names[] = { "hi",	"timer",    "net_tx",  "net_rx",
					     "block",	"irq_poll", "tasklet", "sched",
					     "hrtimer", "rcu" };

	return vector < sizeof(names) / sizeof(names[0]) ? names[vector] : "softirq";
}

static void decode_irq(const struct decoder *d, struct tep_record *r,
		       struct trace_event *e)
{
	const char *name = d->source->irq;
	int length = 0;

	e->irq.number = (int)number(d->field[0], r);
	if (d->source->kind == TRACE_SOFTIRQ_ENTRY)
		name = softirq_name((uint64_t)e->irq.number);
	else if (!name)
		name = tep_get_field_raw(NULL, d->event, "name", r, &length, 0);
	snprintf(e->irq.name, sizeof(e->irq.name), "%.*s", length > 0 ? length : 15,
		 name ? name : "");
}

void trace_decode(const struct decoder *d, struct tep_record *record,
		  struct trace_event *e)
{
	e->kind = d->source->kind;
	e->pid = (int)number(d->pid, record);
	switch (e->kind) {
	case TRACE_RECLAIM_BEGIN:
		e->order = (int)number(d->field[0], record);
		break;
	case TRACE_RECLAIM_END:
		e->pages = number(d->field[0], record);
		break;
	case TRACE_SHRINK:
		decode_shrink(d, record, &e->shrink);
		break;
	case TRACE_THROTTLED:
		e->delayed_ns = number(d->field[0], record) * 1000;
		break;
	case TRACE_COMPACTION_END:
		e->status = (int)number(d->field[0], record);
		break;
	case TRACE_MIGRATED:
		e->moved.migrated = number(d->field[0], record);
		e->moved.failed = number(d->field[1], record);
		break;
	case TRACE_NOTIFIER_BEGIN:
	case TRACE_NOTIFIER_END:
		e->vma = number(d->field[0], record);
		break;
	case TRACE_WAKING:
		e->pid = (int)number(d->field[0], record);
		break;
	case TRACE_SWITCH:
		decode_switch(d, record, e);
		break;
	case TRACE_IRQ_ENTRY:
	case TRACE_SOFTIRQ_ENTRY:
		decode_irq(d, record, e);
		break;
	default:
		break;
	}
}

/*
 * The kernel's text of a trace, and marks in it for Perfetto: of such text its importer
 * shows who ran when, and as slices only what is written between a mark "B|process|name" and
 * a mark "E|process", as Android's tools write them. So a mark follows each event with which
 * reclaim, compaction or an interrupt begins or ends.
 */

/* The source of the event of @line, and where its name stands; NULL: it is none of ours. */
static const struct source *source_of(const char *line, const char **name)
{
	const char *at = strstr(line, ": ");

	if (!at || *line == '#')
		return NULL;
	*name = at + 2;
	for (const struct source *s = trace_sources; s->name; s++) {
		size_t n = strlen(s->name);

		if (strncmp(*name, s->name, n) == 0 && (*name)[n] == ':')
			return s;
	}
	return NULL;
}

/* "          pinlat-probe-4711    [001] d..2.   100.000001: ": 4711; 0: there is none. */
static int process_of(const char *line)
{
	const char *at = strstr(line, " [");
	int pid = 0;

	while (at && at > line && at[-1] == ' ')
		at--;
	while (at && at > line && isdigit((unsigned char)at[-1]))
		at--;
	if (at)
		sscanf(at, "%d", &pid);
	return pid;
}

/* What Perfetto is to call it; NULL: nothing begins with it. */
static const char *begins(const struct source *s)
{
	switch (s->kind) {
	case TRACE_RECLAIM_BEGIN:
		return "direct reclaim";
	case TRACE_COMPACTION_BEGIN:
		return "compaction";
	case TRACE_NOTIFIER_BEGIN:
		return "MMU notifier of the GPU driver";
	case TRACE_IRQ_ENTRY:
		return s->irq ? s->irq : "interrupt";
	case TRACE_SOFTIRQ_ENTRY:
		return "softirq";
	default:
		return NULL;
	}
}

static bool ends(const struct source *s)
{
	return s->kind == TRACE_RECLAIM_END || s->kind == TRACE_COMPACTION_END ||
	       s->kind == TRACE_NOTIFIER_END || s->kind == TRACE_IRQ_EXIT ||
	       s->kind == TRACE_SOFTIRQ_EXIT;
}

static void add_mark(const char *line, FILE *to)
{
	const char *name, *what;
	const struct source *s = source_of(line, &name);

	if (!s)
		return;
	what = begins(s);
	if (what)
		fprintf(to, "%.*stracing_mark_write: B|%d|%s\n", (int)(name - line), line,
			process_of(line), what);
	else if (ends(s))
		fprintf(to, "%.*stracing_mark_write: E|%d\n", (int)(name - line), line,
			process_of(line));
}

static int copy(FILE *from, FILE *to)
{
	CLEANUP_FREE char *line = NULL;
	size_t size = 0;

	while (!ferror(to) && getline(&line, &size, from) >= 0) {
		fputs(line, to);
		add_mark(line, to);
	}
	if (ferror(from) || ferror(to))
		return errno ? -errno : -EIO;
	return 0;
}

int trace_keep_text(FILE *from, const char *path)
{
	FILE *to = fopen(path, "we");
	int ret;

	if (!to)
		return -errno;
	ret = copy(from, to);
	if (fclose(to) != 0 && ret == 0)
		ret = -errno;
	if (ret < 0)
		unlink(path);
	return ret;
}
