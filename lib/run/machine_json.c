// SPDX-License-Identifier: MIT
/* Machine facts and kernel counters as the JSON that records carry. */
#include "run/machine_json.h"

#include <elf.h>
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "device/drivers.h"
#include "run/internal.h"
#include "system/cgroup.h"
#include "system/cleanup.h"
#include "system/json.h"
#include "system/sysfile.h"

/* Adds @text unless the machine did not tell. */
static void put_told(struct json_out *out, json_object *to, const char *key,
		     const char *text)
{
	if (*text)
		json_put_text(out, to, key, text);
}

static void put_kernel(struct json_out *out, json_object *to, const struct facts *f)
{
	put_told(out, to, "release", f->release);
	put_told(out, to, "version", f->version);
	put_told(out, to, "machine", f->machine);
	put_told(out, to, "cmdline", f->cmdline);
	put_told(out, to, "preempt", f->preempt);
	put_told(out, to, "config_hash", f->config_hash);
	put_told(out, to, "tainted", f->tainted);
}

static void put_cpu(struct json_out *out, json_object *to, const struct facts *f)
{
	json_put_u64(out, to, "online", f->cpus_online);
	json_put_u64(out, to, "numa_nodes", f->numa_nodes);
	put_told(out, to, "model", f->cpu_model);
	put_told(out, to, "microcode", f->microcode);
	put_told(out, to, "governor", f->governor);
	put_told(out, to, "mitigations", f->mitigations);
}

static void put_memory(struct json_out *out, json_object *to, const struct facts *f)
{
	json_put_u64(out, to, "total", f->memory_total);
	json_put_u64(out, to, "swap_total", f->swap_total);
	json_put_u64(out, to, "swap_free", f->swap_free);
	json_put_u64(out, to, "swappiness", f->swappiness);
	put_told(out, to, "swaps", f->swaps);
	put_told(out, to, "thp_enabled", f->thp_enabled);
	put_told(out, to, "thp_pmd", f->thp_pmd);
	put_told(out, to, "thp_defrag", f->thp_defrag);
	put_told(out, to, "lru_gen", f->lru_gen);
	json_put_u64(out, to, "min_free_kbytes", f->min_free_kbytes);
	json_put_u64(out, to, "watermark_scale_factor", f->watermark_scale_factor);
	json_put_u64(out, to, "compaction_proactiveness", f->compaction_proactiveness);
	json_put_u64(out, to, "memcg_version", f->memcg_version);
}

/* Whether @value of a driver's parameter "mock" says that there is no hardware behind it. */
static bool says_mock(const char *value)
{
	return *value && !strchr("0Nn-", *value);
}

/* What the driver does with memory on this kernel, as far as that is known. */
static void put_regime(struct json_out *out, json_object *device,
		       const struct driver_regime *regime)
{
	json_object *to;
	char releases[40];

	if (!regime)
		return;
	to = json_put_object(out, device, "regime");
	json_put_text(out, to, "releases",
		      driver_regime_releases(regime, releases, sizeof(releases)));
	json_put_bool(out, to, "pins", regime->pins);
	json_put_bool(out, to, "counted", regime->counted);
	json_put_bool(out, to, "waits", regime->waits);
	json_put_text(out, to, "notifier", regime->notifier);
	json_put_text(out, to, "lets_go", regime->lets_go);
	json_put_text(out, to, "source", regime->source);
}

static void put_device(struct json_out *out, json_object *to, const struct drm_device *d,
		       const char *release)
{
	json_object *parameters;

	put_told(out, to, "driver", d->driver);
	put_told(out, to, "driver_version", d->driver_version);
	put_told(out, to, "name", d->name);
	put_told(out, to, "pci_slot", d->pci_slot);
	if (*d->pci_slot) {
		json_put_format(out, to, "vendor", "%04x", d->vendor);
		json_put_format(out, to, "device", "%04x", d->device);
		json_put_u64(out, to, "revision", d->revision);
	}
	parameters = json_put_object(out, to, "parameters");
	for (size_t i = 0; i < d->parameters; i++) {
		const struct drm_parameter *p = &d->parameter[i];

		json_put_text(out, parameters, p->name, p->value);
		/* The lab's drivers tell that there is no hardware behind them. */
		if (strcmp(p->name, "mock") == 0)
			json_put_bool(out, to, "mock", says_mock(p->value));
	}
	put_regime(out, to, driver_regime(d->driver, release));
}

json_object *machine_environment(const struct facts *f, const struct drm_device *device)
{
	struct json_out out;
	json_object *root;

	json_begin(&out);
	put_kernel(&out, json_put_object(&out, out.root, "kernel"), f);
	put_cpu(&out, json_put_object(&out, out.root, "cpu"), f);
	put_memory(&out, json_put_object(&out, out.root, "memory"), f);
	json_put_bool(&out, out.root, "virtual", f->virtual_machine);
	put_told(&out, out.root, "hypervisor", f->hypervisor);
	put_told(&out, out.root, "product", f->product);
	put_told(&out, out.root, "distribution", f->distribution);
	put_told(&out, out.root, "machine_id", f->machine_id);
	if (device)
		put_device(&out, json_put_object(&out, out.root, "device"), device,
			   f->release);
	json_end(&out, &root);
	return root;
}

/*
 * Where a record is from: the machine by its names, the kernel by its build, the CPUs that were
 * measured, and what the run has inherited that can change a number.
 */

/* The GNU build id among the kernel's ELF notes, in hexadecimal. */
static bool build_id(const char *notes, size_t size, char *text, size_t text_size)
{
	size_t at = 0;

	while (at + sizeof(Elf64_Nhdr) <= size) {
		Elf64_Nhdr note;
		size_t name = at + sizeof(note), desc;

		memcpy(&note, notes + at, sizeof(note));
		desc = name + (note.n_namesz + 3ul) / 4 * 4;
		at = desc + (note.n_descsz + 3ul) / 4 * 4;
		if (at > size || note.n_type != NT_GNU_BUILD_ID || note.n_namesz != 4 ||
		    memcmp(notes + name, "GNU", 4) != 0)
			continue;
		for (size_t i = 0; i < note.n_descsz && 2 * i + 2 < text_size; i++)
			snprintf(text + 2 * i, text_size - 2 * i, "%02x",
				 (unsigned char)notes[desc + i]);
		return note.n_descsz > 0;
	}
	return false;
}

static void put_line(struct json_out *out, json_object *to, const char *key,
		     const char *path)
{
	char text[256];

	if (sysfile_line(path, text, sizeof(text)) > 0)
		json_put_text(out, to, key, text);
}

static void put_build(struct json_out *out, json_object *kernel)
{
	char notes[8192], text[128];
	ssize_t n = sysfile_read("/sys/kernel/notes", notes, sizeof(notes));

	if (n > 0 && build_id(notes, (size_t)n, text, sizeof(text)))
		json_put_text(out, kernel, "build_id", text);
}

static void put_cpus(const struct run *r, struct json_out *out, json_object *cpu)
{
	char status[8192];
	const char *list;

	put_line(out, cpu, "present", "/sys/devices/system/cpu/present");
	if (sysfile_read("/proc/self/status", status, sizeof(status)) > 0 &&
	    (list = sysfile_find(status, "Cpus_allowed_list")))
		json_put_format(out, cpu, "allowed", "%.*s", (int)strcspn(list, "\n"),
				list);
	/* who asks for pages is bound to no CPU */
	if (r->probe.cpus && r->request->probe != PROBE_PAGEOUT)
		json_put_u64(out, cpu, "measured", r->probe.cpus);
}

/* Whether a thread of DAMON works, which marks pages as not accessed; @proc is /proc. */
static bool damon_works(const char *proc)
{
	char name[32], pattern[PATH_MAX];
	glob_t found = { 0 };
	bool works = false;

	snprintf(pattern, sizeof(pattern), "%s/[0-9]*/comm", proc);
	if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc && !works; i++)
			works = sysfile_line(found.gl_pathv[i], name, sizeof(name)) > 0 &&
				strncmp(name, "kdamond", 7) == 0;
	}
	globfree(&found);
	return works;
}

/* What else of the kernel moves pages; @modules is /sys/module, @proc is /proc. */
static void put_movers(struct json_out *out, json_object *memory, const char *modules,
		       const char *proc)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/zswap/parameters/enabled", modules);
	put_line(out, memory, "zswap", path);
	json_put_bool(out, memory, "damon", damon_works(proc));
}

/* What the process, and with it the run, has inherited. */
static void put_inherited(struct json_out *out, json_object *to)
{
	struct cpu_limits limits;
	int nice;

	errno = 0;
	nice = getpriority(PRIO_PROCESS, 0);
	if (nice != -1 || errno == 0)
		json_put_i64(out, to, "nice", nice);
	cgroup_cpu_limits(&limits);
	if (limits.quota < UINT64_MAX)
		json_put_u64(out, to, "cpu_quota_us", limits.quota);
	if (limits.rt_budget < UINT64_MAX)
		json_put_u64(out, to, "rt_budget_us", limits.rt_budget);
}

/* "dmar0 dmar1"; empty: none works. */
static void put_iommu(struct json_out *out, json_object *to)
{
	char text[256] = "";
	glob_t found = { 0 };

	if (glob("/sys/class/iommu/*", 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++) {
			size_t n = strlen(text);

			snprintf(text + n, sizeof(text) - n, "%s%s", n ? " " : "",
				 strrchr(found.gl_pathv[i], '/') + 1);
		}
	}
	globfree(&found);
	json_put_text(out, to, "iommu", text);
}

static void put_host(const struct run *r, struct json_out *out, json_object *to)
{
	const char *host = r->request->options->host;
	struct utsname u;

	if (host && strcmp(host, "none"))
		json_put_text(out, to, "host", host);
	else if (!host && uname(&u) == 0)
		json_put_text(out, to, "host", u.nodename);
}

static json_object *part(json_object *environment, const char *key)
{
	json_object *found = NULL;

	json_object_object_get_ex(environment, key, &found);
	return found;
}

/*
 * Where no device was used, the lab's mock of one is said all the same: no record from there may be
 * taken for one from hardware. @modules is /sys/module.
 */
static void put_mock_device(struct json_out *out, json_object *environment,
			    const char *modules)
{
	static const char *const drivers[] = { "i915", "xe" };

	for (size_t i = 0; i < sizeof(drivers) / sizeof(*drivers); i++) {
		char path[PATH_MAX], value[16];
		json_object *device;

		snprintf(path, sizeof(path), "%s/%s/parameters/mock", modules,
			 drivers[i]);
		if (part(environment, "device") ||
		    sysfile_line(path, value, sizeof(value)) <= 0 || !says_mock(value))
			continue;
		device = json_put_object(out, environment, "device");
		json_put_text(out, device, "driver", drivers[i]);
		json_put_bool(out, device, "mock", true);
	}
}

int machine_add_origin(const struct run *r, json_object *environment)
{
	json_object *memory = part(environment, "memory");
	CLEANUP(json_release) json_object *none = NULL;
	struct json_out out;

	json_begin(&out);
	put_build(&out, part(environment, "kernel"));
	put_cpus(r, &out, part(environment, "cpu"));
	if (r->swappiness >= 0)
		json_put_u64(&out, memory, "arena_swappiness", (uint64_t)r->swappiness);
	put_movers(&out, memory, "/sys/module", "/proc");
	put_mock_device(&out, environment, "/sys/module");
	put_inherited(&out, json_put_object(&out, environment, "inherited"));
	put_host(r, &out, environment);
	put_iommu(&out, environment);
	return json_end(&out, &none);
}

/* NOLINTBEGIN(bugprone-macro-parentheses): @line is a name to declare. */
/* For each @line of @text that is whole: the last one may have been cut. */
#define for_each_line(line, text)                                                        \
	for (const char *line = (text), *end; (end = strchr(line, '\n')); line = end + 1)
/* NOLINTEND(bugprone-macro-parentheses) */

/* By how much @key has grown; 0 where this kernel has no such counter. */
static uint64_t key_growth(const char *before, const char *after, const char *key)
{
	uint64_t a = 0, b = 0;

	if (sysfile_find_u64(before, key, &a) < 0 || sysfile_find_u64(after, key, &b) < 0)
		return 0;
	return counter_growth(a, b);
}

/* What rises and falls has no growth worth the name. */
static bool is_gauge(const char *key)
{
	if (strncmp(key, "nr_foll_pin_", 12) == 0)
		return false;
	return strncmp(key, "nr_", 3) == 0 || strcmp(key, "workingset_nodes") == 0;
}

/* Direct reclaim by zone, summed: one zone alone says nothing (peers' tools lose the others). */
static uint64_t allocstall_growth(const char *before, const char *after)
{
	uint64_t sum = 0;

	for_each_line(line, after) {
		char key[64];

		if (sscanf(line, "%63s", key) == 1 && strncmp(key, "allocstall", 10) == 0)
			sum += key_growth(before, after, key);
	}
	return sum;
}

static void put_vmstat(struct json_out *out, json_object *to, const char *before,
		       const char *after)
{
	static const char *const always[] = {
		"pgscan_anon",
		"pgscan_file",
		"pgsteal_anon",
		"pgsteal_file",
		"pswpin",
		"pswpout",
		"compact_stall",
		"compact_fail",
		"compact_success",
		"thp_fault_alloc",
		"thp_fault_fallback",
		"pgmajfault",
		"nr_foll_pin_acquired",
		"nr_foll_pin_released",
	};

	json_put_u64(out, to, "allocstall", allocstall_growth(before, after));
	for (size_t i = 0; i < sizeof(always) / sizeof(*always); i++)
		json_put_u64(out, to, always[i], key_growth(before, after, always[i]));
	for_each_line(line, after) {
		uint64_t growth;
		char key[64];

		if (sscanf(line, "%63s", key) != 1 || is_gauge(key) ||
		    json_object_object_get_ex(to, key, NULL))
			continue;
		growth = key_growth(before, after, key);
		if (growth > 0)
			json_put_u64(out, to, key, growth);
	}
}

static void put_psi(struct json_out *out, json_object *psi, const char *name,
		    const char *before, const char *after)
{
	json_object *o = *after ? json_put_object(out, psi, name) : NULL;
	uint64_t a, b;

	/* Nothing where this kernel keeps none. */
	if (psi_total(before, "some", &a) && psi_total(after, "some", &b))
		json_put_u64(out, o, "some_us", counter_growth(a, b));
	if (psi_total(before, "full", &a) && psi_total(after, "full", &b))
		json_put_u64(out, o, "full_us", counter_growth(a, b));
}

static void put_meminfo(struct json_out *out, json_object *to, const char *key,
			const char *text)
{
	static const char *const keys[] = {
		"MemFree",     "MemAvailable", "Cached",	"AnonPages",	"Mlocked",
		"Unevictable", "SwapFree",     "AnonHugePages", "SReclaimable",
	};
	json_object *o = json_put_object(out, to, key);

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		uint64_t kib;

		if (sysfile_find_u64(text, keys[i], &kib) == 0)
			json_put_u64(out, o, keys[i], kib * 1024);
	}
}

/* Free blocks of each order over all zones: "Node 0, zone   Normal    1    2 …". */
static void put_buddyinfo(struct json_out *out, json_object *to, const char *key,
			  const char *text)
{
	uint64_t blocks[32] = { 0 }, n;
	json_object *array = json_put_array(out, to, key);
	size_t orders = 0;

	for_each_line(line, text) {
		size_t order = 0;
		int used = 0;

		if (sscanf(line, "Node %*u, zone %*s%n", &used) < 0 || used == 0)
			continue;
		line += used;
		while (order < 32 && sscanf(line, "%*[ ]%" SCNu64 "%n", &n, &used) == 1) {
			blocks[order++] += n;
			line += used;
		}
		orders = order > orders ? order : orders;
	}
	for (size_t i = 0; i < orders; i++)
		json_put_u64(out, array, NULL, blocks[i]);
}

/* The last two of a CPU's nine numbers: how long threads waited for it, and how many ran. */
static bool cpu_schedstat(const char *text, const char *cpu, uint64_t *delay,
			  uint64_t *slices)
{
	size_t n = strlen(cpu);

	for_each_line(line, text)
		if (strncmp(line, cpu, n) == 0 && line[n] == ' ')
			return sscanf(line + n,
				      "%*u %*u %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64,
				      delay, slices) == 2;
	return false;
}

static void put_schedstat(struct json_out *out, json_object *to, const char *before,
			  const char *after)
{
	uint64_t delay = 0, slices = 0, d[2], s[2];

	for_each_line(line, after) {
		char cpu[32];

		if (sscanf(line, "%31s", cpu) != 1 || strncmp(cpu, "cpu", 3) != 0)
			continue;
		if (!cpu_schedstat(before, cpu, &d[0], &s[0]) ||
		    !cpu_schedstat(after, cpu, &d[1], &s[1]))
			continue;
		delay += counter_growth(d[0], d[1]);
		slices += counter_growth(s[0], s[1]);
	}
	if (!*after)
		return;
	json_put_u64(out, to, "run_delay_ns", delay);
	json_put_u64(out, to, "timeslices", slices);
}

/* Not sums, of which it could be said by how much they grew in the window. */
static bool is_mock_gauge(const char *name)
{
	return strstr(name, "_longest_ns");
}

/* Nothing where there is no mock, which is everywhere but in the lab. */
static void put_mock(struct json_out *out, const char *before, const char *after)
{
	json_object *o = *after ? json_put_object(out, out->root, "mock") : NULL;

	for_each_line(line, after) {
		char name[64];
		uint64_t old = 0, new;

		if (sscanf(line, "%63s %" SCNu64, name, &new) != 2 || is_mock_gauge(name))
			continue;
		(void)sysfile_find_u64(before, name, &old);
		json_put_u64(out, o, name, counter_growth(old, new));
	}
}

/* What only rises and falls: {"before": …, "after": …}, each put by @put. */
static void put_both(struct json_out *out, const char *key, const char *before,
		     const char *after,
		     void (*put)(struct json_out *out, json_object *to, const char *key,
				 const char *text))
{
	json_object *o = json_put_object(out, out->root, key);

	put(out, o, "before", before);
	put(out, o, "after", after);
}

json_object *machine_counters(const struct counters *before, const struct counters *after,
			      const struct memcg_events *cgroup)
{
	const char(*b)[sizeof(before->text[0])] = before->text;
	const char(*a)[sizeof(after->text[0])] = after->text;
	struct json_out out;
	json_object *root, *psi, *events;

	json_begin(&out);
	json_put_u64(&out, out.root, "window_ns",
		     counter_growth(before->t_ns, after->t_ns));
	put_vmstat(&out, json_put_object(&out, out.root, "vmstat"), b[COUNTER_VMSTAT],
		   a[COUNTER_VMSTAT]);
	psi = json_put_object(&out, out.root, "psi");
	put_psi(&out, psi, "memory", b[COUNTER_PSI_MEMORY], a[COUNTER_PSI_MEMORY]);
	put_psi(&out, psi, "io", b[COUNTER_PSI_IO], a[COUNTER_PSI_IO]);
	put_psi(&out, psi, "cpu", b[COUNTER_PSI_CPU], a[COUNTER_PSI_CPU]);
	put_both(&out, "meminfo", b[COUNTER_MEMINFO], a[COUNTER_MEMINFO], put_meminfo);
	put_both(&out, "buddyinfo", b[COUNTER_BUDDYINFO], a[COUNTER_BUDDYINFO],
		 put_buddyinfo);
	put_schedstat(&out, json_put_object(&out, out.root, "schedstat"),
		      b[COUNTER_SCHEDSTAT], a[COUNTER_SCHEDSTAT]);
	put_mock(&out, b[COUNTER_MOCK], a[COUNTER_MOCK]);
	if (cgroup) {
		events = json_put_object(&out, out.root, "cgroup");
		json_put_u64(&out, events, "limit_hits", cgroup->limit_hits);
		json_put_u64(&out, events, "oom_kills", cgroup->oom_kills);
	}
	json_end(&out, &root);
	return root;
}

/* The rest of memory.stat rises and falls, or (version 1) says the same of the cgroups below. */
static bool is_memory_sum(const char *key)
{
	static const char *const begin[] = { "pg", "workingset_", "thp_", "pswp",
					     "zswp" };

	for (size_t i = 0; i < sizeof(begin) / sizeof(*begin); i++)
		if (strncmp(key, begin[i], strlen(begin[i])) == 0)
			return true;
	return false;
}

int machine_add_arena(json_object *counters, const char *before, const char *after)
{
	CLEANUP(json_release) json_object *none = NULL;
	json_object *cgroup, *stat;
	struct json_out out;

	if (!json_object_object_get_ex(counters, "cgroup", &cgroup))
		return 0;
	json_begin(&out);
	stat = json_put_object(&out, cgroup, "stat");
	for_each_line(line, after) {
		char key[64];

		if (sscanf(line, "%63s", key) == 1 && is_memory_sum(key))
			json_put_u64(&out, stat, key, key_growth(before, after, key));
	}
	return json_end(&out, &none);
}
