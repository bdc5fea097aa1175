// SPDX-License-Identifier: MIT
#include "system/facts.h"

#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <limits.h>
#include <libmount.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zlib.h>

#include "system/cgroup.h"
#include "system/cleanup.h"
#include "system/process.h"
#include "system/swap.h"
#include "system/sysfile.h"
#include "system/text.h"
#include "system/units.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What is of interest in a kernel's configuration. */
struct kernel_config {
	uint32_t crc32;	  /* of its whole text */
	char preempt[16]; /* the model it was built with; empty: it does not say */
};

/* The model that a line of the configuration chooses, or NULL. */
static const char *line_preempt(const char *line)
{
	static const struct {
		const char *option, *model;
	} options[] = {
		{ "CONFIG_PREEMPT_NONE", "none" },
		{ "CONFIG_PREEMPT_VOLUNTARY", "voluntary" },
		{ "CONFIG_PREEMPT", "full" },
		{ "CONFIG_PREEMPT_LAZY", "lazy" },
		{ "CONFIG_PREEMPT_RT", "rt" },
	};

	for (size_t i = 0; i < COUNT(options); i++) {
		size_t len = strlen(options[i].option);

		if (strncmp(line, options[i].option, len) == 0 &&
		    strcmp(line + len, "=y\n") == 0)
			return options[i].model;
	}
	return NULL;
}

/* Reads a configuration, compressed or not. Returns 0 or -errno. */
static int kernel_config_read(const char *path, struct kernel_config *config)
{
	char line[4096];
	gzFile f;

	*config = (struct kernel_config){ 0 };
	errno = 0; /* stays so where zlib itself runs out of memory */
	f = gzopen(path, "re");
	if (!f)
		return errno ? -errno : -ENOMEM;
	while (gzgets(f, line, sizeof(line))) {
		const char *model = line_preempt(line);

		config->crc32 = (uint32_t)crc32(config->crc32, (const Bytef *)line,
						(uInt)strlen(line));
		/* The real-time option stands beside one of the others, and settles it. */
		if (model && strcmp(config->preempt, "rt") != 0)
			snprintf(config->preempt, sizeof(config->preempt), "%s", model);
	}
	if (!gzeof(f)) {
		gzclose(f);
		return -EIO;
	}
	return gzclose(f) == Z_OK ? 0 : -EIO;
}

static void read_config(const char *release, struct kernel_config *config, char *hash,
			size_t size)
{
	char path[256];

	snprintf(path, sizeof(path), "/boot/config-%s", release);
	if (kernel_config_read("/proc/config.gz", config) < 0 &&
	    kernel_config_read(path, config) < 0) {
		*config = (struct kernel_config){ 0 };
		return;
	}
	snprintf(hash, size, "%08x", config->crc32);
}

static const char *known_model(const char *name, size_t len)
{
	static const char *const models[] = { "none", "voluntary", "full", "lazy" };

	for (size_t i = 0; i < COUNT(models); i++) {
		if (strlen(models[i]) == len && strncmp(models[i], name, len) == 0)
			return models[i];
	}
	return NULL;
}

/*
 * Cuts @cmdline, in place, down to what concerns the kernel: without init=, rdinit= and
 * what stands behind "--", which are init's and nobody else's business.
 */
static void kernel_cmdline(char *cmdline)
{
	char *to = cmdline;

	for (const char *s = cmdline + strspn(cmdline, " "); *s; s += strspn(s, " ")) {
		size_t len = strcspn(s, " ");

		if (len == 2 && strncmp(s, "--", 2) == 0)
			break;
		if (strncmp(s, "init=", 5) && strncmp(s, "rdinit=", 7)) {
			if (to != cmdline)
				*to++ = ' ';
			memmove(to, s, len);
			to += len;
		}
		s += len;
	}
	*to = '\0';
}

/* The last preempt= wins. */
static const char *cmdline_model(const char *cmdline)
{
	static const char option[] = "preempt=";
	const char *model = NULL;

	for (const char *s = cmdline; *s; s += strspn(s, " ")) {
		size_t len = strcspn(s, " "), skip = sizeof(option) - 1;

		if (len > skip && strncmp(s, option, skip) == 0 &&
		    known_model(s + skip, len - skip))
			model = known_model(s + skip, len - skip);
		s += len;
	}
	return model;
}

static const char *debugfs_model(const char *text)
{
	const char *left = strchr(text, '('), *right = left ? strchr(left, ')') : NULL;

	return right ? known_model(left + 1, (size_t)(right - left - 1)) : NULL;
}

/*
 * The preemption model from what the kernel shows: uname -v, the text of debugfs'
 * sched/preempt ("none voluntary (full)", or empty), the command line and the model
 * of the configuration (or empty). Empty where none of them tells.
 */
static void preempt_model(const char *version, const char *debugfs, const char *cmdline,
			  const char *config, char *model, size_t size)
{
	const char *found = NULL;

	if (text_has_word(version, " ", "PREEMPT_RT")) {
		found = "rt";
	} else if (text_has_word(version, " ", "PREEMPT_DYNAMIC")) {
		/* Only such a kernel heeds its command line. */
		found = debugfs_model(debugfs);
		if (!found)
			found = cmdline_model(cmdline);
		if (!found)
			found = *config ? config : "dynamic";
	} else if (text_has_word(version, " ", "PREEMPT_LAZY")) {
		found = "lazy";
	} else if (text_has_word(version, " ", "PREEMPT")) {
		found = "full";
	} else {
		/* Neither of "none" and "voluntary" shows in the version. */
		found = config;
	}
	snprintf(model, size, "%s", found);
}

static void collect_kernel(struct facts *f)
{
	struct kernel_config config;
	struct utsname u;
	char debugfs[128] = "";

	if (uname(&u) == 0) {
		snprintf(f->release, sizeof(f->release), "%s", u.release);
		snprintf(f->version, sizeof(f->version), "%s", u.version);
		snprintf(f->machine, sizeof(f->machine), "%.31s", u.machine);
	}
	sysfile_line("/proc/cmdline", f->cmdline, sizeof(f->cmdline));
	kernel_cmdline(f->cmdline);
	sysfile_line("/proc/sys/kernel/tainted", f->tainted, sizeof(f->tainted));
	if (text_has_word(f->version, " ", "PREEMPT_DYNAMIC") && !kernel_locked_down())
		sysfile_line("/sys/kernel/debug/sched/preempt", debugfs, sizeof(debugfs));
	read_config(f->release, &config, f->config_hash, sizeof(f->config_hash));
	preempt_model(f->version, debugfs, f->cmdline, config.preempt, f->preempt,
		      sizeof(f->preempt));
}

/* The first "KEY : VALUE" of /proc/cpuinfo's @text. */
static void cpuinfo_value(const char *text, const char *key, char *buf, size_t size)
{
	const char *value = sysfile_find(text, key);

	if (value)
		snprintf(buf, size, "%.*s", (int)strcspn(value, "\n"), value);
}

static uint32_t count_nodes(void)
{
	uint32_t nodes = 0;
	glob_t found = { 0 };

	if (glob("/sys/devices/system/node/node[0-9]*", 0, NULL, &found) == 0)
		nodes = (uint32_t)found.gl_pathc;
	globfree(&found);
	return nodes;
}

/*
 * Each vulnerability that the processor has, and what the kernel does about it, from
 * the files in @directory: "spectre_v2: …; meltdown: …".
 */
static void mitigations(const char *directory, char *buf, size_t size)
{
	struct dirent **names;
	int n = scandir(directory, &names, NULL, alphasort);

	buf[0] = '\0';
	for (int i = 0; i < n; i++) {
		CLEANUP_FREE struct dirent *entry = names[i];
		char path[PATH_MAX], text[512];
		size_t len = strlen(buf);

		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		if (entry->d_name[0] == '.' ||
		    sysfile_line(path, text, sizeof(text)) <= 0 ||
		    strcmp(text, "Not affected") == 0)
			continue;
		snprintf(buf + len, size - len, "%s%s: %s", len ? "; " : "",
			 entry->d_name, text);
	}
	if (n >= 0)
		free(names);
}

static void collect_processor(struct facts *f)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	char cpuinfo[8192];

	/* The first CPU's lines are enough. */
	if (sysfile_read("/proc/cpuinfo", cpuinfo, sizeof(cpuinfo)) > 0) {
		cpuinfo_value(cpuinfo, "model name", f->cpu_model, sizeof(f->cpu_model));
		cpuinfo_value(cpuinfo, "microcode", f->microcode, sizeof(f->microcode));
	}
	sysfile_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", f->governor,
		     sizeof(f->governor));
	mitigations("/sys/devices/system/cpu/vulnerabilities", f->mitigations,
		    sizeof(f->mitigations));
	f->cpus_online = online > 0 ? (uint32_t)online : 0;
	f->numa_nodes = count_nodes();
}

struct text {
	char *buf;
	size_t size;
};

static int add_swap(struct libmnt_fs *fs, void *data)
{
	const struct text *t = data;
	size_t n = strlen(t->buf);
	char bytes[32];

	if (swap_is_left_over(mnt_fs_get_source(fs)))
		return 0;
	format_size((uint64_t)mnt_fs_get_size(fs) * KIB, bytes, sizeof(bytes));
	snprintf(t->buf + n, t->size - n, "%s%s %s %s", n ? "; " : "",
		 mnt_fs_get_source(fs), mnt_fs_get_swaptype(fs), bytes);
	return 0;
}

/* The next run removes the swap file of a dead one: it is not the machine's. */
static int leave_out_swap(struct libmnt_fs *fs, void *data)
{
	uint64_t size = (uint64_t)mnt_fs_get_size(fs) * KIB;
	struct facts *f = data;

	if (!swap_is_left_over(mnt_fs_get_source(fs)))
		return 0;
	f->swap_total -= size;
	f->swap_free -= size - (uint64_t)mnt_fs_get_usedsize(fs) * KIB;
	return 0;
}

/* Writes the entries of table @path (/proc/swaps) as "/dev/zram0 partition 1G; …". */
static void swaps_summary(const char *path, char *buf, size_t size)
{
	struct text t = { buf, size };

	buf[0] = '\0';
	(void)sysfile_each_entry(SYSFILE_SWAPS, path, add_swap, &t);
}

/* A number below /proc/sys/vm; 0 where this kernel does not have it. */
static uint64_t vm_setting(const char *name)
{
	uint64_t value = 0;
	char path[128];

	snprintf(path, sizeof(path), "/proc/sys/vm/%s", name);
	(void)sysfile_u64(path, &value);
	return value;
}

#define THP "/sys/kernel/mm/transparent_hugepage"

/* The choice for huge pages of the page table's size alone; empty: this kernel has no such switch. */
static void thp_size_choice(const char *directory, char *path, size_t path_size,
			    char *choice, size_t size)
{
	snprintf(path, path_size, "%s/hugepages-%llukB/enabled", directory,
		 (unsigned long long)(huge_page_size() / KIB));
	if (sysfile_choice(path, choice, size) < 0)
		*choice = '\0';
}

/* With @directory of the kernel's switches, and what PR_GET_THP_DISABLE says. */
static bool thp_allowed(const char *directory, int disabled, char *why, size_t why_size,
			char *todo, size_t todo_size)
{
	char path[PATH_MAX], all[PATH_MAX], choice[32], size[32];

	*why = *todo = '\0';
	snprintf(all, sizeof(all), "%s/enabled", directory);
	thp_size_choice(directory, path, sizeof(path), size, sizeof(size));
	if (sysfile_choice(all, choice, sizeof(choice)) < 0) {
		snprintf(why, why_size, "this kernel has no transparent huge pages");
		snprintf(
			todo, todo_size,
			"boot a kernel with CONFIG_TRANSPARENT_HUGEPAGE, or use --probes timer");
	} else if (strcmp(size, "never") == 0) {
		snprintf(why, why_size,
			 "transparent huge pages of this size are switched off (never)");
		snprintf(todo, todo_size, "echo inherit > %s", path);
	} else if (strcmp(choice, "never") == 0 && (!*size || !strcmp(size, "inherit"))) {
		snprintf(why, why_size,
			 "transparent huge pages are switched off (never)");
		snprintf(todo, todo_size, "echo madvise > %s", all);
	} else if (disabled == 1) {
		/* 3: but for who asks, as the probe does. */
		snprintf(
			why, why_size,
			"transparent huge pages are switched off for this process (PR_SET_THP_DISABLE)");
		snprintf(todo, todo_size,
			 "start pinlat from another shell or service manager");
	}
	return !*why;
}

bool thp_possible(char *why, size_t why_size, char *todo, size_t todo_size)
{
	return thp_allowed(THP, prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), why, why_size,
			   todo, todo_size);
}

static void collect_memory(struct facts *f)
{
	struct meminfo m;
	char path[PATH_MAX];

	if (meminfo_read(&m) == 0) {
		f->memory_total = m.total;
		f->swap_total = m.swap_total;
		f->swap_free = m.swap_free;
		(void)sysfile_each_entry(SYSFILE_SWAPS, "/proc/swaps", leave_out_swap, f);
	}
	f->swappiness = (uint32_t)vm_setting("swappiness");
	f->min_free_kbytes = vm_setting("min_free_kbytes");
	f->watermark_scale_factor = (uint32_t)vm_setting("watermark_scale_factor");
	f->compaction_proactiveness = (uint32_t)vm_setting("compaction_proactiveness");
	swaps_summary("/proc/swaps", f->swaps, sizeof(f->swaps));
	sysfile_choice(THP "/enabled", f->thp_enabled, sizeof(f->thp_enabled));
	thp_size_choice(THP, path, sizeof(path), f->thp_pmd, sizeof(f->thp_pmd));
	sysfile_choice(THP "/defrag", f->thp_defrag, sizeof(f->thp_defrag));
	sysfile_line("/sys/kernel/mm/lru_gen/enabled", f->lru_gen, sizeof(f->lru_gen));
}

/*
 * Whether this is a virtual machine, and of which make (left empty where that cannot be told): the
 * processor itself says so where it can, else the firmware does.
 */
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>

#define HYPERVISOR_BIT (1u << 31) /* CPUID leaf 1, ecx: reserved for hypervisors to set */
#define HYPERVISOR_LEAF                                                                  \
	0x40000000u /* ebx, ecx, edx: its signature of twelve characters */

static const char *make_of(const char *signature)
{
	static const char *const makes[][2] = {
		{ "KVMKVMKVM", "kvm" },		 { "TCGTCGTCGTCG", "qemu-tcg" },
		{ "Microsoft Hv", "hyperv" },	 { "VMwareVMware", "vmware" },
		{ "XenVMMXenVMM", "xen" },	 { "VBoxVBoxVBox", "virtualbox" },
		{ "bhyve bhyve ", "bhyve" },	 { "ACRNACRNACRN", "acrn" },
		{ " lrpepyh  vr", "parallels" },
	};

	for (size_t i = 0; i < sizeof(makes) / sizeof(makes[0]); i++) {
		if (strcmp(signature, makes[i][0]) == 0)
			return makes[i][1];
	}
	return NULL;
}

static bool hypervisor(char *make, size_t size)
{
	unsigned int eax, ebx, ecx, edx, words[3];
	char signature[sizeof(words) + 1] = "";
	const char *known;

	make[0] = '\0';
	if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & HYPERVISOR_BIT))
		return false;
	__cpuid(HYPERVISOR_LEAF, eax, words[0], words[1], words[2]);
	memcpy(signature, words, sizeof(words));
	known = make_of(signature);
	/* An unknown signature stands for itself, as far as it can be printed. */
	for (char *s = signature; *s; s++) {
		if (*s < ' ' || *s > '~')
			*s = '?';
	}
	snprintf(make, size, "%s", known ? known : signature);
	return true;
}
#else
/* What @path says, or NULL, by the names that firmware and kernel use. */
static const char *make_in(const char *path)
{
	static const char *const makes[][2] = {
		{ "linux,kvm", "kvm" }, { "KVM", "kvm" },
		{ "QEMU", "qemu" },	{ "xen", "xen" },
		{ "VMware", "vmware" }, { "Virtual Machine", "hyperv" },
	};
	char text[128];

	if (sysfile_line(path, text, sizeof(text)) < 0)
		return NULL;
	for (size_t i = 0; i < sizeof(makes) / sizeof(makes[0]); i++) {
		if (strncmp(text, makes[i][0], strlen(makes[i][0])) == 0)
			return makes[i][1];
	}
	return NULL;
}

static bool hypervisor(char *make, size_t size)
{
	static const char *const paths[] = {
		"/proc/device-tree/hypervisor/compatible",
		"/sys/hypervisor/type",
		"/sys/class/dmi/id/sys_vendor",
		"/sys/class/dmi/id/product_name",
	};

	make[0] = '\0';
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const char *found = make_in(paths[i]);

		if (!found)
			continue;
		snprintf(make, size, "%s", found);
		return true;
	}
	return false;
}
#endif

/* Value of @key in os-release @text, without its quotes; empty: not there. */
static void os_release_value(const char *text, const char *key, char *buf, size_t size)
{
	size_t n;

	buf[0] = '\0';
	text = sysfile_find(text, key);
	if (!text)
		return;
	n = strcspn(text, "\n");
	if (n >= 2 && strchr("\"'", text[0]) && text[n - 1] == text[0]) {
		text++;
		n -= 2;
	}
	snprintf(buf, size, "%.*s", (int)n, text);
}

static void distribution(char *buf, size_t size)
{
	char text[4096];

	if (sysfile_read("/etc/os-release", text, sizeof(text)) < 0 &&
	    sysfile_read("/usr/lib/os-release", text, sizeof(text)) < 0)
		return;
	os_release_value(text, "PRETTY_NAME", buf, size);
}

static bool in_group(uint64_t wanted)
{
	int n = getgroups(0, NULL);
	CLEANUP_FREE gid_t *groups = calloc(n > 0 ? (size_t)n : 1, sizeof(*groups));

	if (getegid() == wanted)
		return true;
	n = groups ? getgroups(n, groups) : 0;
	for (int i = 0; i < n; i++) {
		if (groups[i] == wanted)
			return true;
	}
	return false;
}

/* 0: all may; 1: members of a group and CAP_SYS_ADMIN may; 2: nobody may. */
static bool io_uring_disabled(void)
{
	uint64_t disabled, group;

	if (sysfile_u64("/proc/sys/kernel/io_uring_disabled", &disabled) < 0 ||
	    disabled == 0)
		return false;
	if (disabled >= 2)
		return true;
	if (has_capability(CAP_SYS_ADMIN))
		return false;
	/* -1, which is no number here: there is no such group. */
	return sysfile_u64("/proc/sys/kernel/io_uring_group", &group) < 0 ||
	       !in_group(group);
}

/*
 * FNV-1a of 64 bits, of a word of our own and the machine's id, which is nobody's business as it is
 * (machine-id(5)). It tells machines apart; it keeps no secret from who knows the id already.
 */
static void machine_hash(const char *path, char *text, size_t size)
{
	static const char word[] = "pinlat.record ";
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	char id[128], both[sizeof(word) + sizeof(id)];

	*text = '\0';
	if (sysfile_line(path, id, sizeof(id)) <= 0)
		return;
	snprintf(both, sizeof(both), "%s%s", word, id);
	for (const char *s = both; *s; s++)
		hash = (hash ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	snprintf(text, size, "%016" PRIx64, hash);
}

void facts_collect(struct facts *f)
{
	int memcg;

	memset(f, 0, sizeof(*f));
	collect_kernel(f);
	collect_processor(f);
	collect_memory(f);
	f->virtual_machine = hypervisor(f->hypervisor, sizeof(f->hypervisor));
	sysfile_line("/sys/class/dmi/id/product_name", f->product, sizeof(f->product));
	distribution(f->distribution, sizeof(f->distribution));
	machine_hash("/etc/machine-id", f->machine_id, sizeof(f->machine_id));
	sysfile_line("/proc/sys/kernel/random/boot_id", f->boot_id, sizeof(f->boot_id));
	memcg = memcg_version(NULL, 0);
	f->memcg_version = memcg > 0 ? (uint32_t)memcg : 0;
	f->io_uring_disabled = io_uring_disabled();
}
