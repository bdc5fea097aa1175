// SPDX-License-Identifier: MIT
#include "run/machine_json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "record/json_text-private.h"
#include "system/sysfile.h"

/* Adds @text unless the machine did not tell. */
static int put_told(json_object *o, const char *key, const char *text)
{
	return *text ? _json_put_text(o, key, text) : 0;
}

static json_object *finish(json_object *o, int ret)
{
	if (ret == 0)
		return o;
	json_object_put(o);
	return NULL;
}

static json_object *kernel_object(const struct facts *f)
{
	json_object *o = json_object_new_object();
	int ret = o ? 0 : -ENOMEM;

	ret = ret ? ret : put_told(o, "release", f->release);
	ret = ret ? ret : put_told(o, "version", f->version);
	ret = ret ? ret : put_told(o, "machine", f->machine);
	ret = ret ? ret : put_told(o, "cmdline", f->cmdline);
	ret = ret ? ret : put_told(o, "preempt", f->preempt);
	ret = ret ? ret : put_told(o, "config_hash", f->config_hash);
	ret = ret ? ret : put_told(o, "tainted", f->tainted);
	return finish(o, ret);
}

static json_object *cpu_object(const struct facts *f)
{
	json_object *o = json_object_new_object();
	int ret = _json_put_u64(o, "online", f->cpus_online);

	ret = ret ? ret : _json_put_u64(o, "numa_nodes", f->numa_nodes);
	ret = ret ? ret : put_told(o, "model", f->cpu_model);
	ret = ret ? ret : put_told(o, "microcode", f->microcode);
	ret = ret ? ret : put_told(o, "governor", f->governor);
	ret = ret ? ret : put_told(o, "mitigations", f->mitigations);
	return finish(o, ret);
}

static json_object *memory_object(const struct facts *f)
{
	json_object *o = json_object_new_object();
	int ret = _json_put_u64(o, "total", f->memory_total);

	ret = ret ? ret : _json_put_u64(o, "swap_total", f->swap_total);
	ret = ret ? ret : _json_put_u64(o, "swap_free", f->swap_free);
	ret = ret ? ret : _json_put_u64(o, "swappiness", f->swappiness);
	ret = ret ? ret : put_told(o, "swaps", f->swaps);
	ret = ret ? ret : put_told(o, "thp_enabled", f->thp_enabled);
	ret = ret ? ret : put_told(o, "thp_defrag", f->thp_defrag);
	ret = ret ? ret : put_told(o, "lru_gen", f->lru_gen);
	ret = ret ? ret : _json_put_u64(o, "min_free_kbytes", f->min_free_kbytes);
	ret = ret ? ret
		  : _json_put_u64(o, "watermark_scale_factor", f->watermark_scale_factor);
	ret = ret ? ret
		  : _json_put_u64(o, "compaction_proactiveness",
				  f->compaction_proactiveness);
	ret = ret ? ret : _json_put_u64(o, "memcg_version", f->memcg_version);
	return finish(o, ret);
}

static json_object *parameters_object(const struct drm_device *d)
{
	json_object *o = json_object_new_object();
	int ret = o ? 0 : -ENOMEM;

	for (size_t i = 0; i < d->parameters && ret == 0; i++)
		ret = _json_put_text(o, d->parameter[i].name, d->parameter[i].value);
	return finish(o, ret);
}

static int put_hex(json_object *o, const char *key, unsigned int value)
{
	char text[16];

	snprintf(text, sizeof(text), "%04x", value);
	return _json_put_text(o, key, text);
}

static json_object *device_object(const struct drm_device *d)
{
	json_object *o = json_object_new_object();
	int ret = o ? 0 : -ENOMEM;

	ret = ret ? ret : put_told(o, "driver", d->driver);
	ret = ret ? ret : put_told(o, "driver_version", d->driver_version);
	ret = ret ? ret : put_told(o, "name", d->name);
	ret = ret ? ret : put_told(o, "pci_slot", d->pci_slot);
	if (*d->pci_slot) {
		ret = ret ? ret : put_hex(o, "vendor", d->vendor);
		ret = ret ? ret : put_hex(o, "device", d->device);
		ret = ret ? ret : _json_put_u64(o, "revision", d->revision);
	}
	ret = ret ? ret : _json_put(o, "parameters", parameters_object(d));
	return finish(o, ret);
}

json_object *machine_environment(const struct facts *f, const struct drm_device *device)
{
	json_object *o = json_object_new_object();
	int ret = _json_put(o, "kernel", kernel_object(f));

	ret = ret ? ret : _json_put(o, "cpu", cpu_object(f));
	ret = ret ? ret : _json_put(o, "memory", memory_object(f));
	ret = ret ? ret
		  : _json_put(o, "virtual", json_object_new_boolean(f->virtual_machine));
	ret = ret ? ret : put_told(o, "hypervisor", f->hypervisor);
	ret = ret ? ret : put_told(o, "product", f->product);
	ret = ret ? ret : put_told(o, "distribution", f->distribution);
	if (device)
		ret = ret ? ret : _json_put(o, "device", device_object(device));
	return finish(o, ret);
}

/* The line after @line, or NULL after the last one that is whole. */
static const char *next_line(const char *line)
{
	line = strchr(line, '\n');
	return line && strchr(line + 1, '\n') ? line + 1 : NULL;
}

/* The first whole line of @text, or NULL. */
static const char *first_line(const char *text)
{
	return strchr(text, '\n') ? text : NULL;
}

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
static int put_allocstall(json_object *o, const char *before, const char *after)
{
	uint64_t sum = 0;

	for (const char *line = first_line(after); line; line = next_line(line)) {
		char key[64];

		if (sscanf(line, "%63s", key) == 1 && strncmp(key, "allocstall", 10) == 0)
			sum += key_growth(before, after, key);
	}
	return _json_put_u64(o, "allocstall", sum);
}

static json_object *vmstat_object(const char *before, const char *after)
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
	json_object *o = json_object_new_object();
	int ret = o ? put_allocstall(o, before, after) : -ENOMEM;

	for (size_t i = 0; i < sizeof(always) / sizeof(*always) && ret == 0; i++)
		ret = _json_put_u64(o, always[i], key_growth(before, after, always[i]));
	for (const char *line = first_line(after); line && ret == 0;
	     line = next_line(line)) {
		uint64_t growth;
		char key[64];

		if (sscanf(line, "%63s", key) != 1 || is_gauge(key) ||
		    json_object_object_get_ex(o, key, NULL))
			continue;
		growth = key_growth(before, after, key);
		if (growth > 0)
			ret = _json_put_u64(o, key, growth);
	}
	return finish(o, ret);
}

/* The "total=" of the line of @text that begins with @key: microseconds, from boot. */
static bool psi_total(const char *text, const char *key, uint64_t *us)
{
	for (const char *line = first_line(text); line; line = next_line(line))
		if (strncmp(line, key, strlen(key)) == 0)
			return sscanf(line + strlen(key),
				      " avg10=%*s avg60=%*s avg300=%*s total=%" SCNu64,
				      us) == 1;
	return false;
}

static int put_pressure(json_object *psi, const char *name, const char *before,
			const char *after)
{
	static const struct {
		const char *line, *key;
	} kinds[] = { { "some", "some_us" }, { "full", "full_us" } };
	json_object *o;
	int ret = 0;

	if (!*after)
		return 0; /* this kernel keeps none */
	o = json_object_new_object();
	for (size_t i = 0; i < 2 && ret == 0; i++) {
		uint64_t a, b;

		if (psi_total(before, kinds[i].line, &a) &&
		    psi_total(after, kinds[i].line, &b))
			ret = _json_put_u64(o, kinds[i].key, counter_growth(a, b));
	}
	return _json_put(psi, name, finish(o, ret));
}

static json_object *psi_object(const struct counters *before,
			       const struct counters *after)
{
	static const struct {
		const char *name;
		enum counter_file file;
	} files[] = {
		{ "memory", COUNTER_PSI_MEMORY },
		{ "io", COUNTER_PSI_IO },
		{ "cpu", COUNTER_PSI_CPU },
	};
	json_object *o = json_object_new_object();
	int ret = o ? 0 : -ENOMEM;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files) && ret == 0; i++)
		ret = put_pressure(o, files[i].name, before->text[files[i].file],
				   after->text[files[i].file]);
	return finish(o, ret);
}

static json_object *meminfo_object(const char *text)
{
	static const char *const keys[] = {
		"MemFree",     "MemAvailable", "Cached",	"AnonPages",	"Mlocked",
		"Unevictable", "SwapFree",     "AnonHugePages", "SReclaimable",
	};
	json_object *o = json_object_new_object();
	int ret = o ? 0 : -ENOMEM;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys) && ret == 0; i++) {
		uint64_t kib;

		if (sysfile_find_u64(text, keys[i], &kib) == 0)
			ret = _json_put_u64(o, keys[i], kib * 1024);
	}
	return finish(o, ret);
}

/* Free blocks of each order over all zones: "Node 0, zone   Normal    1    2 …". */
static json_object *buddyinfo_array(const char *text)
{
	uint64_t blocks[32] = { 0 }, n;
	json_object *array;
	size_t orders = 0;

	for (const char *line = first_line(text); line; line = next_line(line)) {
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
	array = json_object_new_array();
	for (size_t i = 0; i < orders; i++)
		if (_json_append(array, json_object_new_uint64(blocks[i])) < 0)
			return finish(array, -ENOMEM);
	return array;
}

/* The last two of a CPU's nine numbers: how long threads waited for it, and how many ran. */
static bool cpu_schedstat(const char *text, const char *cpu, uint64_t *delay,
			  uint64_t *slices)
{
	size_t n = strlen(cpu);

	for (const char *line = first_line(text); line; line = next_line(line))
		if (strncmp(line, cpu, n) == 0 && line[n] == ' ')
			return sscanf(line + n,
				      "%*u %*u %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64,
				      delay, slices) == 2;
	return false;
}

static json_object *schedstat_object(const char *before, const char *after)
{
	uint64_t delay = 0, slices = 0, d[2], s[2];
	json_object *o = json_object_new_object();
	int ret = o ? 0 : -ENOMEM;

	for (const char *line = first_line(after); line; line = next_line(line)) {
		char cpu[32];

		if (sscanf(line, "%31s", cpu) != 1 || strncmp(cpu, "cpu", 3) != 0)
			continue;
		if (!cpu_schedstat(before, cpu, &d[0], &s[0]) ||
		    !cpu_schedstat(after, cpu, &d[1], &s[1]))
			continue;
		delay += counter_growth(d[0], d[1]);
		slices += counter_growth(s[0], s[1]);
	}
	if (*after) {
		ret = ret ? ret : _json_put_u64(o, "run_delay_ns", delay);
		ret = ret ? ret : _json_put_u64(o, "timeslices", slices);
	}
	return finish(o, ret);
}

/* Not sums, of which it could be said by how much they grew in the window. */
static bool is_mock_gauge(const char *name)
{
	return strncmp(name, "notifier_longest_ns", strlen("notifier_longest_ns")) == 0 ||
	       strcmp(name, "pages_pinned") == 0;
}

/* Nothing where there is no mock, which is everywhere but in the lab. */
static int put_mock(json_object *to, const char *before, const char *after)
{
	json_object *o;
	int ret = 0;

	if (!*after)
		return 0;
	o = json_object_new_object();
	ret = _json_put(to, "mock", o);
	for (const char *line = first_line(after); line && ret == 0;
	     line = next_line(line)) {
		char name[64];
		uint64_t old = 0, new;

		if (sscanf(line, "%63s %" SCNu64, name, &new) != 2 || is_mock_gauge(name))
			continue;
		(void)sysfile_find_u64(before, name, &old);
		ret = _json_put_u64(o, name, counter_growth(old, new));
	}
	return ret;
}

/* {"before": …, "after": …} of two trees, which it takes over. */
static json_object *before_after(json_object *before, json_object *after)
{
	json_object *o = json_object_new_object();
	int ret = _json_put(o, "before", before);

	if (ret == 0)
		ret = _json_put(o, "after", after);
	else
		json_object_put(after);
	return finish(o, ret);
}

json_object *machine_counters(const struct counters *before, const struct counters *after)
{
	const char(*b)[sizeof(before->text[0])] = before->text;
	const char(*a)[sizeof(after->text[0])] = after->text;
	json_object *o = json_object_new_object();
	int ret =
		_json_put_u64(o, "window_ns", counter_growth(before->t_ns, after->t_ns));

	ret = ret ? ret
		  : _json_put(o, "vmstat",
			      vmstat_object(b[COUNTER_VMSTAT], a[COUNTER_VMSTAT]));
	ret = ret ? ret : _json_put(o, "psi", psi_object(before, after));
	ret = ret ? ret
		  : _json_put(o, "meminfo",
			      before_after(meminfo_object(b[COUNTER_MEMINFO]),
					   meminfo_object(a[COUNTER_MEMINFO])));
	ret = ret ? ret
		  : _json_put(o, "buddyinfo",
			      before_after(buddyinfo_array(b[COUNTER_BUDDYINFO]),
					   buddyinfo_array(a[COUNTER_BUDDYINFO])));
	ret = ret ? ret
		  : _json_put(
			    o, "schedstat",
			    schedstat_object(b[COUNTER_SCHEDSTAT], a[COUNTER_SCHEDSTAT]));
	ret = ret ? ret : put_mock(o, b[COUNTER_MOCK], a[COUNTER_MOCK]);
	return finish(o, ret);
}
