// SPDX-License-Identifier: MIT
#include "trace/reduce.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/units.h"

/* Of the sample's time; a smaller share is not worth a word. */
#define LEAST_SHARE 20
#define CAUSES_MAX  3

static const char *const kind_names[TRACE_KINDS] = {
	[TRACE_RECLAIM_BEGIN] = "reclaim begins",
	[TRACE_RECLAIM_END] = "reclaim ends",
	[TRACE_SHRINK] = "lru_shrink_inactive",
	[TRACE_THROTTLED] = "throttled",
	[TRACE_COMPACTION_BEGIN] = "compaction begins",
	[TRACE_COMPACTION_END] = "compaction ends",
	[TRACE_MIGRATED] = "migratepages",
	[TRACE_WAKING] = "waking",
	[TRACE_SWITCH] = "switch",
	[TRACE_IRQ_ENTRY] = "irq begins",
	[TRACE_IRQ_EXIT] = "irq ends",
	[TRACE_SOFTIRQ_ENTRY] = "softirq begins",
	[TRACE_SOFTIRQ_EXIT] = "softirq ends",
	[TRACE_NOTIFIER_BEGIN] = "MMU notifier begins",
	[TRACE_NOTIFIER_END] = "MMU notifier ends",
};

const char *trace_kind_name(enum trace_kind kind)
{
	return kind_names[kind];
}

void reduction_init(struct reduction *r, uint64_t start_ns, uint64_t end_ns, int pid,
		    bool timer, struct trace_lines *lines)
{
	*r = (struct reduction){
		.start_ns = start_ns,
		.end_ns = end_ns,
		.pid = pid,
		.timer = timer,
		.lines = lines,
		.at_ns = start_ns,
		.state = timer ? STATE_SLEEPS : STATE_RUNS,
	};
	if (lines)
		*lines = (struct trace_lines){ 0 };
}

bool reduction_concerns(const struct reduction *r, const struct trace_event *e)
{
	if (e->kind == TRACE_SWITCH)
		return e->switched.prev == r->pid || e->switched.next == r->pid;
	return e->pid == r->pid;
}

static enum trace_place place_of(const struct reduction *r)
{
	/* Reclaim may compact on its way; what was entered last is where it is. */
	if (r->notifiers)
		return PLACE_NOTIFIER;
	if (r->compactions)
		return PLACE_COMPACTION;
	return r->reclaims ? PLACE_RECLAIM : PLACE_OWN;
}

static enum trace_state state_of(const struct reduction *r)
{
	return r->irqs || r->softirqs ? STATE_INTERRUPTED : r->state;
}

/* Lays the piece up to @t_ns to the hundredths that it covers. */
static void account_strip(struct reduction *r, uint64_t t_ns, enum trace_state state)
{
	uint64_t length = r->end_ns - r->start_ns, from = r->at_ns - r->start_ns;
	uint64_t to = t_ns - r->start_ns;

	for (size_t i = (size_t)(from * TRACE_STRIP / length);
	     i < TRACE_STRIP && from < to; i++) {
		uint64_t end = length * (i + 1) / TRACE_STRIP;

		end = end < to ? end : to;
		if (end > from) {
			r->lines->strip[i][place_of(r)][state] += end - from;
			from = end;
		}
	}
}

/* The piece up to @t_ns, spent in @state. */
static void account(struct reduction *r, uint64_t t_ns, enum trace_state state)
{
	if (t_ns > r->end_ns)
		t_ns = r->end_ns;
	if (t_ns <= r->at_ns)
		return;
	r->ns[place_of(r)][state] += t_ns - r->at_ns;
	if (r->lines)
		account_strip(r, t_ns, state);
	r->at_ns = t_ns;
}

static struct trace_line *new_line(struct reduction *r, const struct trace_event *e)
{
	struct trace_lines *l = r->lines;
	struct trace_line *line;

	/* The first and the last say the most. */
	if (l->n == TRACE_LINES) {
		memmove(&l->line[TRACE_LINES / 2], &l->line[TRACE_LINES / 2 + 1],
			(TRACE_LINES / 2 - 1) * sizeof(l->line[0]));
		l->n--;
		l->left_out++;
	}
	line = &l->line[l->n++];
	line->t_ns = e->t_ns;
	line->kind = e->kind;
	line->text[0] = '\0';
	return line;
}

/* Batches in a row of one list share a line: there may be thousands. */
static void note_shrink(struct reduction *r, const struct trace_event *e)
{
	struct trace_lines *l = r->lines;
	struct trace_line *line;

	if (r->batches && r->batch.file == e->shrink.file && l->n &&
	    l->line[l->n - 1].kind == TRACE_SHRINK) {
		line = &l->line[l->n - 1];
	} else {
		r->batch = (struct trace_shrink){ .file = e->shrink.file };
		r->batches = 0;
		line = new_line(r, e);
	}
	r->batch.scanned += e->shrink.scanned;
	r->batch.reclaimed += e->shrink.reclaimed;
	r->batch.unmap_failed += e->shrink.unmap_failed;
	r->batches++;
	snprintf(line->text, sizeof(line->text),
		 "%" PRIu64 "x %s: %" PRIu64 " scanned, %" PRIu64 " reclaimed, %" PRIu64
		 " not unmapped",
		 r->batches, r->batch.file ? "file" : "anon", r->batch.scanned,
		 r->batch.reclaimed, r->batch.unmap_failed);
}

static void note_switch(const struct reduction *r, const struct trace_event *e,
			char *text, size_t size)
{
	if (e->switched.prev == r->pid)
		snprintf(text, size, "off the CPU (%s), for %s",
			 e->switched.runnable ? "preempted" : "sleeps",
			 e->switched.next_comm);
	else
		snprintf(text, size, "on the CPU, after %s", e->switched.prev_comm);
}

static void note(struct reduction *r, const struct trace_event *e)
{
	struct trace_line *line;
	size_t size;

	if (!r->lines || e->t_ns < r->start_ns)
		return;
	if (e->kind == TRACE_SHRINK) {
		note_shrink(r, e);
		return;
	}
	line = new_line(r, e);
	size = sizeof(line->text);
	switch (e->kind) {
	case TRACE_RECLAIM_BEGIN:
		snprintf(line->text, size, "order %d", e->order);
		break;
	case TRACE_RECLAIM_END:
		snprintf(line->text, size, "%" PRIu64 " reclaimed", e->pages);
		break;
	case TRACE_THROTTLED:
		snprintf(line->text, size, "for %" PRIu64 "us", e->delayed_ns / 1000);
		break;
	case TRACE_COMPACTION_END:
		snprintf(line->text, size, "status %d", e->status);
		break;
	case TRACE_MIGRATED:
		snprintf(line->text, size, "%" PRIu64 " migrated, %" PRIu64 " failed",
			 e->moved.migrated, e->moved.failed);
		break;
	case TRACE_SWITCH:
		note_switch(r, e, line->text, size);
		break;
	case TRACE_IRQ_ENTRY:
	case TRACE_SOFTIRQ_ENTRY:
		snprintf(line->text, size, "%d %s", e->irq.number, e->irq.name);
		break;
	default:
		break;
	}
}

/* The longest wait for the CPU outside of reclaim, from its beginning or the sample's, names who had it. */
static void end_wait(struct reduction *r, const struct trace_event *e)
{
	uint64_t from = r->waits_since_ns > r->start_ns ? r->waits_since_ns : r->start_ns;

	if (r->state != STATE_WAITS || place_of(r) != PLACE_OWN || e->t_ns <= from ||
	    e->t_ns - from <= r->longest_wait_ns)
		return;
	r->longest_wait_ns = e->t_ns - from;
	snprintf(r->waited_for, sizeof(r->waited_for), "%s", e->switched.prev_comm);
}

static void take_switch(struct reduction *r, const struct trace_event *e)
{
	if (e->switched.prev == r->pid) {
		/* Whatever was missed before: to leave the CPU it must have run. */
		account(r, e->t_ns,
			r->irqs || r->softirqs ? STATE_INTERRUPTED : STATE_RUNS);
		r->irqs = r->softirqs = 0;
		r->state = e->switched.runnable ? STATE_WAITS : STATE_SLEEPS;
		r->waits_since_ns = e->t_ns;
		return;
	}
	account(r, e->t_ns, state_of(r));
	end_wait(r, e);
	r->state = STATE_RUNS;
}

static void take_irq(struct reduction *r, const struct trace_event *e)
{
	bool hard = e->kind == TRACE_IRQ_ENTRY || e->kind == TRACE_IRQ_EXIT;
	bool entry = e->kind == TRACE_IRQ_ENTRY || e->kind == TRACE_SOFTIRQ_ENTRY;
	unsigned int *open = hard ? &r->irqs : &r->softirqs;
	uint64_t from;

	account(r, e->t_ns, state_of(r));
	if (entry) {
		/* That of an interrupted interrupt is the first one's. */
		if (!r->irqs && !r->softirqs) {
			r->irq_since_ns = e->t_ns;
			snprintf(r->irq_now, sizeof(r->irq_now), "%s", e->irq.name);
		}
		*open += 1;
		return;
	}
	*open -= *open > 0;
	from = r->irq_since_ns > r->start_ns ? r->irq_since_ns : r->start_ns;
	if (!r->irqs && !r->softirqs && e->t_ns > from &&
	    e->t_ns - from > r->longest_irq_ns) {
		r->longest_irq_ns = e->t_ns - from;
		memcpy(r->irq, r->irq_now, sizeof(r->irq));
	}
}

static void take_waking(struct reduction *r, const struct trace_event *e)
{
	account(r, e->t_ns, state_of(r));
	if (r->state != STATE_SLEEPS)
		return;
	r->state = STATE_WAITS;
	r->waits_since_ns = e->t_ns;
}

/* What is counted of an event that lies in the interval. */
static void count(struct reduction *r, const struct trace_event *e)
{
	r->events++;
	switch (e->kind) {
	case TRACE_SHRINK:
		r->scanned += e->shrink.scanned;
		r->reclaimed += e->shrink.reclaimed;
		r->unmap_failed += e->shrink.unmap_failed;
		break;
	case TRACE_MIGRATED:
		r->migrated += e->moved.migrated;
		r->migrate_failed += e->moved.failed;
		break;
	case TRACE_THROTTLED:
		r->throttled_ns += e->delayed_ns;
		break;
	default:
		break;
	}
}

void reduction_add(struct reduction *r, const struct trace_event *e)
{
	/* A sample of thp begins with a process that runs, whatever was seen of it before. */
	if (e->t_ns > r->end_ns || (!r->timer && e->t_ns < r->start_ns))
		return;
	if (e->t_ns >= r->start_ns)
		count(r, e);
	note(r, e);
	switch (e->kind) {
	case TRACE_SWITCH:
		take_switch(r, e);
		return;
	case TRACE_WAKING:
		take_waking(r, e);
		return;
	case TRACE_IRQ_ENTRY:
	case TRACE_IRQ_EXIT:
	case TRACE_SOFTIRQ_ENTRY:
	case TRACE_SOFTIRQ_EXIT:
		take_irq(r, e);
		break;
	default:
		account(r, e->t_ns, state_of(r));
		/* It is in no notifier any more: one that may not block ends without an event. */
		if (e->kind != TRACE_NOTIFIER_BEGIN && e->kind != TRACE_NOTIFIER_END)
			r->notifiers = 0;
	}
	/* What a process does itself it does on the CPU: the switch that gave it one was not seen. */
	r->state = STATE_RUNS;
	if (e->kind == TRACE_RECLAIM_BEGIN)
		r->reclaims++;
	else if (e->kind == TRACE_RECLAIM_END)
		r->reclaims -= r->reclaims > 0;
	else if (e->kind == TRACE_COMPACTION_BEGIN)
		r->compactions++;
	else if (e->kind == TRACE_COMPACTION_END)
		r->compactions -= r->compactions > 0;
	else if (e->kind == TRACE_NOTIFIER_BEGIN)
		r->notifiers++;
	else if (e->kind == TRACE_NOTIFIER_END)
		r->notifiers -= r->notifiers > 0;
}

void reduction_finish(struct reduction *r)
{
	account(r, r->end_ns, state_of(r));
}

char *reduction_strip(const struct reduction *r, char text[TRACE_STRIP + 1])
{
	static const char letters[TRACE_PLACES][TRACE_STATES + 1] = { "fiws", "rrRR",
								      "ccCC", "nnNN" };

	for (size_t i = 0; i < TRACE_STRIP; i++) {
		uint64_t most = 0;

		text[i] = letters[PLACE_OWN][STATE_RUNS];
		for (enum trace_place p = 0; p < TRACE_PLACES; p++) {
			for (enum trace_state s = 0; s < TRACE_STATES; s++) {
				if (r->lines->strip[i][p][s] <= most)
					continue;
				most = r->lines->strip[i][p][s];
				text[i] = letters[p][s];
			}
		}
	}
	text[TRACE_STRIP] = '\0';
	return text;
}

uint64_t reduction_place(const struct reduction *r, enum trace_place place)
{
	uint64_t sum = 0;

	for (enum trace_state s = 0; s < TRACE_STATES; s++)
		sum += r->ns[place][s];
	return sum;
}

struct cause {
	uint64_t ns;
	char text[160];
};

/* "31ms", and how much of it the process was off the CPU for. */
static int say_time(const struct reduction *r, enum trace_place place, char *text,
		    size_t size)
{
	uint64_t all = reduction_place(r, place);
	uint64_t off = r->ns[place][STATE_WAITS] + r->ns[place][STATE_SLEEPS];
	char a[32], b[32];

	if (off * 10 < all)
		return snprintf(text, size, "%s", format_time(all, a, sizeof(a)));
	return snprintf(text, size, "%s (%s of it off the CPU)",
			format_time(all, a, sizeof(a)), format_time(off, b, sizeof(b)));
}

static void say_reclaim(const struct reduction *r, struct cause *c)
{
	char time[64];
	int n;

	c->ns = reduction_place(r, PLACE_RECLAIM);
	say_time(r, PLACE_RECLAIM, time, sizeof(time));
	n = snprintf(c->text, sizeof(c->text),
		     "direct reclaim %s: %" PRIu64 " pages scanned, %" PRIu64
		     " reclaimed",
		     time, r->scanned, r->reclaimed);
	if (r->unmap_failed && n > 0 && (size_t)n < sizeof(c->text))
		snprintf(c->text + n, sizeof(c->text) - (size_t)n,
			 ", %" PRIu64 " could not be unmapped", r->unmap_failed);
}

static void say_compaction(const struct reduction *r, struct cause *c)
{
	char time[64];

	c->ns = reduction_place(r, PLACE_COMPACTION);
	say_time(r, PLACE_COMPACTION, time, sizeof(time));
	snprintf(c->text, sizeof(c->text),
		 "compaction %s: %" PRIu64 " pages moved, %" PRIu64 " failed", time,
		 r->migrated, r->migrate_failed);
}

static void say_notifier(const struct reduction *r, struct cause *c)
{
	char time[64];

	c->ns = reduction_place(r, PLACE_NOTIFIER);
	say_time(r, PLACE_NOTIFIER, time, sizeof(time));
	snprintf(c->text, sizeof(c->text), "the GPU driver's MMU notifier %s", time);
}

static void say_own(const struct reduction *r, enum trace_state state, struct cause *c)
{
	char time[32];

	c->ns = r->ns[PLACE_OWN][state];
	format_time(c->ns, time, sizeof(time));
	switch (state) {
	case STATE_WAITS:
		snprintf(c->text, sizeof(c->text), "waited for the CPU %s%s%s%s", time,
			 *r->waited_for ? " (behind " : "", r->waited_for,
			 *r->waited_for ? ")" : "");
		break;
	case STATE_SLEEPS:
		snprintf(c->text, sizeof(c->text), "%s %s%s",
			 r->timer ? "its timer fired" : "slept", time,
			 r->timer ? " late" : ", outside reclaim");
		break;
	case STATE_INTERRUPTED:
		snprintf(c->text, sizeof(c->text), "interrupts %s%s%s%s", time,
			 *r->irq ? " (" : "", r->irq, *r->irq ? ")" : "");
		break;
	default:
		snprintf(c->text, sizeof(c->text), "%s %s",
			 r->timer ? "ran" : "the page fault itself", time);
	}
}

static int largest_first(const void *a, const void *b)
{
	const struct cause *x = a, *y = b;

	return (x->ns < y->ns) - (x->ns > y->ns);
}

char *reduction_cause(const struct reduction *r, char *text, size_t size)
{
	uint64_t least = (r->end_ns - r->start_ns) / LEAST_SHARE;
	struct cause cause[3 + TRACE_STATES];
	size_t n = 0, at = 0;

	say_reclaim(r, &cause[n++]);
	say_compaction(r, &cause[n++]);
	say_notifier(r, &cause[n++]);
	for (enum trace_state s = 0; s < TRACE_STATES; s++)
		say_own(r, s, &cause[n++]);
	qsort(cause, n, sizeof(*cause), largest_first);
	*text = '\0';
	for (size_t i = 0; i < n && i < CAUSES_MAX && at < size; i++) {
		if (cause[i].ns == 0 || (i > 0 && cause[i].ns < least))
			break;
		at += (size_t)snprintf(text + at, size - at, "%s%s", i ? "; " : "",
				       cause[i].text);
	}
	return text;
}
