// SPDX-License-Identifier: MIT
#include "trace/trace.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "pinned.skel.h"
#include "system/cleanup.h"
#include "system/process.h"
#include "system/text.h"
#include "trace/pinned-shared.h"

/* Where libbpf finds the running kernel's types; it knows other places, but no kernel uses them. */
#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

struct pinned {
	struct pinned_bpf *program;
	bool pages; /* are counted */
};

static bool may_load(void)
{
	return has_capability(CAP_SYS_ADMIN) ||
	       (has_capability(CAP_BPF) && has_capability(CAP_PERFMON));
}

static int look_for_what_is_missing(char *why, size_t size)
{
	if (!may_load())
		return why_not(why, size, -EPERM,
			       "this user may not load BPF programs (only root may)");
	if (access(KERNEL_BTF, R_OK) < 0)
		return why_not(why, size, -ENOENT,
			       "this kernel does not tell its types (no " KERNEL_BTF
			       ": CONFIG_DEBUG_INFO_BTF)");
	/* It would print what goes wrong. */
	libbpf_set_print(NULL);
	if (libbpf_find_vmlinux_btf_id("folio_referenced", BPF_TRACE_FEXIT) < 0)
		return why_not(
			why, size, -ENOENT,
			"this kernel has no folio_referenced() to count at (Linux 6.1 has)");
	return 0;
}

/* libbpf's results are -errno. */
static int load(struct pinned *p, size_t processes)
{
	int ret;

	p->program = pinned_bpf__open();
	if (!p->program)
		return -errno;
	bpf_program__set_autoload(p->program->progs.count_folio, p->pages);
	ret = bpf_map__set_max_entries(p->program->maps.processes, (__u32)processes);
	/* Without CONFIG_MEMCG there are no such events, and no such reclaim. */
	if (libbpf_find_vmlinux_btf_id("mm_vmscan_memcg_reclaim_begin",
				       BPF_TRACE_RAW_TP) < 0) {
		bpf_program__set_autoload(p->program->progs.memcg_begin, false);
		bpf_program__set_autoload(p->program->progs.memcg_end, false);
	}
	ret = ret < 0 ? ret : pinned_bpf__load(p->program);
	return ret < 0 ? ret : pinned_bpf__attach(p->program);
}

int pinned_create(struct pinned **pinned, size_t n, char *why, size_t size)
{
	int ret = look_for_what_is_missing(why, size);
	struct pinned *p;

	*pinned = NULL;
	if (ret < 0)
		return ret;
	*why = '\0';
	p = malloc(sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->pages = true;
	ret = load(p, n);
	if (ret < 0) {
		snprintf(why, size,
			 "a BPF program cannot be put behind folio_referenced(): %s",
			 strerror(-ret));
		pinned_bpf__destroy(p->program);
		p->pages = false;
		ret = load(p, n);
	}
	if (ret < 0) {
		snprintf(why, size, "the BPF program cannot be loaded: %s",
			 strerror(-ret));
		pinned_free(p);
		return ret;
	}
	*pinned = p;
	return 0;
}

int pinned_possible(char *why, size_t size)
{
	struct pinned *p;
	int ret = pinned_create(&p, 1, why, size);

	if (ret < 0)
		return ret;
	ret = p->pages ? 0 : -EPERM;
	pinned_free(p);
	return ret;
}

int pinned_follow(struct pinned *p, const pid_t *pids, size_t n)
{
	static const struct pinned_process none;

	for (size_t i = 0; i < n; i++) {
		__u32 pid = (__u32)pids[i];
		int ret = bpf_map__update_elem(p->program->maps.processes, &pid,
					       sizeof(pid), &none, sizeof(none), BPF_ANY);
		if (ret < 0)
			return ret;
	}
	return 0;
}

void pinned_start(struct pinned *p)
{
	p->program->bss->counting = true;
}

void pinned_stop(struct pinned *p)
{
	p->program->bss->counting = false;
}

static void add(struct pinned_pages *pages, const struct pinned_tally *tally,
		enum pinned_kind kind)
{
	pages->examined += tally->examined[kind];
	pages->pinned += tally->pinned[kind];
}

static int read_pages(const struct pinned *p, struct pinned_counts *counts)
{
	CLEANUP_FREE struct pinned_tally *tally = NULL;
	int cpus = libbpf_num_possible_cpus(), ret;
	struct bpf_prog_info info = { 0 };
	__u32 length = sizeof(info), zero = 0;

	if (cpus < 0)
		return cpus;
	ret = bpf_obj_get_info_by_fd(bpf_program__fd(p->program->progs.count_folio),
				     &info, &length);
	if (ret < 0)
		return ret;
	counts->missed = info.recursion_misses;
	tally = calloc((size_t)cpus, sizeof(*tally));
	if (!tally)
		return -ENOMEM;
	ret = bpf_map__lookup_elem(p->program->maps.tallies, &zero, sizeof(zero), tally,
				   (size_t)cpus * sizeof(*tally), 0);
	if (ret < 0)
		return ret;
	for (int cpu = 0; cpu < cpus; cpu++) {
		add(&counts->anon, &tally[cpu], PINNED_ANON);
		add(&counts->file, &tally[cpu], PINNED_FILE);
	}
	counts->pages = true;
	return 0;
}

static int read_processes(const struct pinned *p, struct pinned_counts *counts)
{
	const struct bpf_map *processes = p->program->maps.processes;
	struct pinned_process process;
	const __u32 *after = NULL;
	__u32 pid;
	int ret;

	while ((ret = bpf_map__get_next_key(processes, after, &pid, sizeof(pid))) == 0) {
		ret = bpf_map__lookup_elem(processes, &pid, sizeof(pid), &process,
					   sizeof(process), 0);
		if (ret < 0)
			return ret;
		counts->direct_reclaim_ns += process.direct_reclaim_ns;
		after = &pid;
	}
	return ret == -ENOENT ? 0 : ret;
}

int pinned_read(const struct pinned *p, struct pinned_counts *counts)
{
	*counts = (struct pinned_counts){ 0 };
	if (p->pages) {
		int ret = read_pages(p, counts);

		if (ret < 0)
			return ret;
	}
	return read_processes(p, counts);
}

void pinned_free(struct pinned *p)
{
	pinned_bpf__destroy(p->program);
	free(p);
}
