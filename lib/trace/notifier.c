// SPDX-License-Identifier: MIT
#include "trace/notifier.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Events between two settlings: the tracer's buffer is emptied every 20 ms. */
#define PENDING_MAX 32768
/* Processes in reclaim, compaction or the notifier at a time. */
#define INSIDE_MAX 512
#define KNOWN_MAX  256

struct pending {
	uint64_t t_ns, vma;
	int pid;
	enum trace_kind kind;
};

/* A process that is in one of them. */
struct inside {
	int pid;
	unsigned int reclaims, compactions, notifiers;
	uint64_t since_ns, vma; /* in the notifier, at first for this mapping */
	enum notifier_caller caller;
};

struct notifier {
	struct pending pending[PENDING_MAX];
	size_t pendings;
	struct inside inside[INSIDE_MAX];
	size_t insides;
	int kswapd[KNOWN_MAX], owner[KNOWN_MAX];
	size_t kswapds, owners;
	struct notifier_calls calls[NOTIFIER_CALLERS];
	uint64_t lost;
};

struct notifier *notifier_create(void)
{
	return calloc(1, sizeof(struct notifier));
}

void notifier_free(struct notifier *n)
{
	free(n);
}

void notifier_is_kswapd(struct notifier *n, int pid)
{
	if (n->kswapds < KNOWN_MAX)
		n->kswapd[n->kswapds++] = pid;
}

void notifier_is_owner(struct notifier *n, int pid)
{
	if (n->owners < KNOWN_MAX)
		n->owner[n->owners++] = pid;
}

bool notifier_needs(enum trace_kind kind)
{
	switch (kind) {
	case TRACE_NOTIFIER_BEGIN:
	case TRACE_NOTIFIER_END:
	case TRACE_RECLAIM_BEGIN:
	case TRACE_RECLAIM_END:
	case TRACE_COMPACTION_BEGIN:
	case TRACE_COMPACTION_END:
		return true;
	default:
		return false;
	}
}

void notifier_take(struct notifier *n, const struct trace_event *e)
{
	if (!notifier_needs(e->kind))
		return;
	if (n->pendings < PENDING_MAX)
		n->pending[n->pendings++] = (struct pending){
			.t_ns = e->t_ns, .vma = e->vma, .pid = e->pid, .kind = e->kind
		};
	else
		n->lost++;
}

/* Shell's, with Ciura's gaps: in place, as qsort() is not, and quick on what is nearly sorted. */
static void sort(struct pending *p, size_t n)
{
	static const size_t gaps[] = { 1750, 701, 301, 132, 57, 23, 10, 4, 1 };

	for (size_t g = 0; g < sizeof(gaps) / sizeof(*gaps); g++) {
		size_t gap = gaps[g];

		for (size_t i = gap; i < n; i++) {
			struct pending one = p[i];
			size_t at = i;

			for (; at >= gap && p[at - gap].t_ns > one.t_ns; at -= gap)
				p[at] = p[at - gap];
			p[at] = one;
		}
	}
}

static bool is_among(const int *pids, size_t n, int pid)
{
	for (size_t i = 0; i < n; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

static enum notifier_caller caller_of(const struct notifier *n, const struct inside *p)
{
	if (is_among(n->kswapd, n->kswapds, p->pid))
		return NOTIFIER_KSWAPD;
	if (p->compactions)
		return NOTIFIER_COMPACTION;
	if (p->reclaims)
		return NOTIFIER_RECLAIM;
	return is_among(n->owner, n->owners, p->pid) ? NOTIFIER_OWNER : NOTIFIER_OTHER;
}

/* The entry of process @pid, a new one if it has none; NULL: there is no room. */
static struct inside *find(struct notifier *n, int pid)
{
	for (size_t i = 0; i < n->insides; i++)
		if (n->inside[i].pid == pid)
			return &n->inside[i];
	if (n->insides == INSIDE_MAX)
		return NULL;
	n->inside[n->insides] = (struct inside){ .pid = pid };
	return &n->inside[n->insides++];
}

/*
 * For several mappings at a time, the time from the first to the last is one call's. A second time for
 * the same: the first has ended without an event, as one does that may not block.
 */
static void begin_call(const struct notifier *n, struct inside *p,
		       const struct pending *e)
{
	if (p->notifiers++ > 0 && p->vma != e->vma)
		return;
	p->notifiers = 1;
	p->vma = e->vma;
	p->since_ns = e->t_ns;
	p->caller = caller_of(n, p);
}

static void end_call(struct notifier *n, struct inside *p, uint64_t t_ns)
{
	struct notifier_calls *calls = &n->calls[p->caller];
	uint64_t ns = t_ns - p->since_ns;

	/* It was in there before the window. */
	if (p->notifiers == 0 || --p->notifiers > 0)
		return;
	calls->calls++;
	calls->ns += ns;
	if (ns > calls->longest_ns)
		calls->longest_ns = ns;
}

static void count_depth(unsigned int *depth, bool enters)
{
	if (enters)
		++*depth;
	else if (*depth > 0)
		--*depth;
}

static void settle_one(struct notifier *n, const struct pending *e)
{
	struct inside *p = find(n, e->pid);

	if (!p) {
		n->lost++;
		return;
	}
	if (e->kind == TRACE_NOTIFIER_BEGIN)
		begin_call(n, p, e);
	else if (e->kind == TRACE_NOTIFIER_END)
		end_call(n, p, e->t_ns);
	else if (e->kind == TRACE_RECLAIM_BEGIN || e->kind == TRACE_RECLAIM_END)
		count_depth(&p->reclaims, e->kind == TRACE_RECLAIM_BEGIN);
	else
		count_depth(&p->compactions, e->kind == TRACE_COMPACTION_BEGIN);
	if (!p->reclaims && !p->compactions && !p->notifiers)
		*p = n->inside[--n->insides];
}

void notifier_settle(struct notifier *n, uint64_t until_ns)
{
	size_t done = 0;

	sort(n->pending, n->pendings);
	while (done < n->pendings && n->pending[done].t_ns < until_ns)
		settle_one(n, &n->pending[done++]);
	n->pendings -= done;
	memmove(n->pending, &n->pending[done], n->pendings * sizeof(*n->pending));
}

const struct notifier_calls *notifier_calls(const struct notifier *n)
{
	return n->calls;
}

uint64_t notifier_lost(const struct notifier *n)
{
	return n->lost;
}
