// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Runs in the kernel, as BPF: counts the pages that reclaim examines, and those of them that are
 * pinned; and how long the probes are in direct reclaim, apart from every other source. The
 * kernel's own types stand here with the fields that are read alone: where those are in the
 * running kernel is found in its BTF (CO-RE).
 */
#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "pinned-shared.h"

/* include/linux/mm.h: a page's reference count grows by this much each time it is pinned. */
#define GUP_PIN_COUNTING_BIAS (1U << 10)

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	unsigned long f;
} memdesc_flags_t;

struct folio {
	memdesc_flags_t flags;
	unsigned long _flags_1;
	atomic_t _refcount;
	atomic_t _pincount;
	unsigned int _nr_pages;
} __attribute__((preserve_access_index));

/* The older layout. libbpf ignores what follows three underscores when it matches types. */
struct folio___before_6_18 {
	unsigned long flags;
} __attribute__((preserve_access_index));

struct folio___before_6_15 {
	unsigned int _folio_nr_pages;
} __attribute__((preserve_access_index));

/* Numbers differ from kernel to kernel. */
enum pageflags { PG_head, PG_swapbacked };

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pinned_tally);
} tallies SEC(".maps");

/* By process id; the reader makes the entries. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pinned_process);
} processes SEC(".maps");

volatile bool counting;

static bool has_flag(struct folio *folio, unsigned int bit)
{
	struct folio___before_6_18 *old = (void *)folio;
	unsigned long flags =
		bpf_core_field_exists(folio->flags.f) ? folio->flags.f : old->flags;

	return flags >> bit & 1;
}

static unsigned int pages_of(struct folio *folio)
{
	struct folio___before_6_15 *old = (void *)folio;

	if (bpf_core_field_exists(folio->_nr_pages))
		return folio->_nr_pages;
	if (bpf_core_field_exists(old->_folio_nr_pages))
		return old->_folio_nr_pages;
	/* The order is in the lowest byte, since Linux 6.6, and is less than 32. */
	return 1U << (folio->_flags_1 & 0x1f);
}

/* As folio_maybe_dma_pinned() of include/linux/mm.h. */
static bool is_pinned(struct folio *folio, bool large)
{
	if (large)
		return folio->_pincount.counter > 0;
	return (unsigned int)folio->_refcount.counter >= GUP_PIN_COUNTING_BIAS;
}

/*
 * shrink_folio_list() has taken the folio's lock, and asks whether somebody has touched it; the
 * scan of active lists asks without the lock. Where nobody has, the next that saves the folio
 * is that it is pinned.
 */
SEC("fexit/folio_referenced")
int BPF_PROG(count_folio, struct folio *folio, int is_locked, void *memcg, void *vm_flags,
	     int referenced)
{
	struct pinned_tally *tally;
	unsigned int kind, pages;
	__u32 zero = 0;
	bool large;

	if (!counting || !is_locked)
		return 0;
	tally = bpf_map_lookup_elem(&tallies, &zero);
	if (!tally)
		return 0;
	large = has_flag(folio, bpf_core_enum_value(enum pageflags, PG_head));
	pages = large ? pages_of(folio) : 1;
	/* Which of the two kinds of LRU lists it is on. */
	kind = has_flag(folio, bpf_core_enum_value(enum pageflags, PG_swapbacked))
		       ? PINNED_ANON
		       : PINNED_FILE;
	/* No atomics: the kernel never runs this program inside itself on one CPU, it counts a miss. */
	tally->examined[kind] += pages;
	if (referenced == 0 && is_pinned(folio, large))
		tally->pinned[kind] += pages;
	return 0;
}

static struct pinned_process *this_process(void)
{
	__u32 pid = (__u32)bpf_get_current_pid_tgid();

	return bpf_map_lookup_elem(&processes, &pid);
}

static int begin(void)
{
	struct pinned_process *p = this_process();

	if (p)
		p->since_ns = bpf_ktime_get_ns();
	return 0;
}

static int end(void)
{
	struct pinned_process *p = this_process();

	if (p && p->since_ns) {
		p->direct_reclaim_ns += bpf_ktime_get_ns() - p->since_ns;
		p->since_ns = 0;
	}
	return 0;
}

SEC("tp_btf/mm_vmscan_direct_reclaim_begin")
int direct_begin(void *arguments)
{
	return begin();
}

SEC("tp_btf/mm_vmscan_direct_reclaim_end")
int direct_end(void *arguments)
{
	return end();
}

/* In a memory cgroup at its limit. */
SEC("tp_btf/mm_vmscan_memcg_reclaim_begin")
int memcg_begin(void *arguments)
{
	return begin();
}

SEC("tp_btf/mm_vmscan_memcg_reclaim_end")
int memcg_end(void *arguments)
{
	return end();
}

/* Some helpers are for programs with a licence that fits the kernel's alone. */
char LICENSE[] SEC("license") = "Dual MIT/GPL";
